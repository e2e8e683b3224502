package wire

import (
	"strings"
	"time"
	"unicode"

	"github.com/google/uuid"
)

// KeyRight is a right that can be granted to API keys.
type KeyRight struct {
	// ID is the right's row.
	ID uuid.UUID `json:"id" db:"id"`
	// Name is the right, such as "orders.read", "*.read" or "gateway.*".
	Name string `json:"name" db:"name"`
	// Description says what it allows.
	Description *string `json:"description" db:"description"`
	// CreatedAt is when the right was defined.
	CreatedAt time.Time `json:"created_at" db:"created_at"`
	// UpdatedAt is when it last changed.
	UpdatedAt time.Time `json:"updated_at" db:"updated_at"`
}

// KeyRightReply holds one right.
type KeyRightReply struct {
	// Right is the right as it is stored.
	Right KeyRight `json:"right"`
}

// KeyRightPage lists rights by name.
type KeyRightPage struct {
	// Rights are the rights.
	Rights []KeyRight `json:"rights"`
}

// ListKeyRights asks for all rights.
type ListKeyRights struct{ AdminHeaders }

// SaveKeyRight defines a right.
type SaveKeyRight struct {
	AdminHeaders
	// Name is the right: a resource, a dot and an action, such as "orders.read".
	// Either may be * for any, and * alone is everything.
	Name string `json:"name" required:"true"`
	// Description says what the right allows.
	Description *string `json:"description"`
}

// Check reports the first thing wrong with the request.
func (s *SaveKeyRight) Check() error { return checkRightName(s.Name) }

// UpdateKeyRight renames a right or changes its description; whoever was granted
// it keeps it under its new name.
type UpdateKeyRight struct {
	AdminHeaders
	// ID is the right's row.
	ID uuid.UUID `path:"id" json:"-"`
	// Name is the right: a resource, a dot and an action.
	Name string `json:"name" required:"true"`
	// Description says what the right allows; left out it stays.
	Description Maybe[string] `json:"description"`
}

// Check reports the first thing wrong with the request.
func (u *UpdateKeyRight) Check() error { return checkRightName(u.Name) }

// KeyRightByID names a right.
type KeyRightByID struct {
	AdminHeaders
	// ID is the right's row.
	ID uuid.UUID `path:"id" json:"-"`
}

// checkRightName wants what can ever cover something: an asterisk stands for a
// whole resource or a whole action, never for a part of one.
func checkRightName(name string) error {
	if name == "*" {
		return nil
	}
	resource, action, ok := strings.Cut(name, ".")
	if !ok || resource == "" || action == "" || len(name) > maxName {
		return Fail(InvalidRequest, "a right is named RESOURCE.ACTION, in at most %d bytes, or *", maxName).At("name").
			WithHint("orders.read is the right to read the table orders")
	}
	for _, part := range []string{resource, action} {
		if part != "*" && strings.ContainsFunc(part, notInRight) {
			return Fail(InvalidRequest, "a right must not have spaces, quotes, commas or braces, and * only in place of the whole resource or action").At("name")
		}
	}
	return nil
}

func notInRight(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune("*,{}\"'`", r)
}
