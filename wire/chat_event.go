package wire

import (
	"time"

	"github.com/google/uuid"
)

// Types of chat events.
const (
	EventRoomCreated    = "chat.room.created"
	EventRoomUpdated    = "chat.room.updated"
	EventRoomArchived   = "chat.room.archived"
	EventMessageCreated = "chat.message.created"
	EventMessageUpdated = "chat.message.updated"
	EventMessageDeleted = "chat.message.deleted"
	EventReaction       = "chat.reaction.updated"
	EventRead           = "chat.read.updated"
	EventMembers        = "chat.members.updated"
)

// ChatEvent is one thing that happened in a room, as it is stored in the outbox
// and sent to sockets. Subscribers order events by seq: a new message has its own
// number there and in room_seq; every other event has the number of the room's
// last message at that moment, so that an event about an old message is not taken
// for one that is late.
type ChatEvent struct {
	// Type says what happened.
	Type string `json:"type"`
	// EventID is unlike that of any other event; a new message's event has the
	// message's own id.
	EventID uuid.UUID `json:"event_id"`
	// OccurredAt is when the change was stored.
	OccurredAt time.Time `json:"occurred_at"`
	// TraceID is the request that caused the change.
	TraceID string `json:"trace_id,omitempty"`
	// RoomID is the room.
	RoomID uuid.UUID `json:"room_id"`
	// Seq is the event's place among the room's messages.
	Seq *int64 `json:"seq,omitempty"`
	// RoomSeq is the number of a new message.
	RoomSeq *int64 `json:"room_seq,omitempty"`
	// Room is the room after the change.
	Room *ChatRoom `json:"room,omitempty"`
	// Version is the room's version after a change of its members.
	Version *int64 `json:"version,omitempty"`
	// Members are the room's members after a change, the first 1,000.
	Members []ChatMember `json:"members,omitempty"`
	// RemovedUserIDs are the users whom the change took out of the room; to them it
	// is the room's last event.
	RemovedUserIDs []string `json:"removed_user_ids,omitempty"`
	// Message is the message after the change.
	Message *ChatMessage `json:"message,omitempty"`
	// MessageID is the message that was deleted or reacted to.
	MessageID *uuid.UUID `json:"message_id,omitempty"`
	// MessageSeq is that message's number.
	MessageSeq *int64 `json:"message_seq,omitempty"`
	// Summary counts the reactions to a message; nobody is marked as having reacted.
	Summary *ChatReactionSummary `json:"summary,omitempty"`
	// UserID is the user who read or reacted.
	UserID string `json:"user_id,omitempty"`
	// ReadSeq is how far the user has read.
	ReadSeq *int64 `json:"read_seq,omitempty"`
	// ReadCursor is the user's cursor after the change.
	ReadCursor *ChatReadCursor `json:"read_cursor,omitempty"`
}
