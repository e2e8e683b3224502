package chatdb

import (
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

// publish writes events to the outbox, in their order, for the relay to tell of. It
// is the only way there.
func publish(queue *pgx.Batch, events []*event, at time.Time) {
	queue.Queue(sql.Get("publish"), of(events, (*event).aboutRef), of(events, (*event).aboutIDRef), of(events, (*event).roomRef),
		of(events, (*event).roomSeqRef), of(events, (*event).eventSeqRef), of(events, (*event).typeRef), of(events, (*event).payloadRef), at)
}

// publishChanges writes all events of a transaction, if there are any, and counts
// those of changes in their rooms.
func publishChanges(queue *pgx.Batch, changes, all []*event, at time.Time) {
	if len(all) == 0 {
		return
	}
	queue.Queue(sql.Get("count_events"), of(changes, (*event).roomRef), of(changes, (*event).eventSeqRef))
	publish(queue, all, at)
}
