package chatdb

import (
	"context"
	"fmt"
	"time"

	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// What an event is about.
const (
	aboutMessage = "chat_message"
	aboutRoom    = "chat_room"
	aboutCursor  = "read_cursor"
)

// Event is one thing that happened in a room, as those who follow the room get it.
type Event struct {
	Room uuid.UUID
	// EventSeq is the event's place in its room: 1, 2, 3... without a gap.
	EventSeq int64
	// RoomSeq is the number of the room's last message, the event's own included.
	RoomSeq int64
	Type    string
	// Payload is the event in JSON, a wire.ChatEvent.
	Payload string
}

// event is one row of the outbox on its way there.
type event struct {
	Event
	about, aboutID string
	content        wire.ChatEvent
}

func encode(e wire.ChatEvent) (string, error) {
	text, err := json.MarshalWithOption(e, json.DisableHTMLEscape())
	if err != nil {
		return "", fmt.Errorf("encode event %s: %w", e.Type, err)
	}
	return string(text), nil
}

// newEvent begins an event with what all events have.
func newEvent(kind string, room uuid.UUID, trace string, at time.Time) (wire.ChatEvent, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return wire.ChatEvent{}, fmt.Errorf("make event id: %w", err)
	}
	return wire.ChatEvent{Type: kind, EventID: id, OccurredAt: at, TraceID: trace, RoomID: room}, nil
}

// publish writes events to the outbox, in their order, and counts them in their
// rooms.
func publish(ctx context.Context, tx pgx.Tx, events []event) error {
	if len(events) == 0 {
		return nil
	}
	n := len(events)
	about, ids, kinds, payloads := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	rooms, seqs, eventSeqs := make([]uuid.UUID, n), make([]int64, n), make([]int64, n)
	for i := range events {
		e := &events[i]
		var err error
		if e.Payload, err = encode(e.content); err != nil {
			return err
		}
		about[i], ids[i], kinds[i], payloads[i] = e.about, e.aboutID, e.Type, e.Payload
		rooms[i], seqs[i], eventSeqs[i] = e.Room, e.RoomSeq, e.EventSeq
	}
	queue := &pgx.Batch{}
	queue.Queue(sql.Get("publish"), about, ids, rooms, seqs, eventSeqs, kinds, payloads, events[0].content.OccurredAt)
	queue.Queue(sql.Get("count_events"), rooms, eventSeqs)
	return tx.SendBatch(ctx, queue).Close()
}
