package wire

import (
	"bytes"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// Types of the commands that a socket takes.
const (
	CommandHello       = "auth.hello"
	CommandSubscribe   = "chat.subscribe"
	CommandUnsubscribe = "chat.unsubscribe"
	CommandResume      = "chat.resume"
	CommandTypingStart = "chat.typing.start"
	CommandTypingStop  = "chat.typing.stop"
	CommandHeartbeat   = "chat.presence.heartbeat"
	CommandRead        = "chat.read.up_to"
	CommandPing        = "ping"
	CommandFetch       = "gateway.fetch"
	CommandInsert      = "gateway.insert"
	CommandUpdate      = "gateway.update"
	CommandDelete      = "gateway.delete"
	CommandQuery       = "gateway.query"
)

// LiveCommand is one frame from a client. Type says which of the other fields
// count.
type LiveCommand struct {
	// Type is the command.
	Type string `json:"type"`
	// RequestID comes back in the answer to a gateway command and in errors.
	RequestID string `json:"request_id"`
	// Token is the session token of auth.hello, where the handshake had none.
	Token string `json:"token"`
	// Client is the Athena client of auth.hello, where the handshake named none.
	Client string `json:"client"`
	// RoomSubscriptions are rooms to subscribe to along with auth.hello: their ids,
	// or objects with room_id and from_seq.
	RoomSubscriptions []LiveSubscription `json:"room_subscriptions"`
	// RoomID is the room.
	RoomID *uuid.UUID `json:"room_id"`
	// FromSeq is the number of the first message wanted of what was sent before.
	FromSeq *int64 `json:"from_seq"`
	// Rooms are the rooms of chat.resume.
	Rooms []LivePlace `json:"rooms"`
	// ActiveRoomID is the room that the user looks at.
	ActiveRoomID *uuid.UUID `json:"active_room_id"`
	// Seq is the number of the last message read.
	Seq *int64 `json:"seq"`
	// MessageID is the last message read.
	MessageID *uuid.UUID `json:"message_id"`
	// At is anything; pong gives it back.
	At json.RawMessage `json:"at"`
	// Payload is the body of a gateway command, as the operation takes it over HTTP.
	Payload json.RawMessage `json:"payload"`
}

// LiveSubscription is a room to subscribe to.
type LiveSubscription struct {
	// RoomID is the room.
	RoomID uuid.UUID `json:"room_id"`
	// FromSeq is the number of the first message wanted of what was sent before.
	FromSeq *int64 `json:"from_seq"`
}

// UnmarshalJSON takes an object or the bare id.
func (s *LiveSubscription) UnmarshalJSON(text []byte) error {
	if text = bytes.TrimSpace(text); len(text) > 0 && text[0] == '"' {
		return json.Unmarshal(text, &s.RoomID)
	}
	type object LiveSubscription
	return json.Unmarshal(text, (*object)(s))
}

// LivePlace is how far a client has followed a room.
type LivePlace struct {
	// RoomID is the room.
	RoomID uuid.UUID `json:"room_id"`
	// LastSeq is the number of the last message that it has.
	LastSeq int64 `json:"last_seq"`
}

// AfterSeq is the number of the last message that a subscriber has who wants those
// from a number on; nil for one who wants only what is yet to come.
func AfterSeq(from *int64) (*int64, error) {
	if from == nil {
		return nil, nil
	}
	if *from < 0 {
		return nil, badChat("from_seq", "must not be negative")
	}
	return new(max(*from-1, 0)), nil
}
