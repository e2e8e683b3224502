package wire

import "github.com/google/uuid"

// ChatReadCursor tells how far a user has read a room.
type ChatReadCursor struct {
	// RoomID is the room.
	RoomID uuid.UUID `json:"room_id" db:"room_id"`
	// UserID is the user.
	UserID string `json:"user_id" db:"user_id"`
	// LastReadSeq is the number of the last message read.
	LastReadSeq int64 `json:"last_read_seq" db:"last_read_seq"`
	// LastReadMessageID is the last message read.
	LastReadMessageID *uuid.UUID `json:"last_read_message_id" db:"last_read_message_id"`
}

// ReadChatUpTo moves the caller's read cursor forward. A cursor never goes back
// and never beyond the room's last message.
type ReadChatUpTo struct {
	ChatRoomPath
	// MessageID is the last message read; where it is given, seq is not looked at.
	MessageID *uuid.UUID `json:"message_id"`
	// Seq is the number of the last message read.
	Seq *int64 `json:"seq"`
}

// Check reports the first thing wrong with the request.
func (r *ReadChatUpTo) Check() error {
	if r.MessageID == nil && r.Seq == nil {
		return badChat("seq", "is missing, and so is message_id: one of them is needed")
	}
	if r.Seq != nil && *r.Seq < 0 {
		return badChat("seq", "must not be negative")
	}
	return nil
}
