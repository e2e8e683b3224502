package wire

import (
	"time"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// Types of the frames that a socket sends beside chat's own events.
const (
	EventHello      = "hello.ok"
	EventSubscribed = "chat.subscribed"
	EventTyping     = "chat.typing.updated"
	EventPresence   = "chat.presence.updated"
	EventSync       = "chat.sync.required"
	EventGateway    = "gateway.result"
	EventPong       = "pong"
	EventError      = "error"
)

// LiveHello says that the session was recognised.
type LiveHello struct {
	// Type is hello.ok.
	Type string `json:"type"`
	// ConnectionID names the connection in the server's log.
	ConnectionID uuid.UUID `json:"connection_id"`
	// ServerTime is the server's clock.
	ServerTime time.Time `json:"server_time"`
	// UserID is the user that the session belongs to.
	UserID string `json:"user_id"`
}

// LiveSubscribed says that a room's events follow from here on.
type LiveSubscribed struct {
	// Type is chat.subscribed.
	Type string `json:"type"`
	// RoomID is the room.
	RoomID uuid.UUID `json:"room_id"`
	// FromSeq is the number that the next new message has which is sent here.
	FromSeq int64 `json:"from_seq"`
}

// LiveTyping tells who is writing in a room.
type LiveTyping struct {
	// Type is chat.typing.updated.
	Type string `json:"type"`
	// RoomID is the room.
	RoomID uuid.UUID `json:"room_id"`
	// UserIDs are the users who write right now, 50 at most.
	UserIDs []string `json:"user_ids"`
}

// LivePresence tells who came, went or looks elsewhere.
type LivePresence struct {
	// Type is chat.presence.updated.
	Type string `json:"type"`
	// RoomID is the room whose followers these are.
	RoomID uuid.UUID `json:"room_id"`
	// Users are those who changed.
	Users []LiveUser `json:"users"`
}

// States of a user's presence.
const (
	Online  = "online"
	Offline = "offline"
)

// LiveUser is one user's presence.
type LiveUser struct {
	// UserID is the user.
	UserID string `json:"user_id"`
	// State is online or offline.
	State string `json:"state" enum:"online,offline"`
	// ActiveRoomID is the room that the user looks at.
	ActiveRoomID *uuid.UUID `json:"active_room_id,omitempty"`
	// At is when that became so.
	At time.Time `json:"at"`
}

// Reasons for chat.sync.required.
const (
	SyncTooFar = "too_far_behind"
	SyncPruned = "events_pruned"
	SyncSlow   = "slow_reader"
)

// LiveSync says that events were left out: what a client shows of the room, or of
// all rooms where none is named, is to be read anew. Events go on from here.
type LiveSync struct {
	// Type is chat.sync.required.
	Type string `json:"type"`
	// RoomID is the room.
	RoomID *uuid.UUID `json:"room_id,omitempty"`
	// Reason is too_far_behind, events_pruned or slow_reader.
	Reason string `json:"reason" enum:"too_far_behind,events_pruned,slow_reader"`
}

// LiveResult is the answer to a gateway command.
type LiveResult struct {
	// Type is gateway.result.
	Type string `json:"type"`
	// RequestID is the command's.
	RequestID string `json:"request_id"`
	// Status is what the operation answers over HTTP.
	Status int `json:"status"`
	// Body is the operation's answer.
	Body json.RawMessage `json:"body"`
}

// LivePong answers a ping.
type LivePong struct {
	// Type is pong.
	Type string `json:"type"`
	// At is the ping's.
	At json.RawMessage `json:"at,omitempty"`
}

// LiveError says why a command was not carried out.
type LiveError struct {
	// Type is error.
	Type string `json:"type"`
	// Error says what was wrong.
	Error string `json:"error"`
	// Code is the stable name of the kind of failure.
	Code string `json:"code"`
	// Command is the command's type.
	Command string `json:"command,omitempty"`
	// RequestID is the command's.
	RequestID string `json:"request_id,omitempty"`
	// RoomID is the room that the command named.
	RoomID *uuid.UUID `json:"room_id,omitempty"`
	// RetryAfter is how many seconds to wait before trying again.
	RetryAfter float64 `json:"retry_after,omitempty"`
}

// LiveInfo describes the socket to clients that look before they connect.
type LiveInfo struct {
	// Transport is wss, for a socket over TLS; ws without.
	Transport string `json:"transport"`
	// Path is where the socket is.
	Path string `json:"path"`
	// State is live.
	State string `json:"state"`
	// Notes say how to use it.
	Notes []string `json:"notes"`
	// Actions are the commands that it takes.
	Actions []string `json:"actions"`
	// Events are the types of the frames that it sends.
	Events []string `json:"events"`
}

// FollowChat asks for the events of rooms as a stream.
type FollowChat struct {
	ChatHeaders
	// Rooms are the ids of the rooms, separated by commas, each with the number of
	// the last message that the caller has after a colon if it wants those since:
	// `id` or `id:12`.
	Rooms string `query:"rooms" json:"-"`
	// FromSeq is the number of the first message wanted of every room that has no
	// number of its own.
	FromSeq *int64 `query:"from_seq" json:"-"`
	// LastEventID is the id of the last event received: the stream goes on after it.
	LastEventID string `header:"Last-Event-ID" json:"-"`
}
