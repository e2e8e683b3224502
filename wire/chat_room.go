package wire

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Kinds of rooms.
const (
	RoomDM      = "dm"
	RoomGroup   = "group"
	RoomChannel = "channel"
)

// ChatRoom is a room as every member sees it.
type ChatRoom struct {
	// ID is the room.
	ID uuid.UUID `json:"id" db:"id"`
	// OrganizationID is the organization that the room belongs to.
	OrganizationID string `json:"organization_id" db:"organization_id"`
	// Kind is dm for the one room of two users, group or channel for others.
	Kind string `json:"kind" db:"kind" enum:"dm,group,channel"`
	// Title is the room's name for people; a dm usually has none.
	Title *string `json:"title" db:"title"`
	// CreatedBy is the founding owner.
	CreatedBy string `json:"created_by" db:"created_by"`
	// CreatedAt is when the room was made.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// UpdatedAt is when its title, members or state last changed.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
	// ArchivedAt is when the room was closed for new messages.
	ArchivedAt *time.Time `json:"archived_at" db:"archived_at"`
	// LastMessageID is the newest message.
	LastMessageID *uuid.UUID `json:"last_message_id" db:"last_message_id"`
	// LastMessageSeq is the number of the newest message, 0 in an empty room.
	LastMessageSeq int64 `json:"last_message_seq" db:"last_message_seq"`
	// LastMessageAt is when the newest message was stored.
	LastMessageAt *time.Time `json:"last_message_at" db:"last_message_at"`
	// Version grows with each change of the room's title, members or state.
	Version int64 `json:"version" db:"version"`
}

// ChatRoomEntry is a room in a user's list.
type ChatRoomEntry struct {
	ChatRoom
	// Role is the caller's role in the room.
	Role string `json:"role" db:"role" enum:"owner,admin,member"`
	// LastReadSeq is the caller's read cursor.
	LastReadSeq int64 `json:"last_read_seq" db:"last_read_seq"`
	// UnreadCount is how many messages stand after the caller's read cursor.
	UnreadCount int64 `json:"unread_count" db:"unread_count"`
	// Muted says that the caller wants no notifications from the room.
	Muted bool `json:"muted" db:"muted"`
}

// ChatRoomPage is a part of a user's rooms, the latest message first.
type ChatRoomPage struct {
	// Items are the rooms.
	Items []ChatRoomEntry `json:"items"`
}

// CreatedChatRoom answers with a room that was made, or found in the case of a
// direct room.
type CreatedChatRoom struct {
	Success[ChatRoom]
	// Found is true where the room was there already.
	Found bool `json:"-"`
}

// HTTPStatus is 201 for a room that was made and 200 for one that was found.
func (c CreatedChatRoom) HTTPStatus() int {
	if c.Found {
		return 200
	}
	return 201
}

// CreateChatRoom asks for a new room, or for the direct room of two users.
type CreateChatRoom struct {
	ChatHeaders
	// Kind is dm, group or channel.
	Kind string `json:"kind" enum:"dm,group,channel"`
	// Title is the room's name for people.
	Title *string `json:"title"`
	// MemberUserIDs are the first members beside the caller, who becomes owner.
	MemberUserIDs []string `json:"member_user_ids"`
}

// Check reports the first thing wrong with the request.
func (r *CreateChatRoom) Check() error {
	if !slices.Contains([]string{RoomDM, RoomGroup, RoomChannel}, r.Kind) {
		return badChat("kind", "must be dm, group or channel")
	}
	if err := checkOptionalName("title", r.Title); err != nil {
		return err
	}
	return checkUsers("member_user_ids", r.MemberUserIDs)
}

// ResolveDirectRoom asks for the direct room of two users, made where missing.
type ResolveDirectRoom struct {
	ChatHeaders
	// ParticipantUserIDs are the two users, the caller one of them.
	ParticipantUserIDs []string `json:"participant_user_ids"`
}

// Check reports the first thing wrong with the request.
func (r *ResolveDirectRoom) Check() error {
	if len(r.ParticipantUserIDs) != 2 {
		return badChat("participant_user_ids", "must name exactly two users")
	}
	return checkUsers("participant_user_ids", r.ParticipantUserIDs)
}

// ListChatRooms asks for the caller's rooms.
type ListChatRooms struct {
	ChatHeaders
	// Limit is how many rooms to return: 50 where absent, 200 at most.
	Limit *int64 `query:"limit" json:"-"`
	// Offset is how many rooms to skip.
	Offset int64 `query:"offset" json:"-"`
	// IncludeArchived lists archived rooms too.
	IncludeArchived bool `query:"include_archived" json:"-"`
}

// Check reports the first thing wrong with the request.
func (r *ListChatRooms) Check() error {
	if r.Offset < 0 {
		return badChat("offset", "must not be negative")
	}
	_, err := pageLimit(r.Limit, 50, 200)
	return err
}

// Page is the limit in force.
func (r *ListChatRooms) Page() int64 {
	limit, _ := pageLimit(r.Limit, 50, 200) // checked before
	return limit
}

// UpdateChatRoom asks for a change of a room's own fields.
type UpdateChatRoom struct {
	ChatRoomPath
	// Title is the new name; null takes it away.
	Title Maybe[string] `json:"title"`
}

// Check reports the first thing wrong with the request.
func (r *UpdateChatRoom) Check() error {
	if !r.Title.Set {
		return badChat("title", "is missing: there is nothing else to change")
	}
	return checkOptionalName("title", r.Title.Value)
}
