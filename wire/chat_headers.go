package wire

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/google/uuid"
)

// ChatHeaders tell where a chat request goes and who makes it.
type ChatHeaders struct {
	// Client is the Athena client whose database holds the chat.
	Client string `header:"X-Athena-Client" json:"-"`
	// Authorization carries the session token as a bearer.
	Authorization string `header:"Authorization" json:"-" secret:"true"`
	// Cookie may carry the session token instead.
	Cookie string `header:"Cookie" json:"-" secret:"true"`
}

// ChatRoomPath names a room in the path.
type ChatRoomPath struct {
	ChatHeaders
	// RoomID is the room.
	RoomID uuid.UUID `path:"room_id" json:"-"`
}

// ChatMessagePath names a message of a room in the path.
type ChatMessagePath struct {
	ChatRoomPath
	// MessageID is the message.
	MessageID uuid.UUID `path:"message_id" json:"-"`
}

// Bounds of what chat stores. They keep one request from taking a transaction
// that many share for itself.
const (
	maxChatText        = 64 << 10
	maxChatJSON        = 32 << 10
	maxChatName        = 255
	maxChatAttachments = 32
	maxChatUsers       = 1000
)

func badChat(field, format string, args ...any) *Problem {
	return Fail(ChatBadRequest, "%s", field+" "+fmt.Sprintf(format, args...)).At(field)
}

// checkName refuses names and foreign ids that are empty, blank or too long.
func checkName(field, value string) error {
	if strings.TrimSpace(value) == "" {
		return badChat(field, "must not be empty")
	}
	if utf8.RuneCountInString(value) > maxChatName {
		return badChat(field, "must have at most %d characters", maxChatName)
	}
	return nil
}

func checkOptionalName(field string, value *string) error {
	if value == nil {
		return nil
	}
	return checkName(field, *value)
}

func checkUsers(field string, users []string) error {
	if len(users) > maxChatUsers {
		return badChat(field, "must have at most %d entries", maxChatUsers)
	}
	for i, user := range users {
		if err := checkName(fmt.Sprintf("%s[%d]", field, i), user); err != nil {
			return err
		}
	}
	return nil
}

// pageLimit reads a limit: preset where there is none, cut to the most allowed.
func pageLimit(limit *int64, preset, most int64) (int64, error) {
	if limit == nil {
		return preset, nil
	}
	if *limit < 1 {
		return 0, badChat("limit", "must be at least 1")
	}
	return min(*limit, most), nil
}
