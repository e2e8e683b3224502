package wire

import (
	"slices"
	"time"

	"github.com/google/uuid"
)

// Roles of a room's members.
const (
	RoleOwner  = "owner"
	RoleAdmin  = "admin"
	RoleMember = "member"
)

// ChatMember is one user's place in a room.
type ChatMember struct {
	// RoomID is the room.
	RoomID uuid.UUID `json:"room_id" db:"room_id"`
	// UserID is the user.
	UserID string `json:"user_id" db:"user_id"`
	// Role is owner, admin or member.
	Role string `json:"role" db:"role" enum:"owner,admin,member"`
	// JoinedAt is when the user came in, the last time.
	JoinedAt time.Time `json:"joined_at" db:"joined_at"`
	// LastReadSeq is the number of the last message read.
	LastReadSeq int64 `json:"last_read_seq" db:"last_read_seq"`
	// LastReadMessageID is the last message read.
	LastReadMessageID *uuid.UUID `json:"last_read_message_id" db:"last_read_message_id"`
	// Muted says that the user wants no notifications from the room.
	Muted bool `json:"muted" db:"muted"`
	// NotificationMode says which notifications the user wants.
	NotificationMode *string `json:"notification_mode" db:"notification_mode"`
	// HiddenAt is when the user left or was removed; null for a member.
	HiddenAt *time.Time `json:"hidden_at" db:"hidden_at"`
}

// AddChatMembers asks for users to be members of a room. A role changes that of
// those who are members already.
type AddChatMembers struct {
	ChatRoomPath
	// UserIDs are the users, 1,000 at most.
	UserIDs []string `json:"user_ids"`
	// Role is what they become; absent makes newcomers plain members and leaves
	// the others as they are.
	Role *string `json:"role" enum:"owner,admin,member"`
}

// Check reports the first thing wrong with the request.
func (r *AddChatMembers) Check() error {
	if len(r.UserIDs) == 0 {
		return badChat("user_ids", "must name at least one user")
	}
	if r.Role != nil && !slices.Contains([]string{RoleOwner, RoleAdmin, RoleMember}, *r.Role) {
		return badChat("role", "must be owner, admin or member")
	}
	return checkUsers("user_ids", r.UserIDs)
}

// RemoveChatMember asks for one user to leave a room.
type RemoveChatMember struct {
	ChatRoomPath
	// UserID is the user; anybody may name themself.
	UserID string `path:"user_id" json:"-"`
}

// RemovedChatMember confirms that a user has left a room.
type RemovedChatMember struct {
	// OK is always true.
	OK bool `json:"ok"`
	// UserID is the user.
	UserID string `json:"user_id"`
}
