package chatdb

import (
	"context"
	"fmt"
	"time"

	"athena/persistence"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// What an event is about.
const (
	aboutMessage = "chat_message"
	aboutRoom    = "chat_room"
	aboutCursor  = "read_cursor"
)

// event is one row of the outbox.
type event struct {
	about, aboutID string
	seq            int64
	at             time.Time
	wire.ChatEvent
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

// publish writes events to the outbox, in their order.
func publish(ctx context.Context, db persistence.DB, events []event) error {
	if len(events) == 0 {
		return nil
	}
	n := len(events)
	about, ids, kinds, payloads := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	rooms, seqs := make([]uuid.UUID, n), make([]int64, n)
	for i := range events {
		e := &events[i]
		text, err := encode(e.ChatEvent)
		if err != nil {
			return err
		}
		about[i], ids[i], kinds[i], payloads[i], rooms[i], seqs[i] = e.about, e.aboutID, e.Type, text, e.RoomID, e.seq
	}
	_, err := db.Exec(ctx, sql.Get("publish"), about, ids, rooms, seqs, kinds, payloads, events[0].at)
	return err
}
