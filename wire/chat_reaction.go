package wire

import (
	"strings"

	"github.com/google/uuid"
)

// ChatReactionCount is how often one emoji stands at a message.
type ChatReactionCount struct {
	// Emoji is the emoji.
	Emoji string `json:"emoji"`
	// Count is how many users chose it.
	Count int64 `json:"count"`
	// Reacted says that the caller is one of them.
	Reacted bool `json:"reacted"`
}

// ChatReactionSummary is all reactions to one message.
type ChatReactionSummary struct {
	// MessageID is the message.
	MessageID uuid.UUID `json:"message_id"`
	// Reactions are counted for each emoji, the first chosen first.
	Reactions []ChatReactionCount `json:"reactions"`
}

// AddChatReaction asks for the caller's reaction to a message.
type AddChatReaction struct {
	ChatHeaders
	// MessageID is the message.
	MessageID uuid.UUID `path:"message_id" json:"-"`
	// Emoji is a single emoji.
	Emoji string `json:"emoji"`
}

// Check reports the first thing wrong with the request.
func (r *AddChatReaction) Check() error { return checkEmoji(r.Emoji) }

// RemoveChatReaction takes the caller's reaction back.
type RemoveChatReaction struct {
	ChatHeaders
	// MessageID is the message.
	MessageID uuid.UUID `path:"message_id" json:"-"`
	// Emoji is the emoji to take back.
	Emoji string `path:"emoji" json:"-"`
}

// Check reports the first thing wrong with the request.
func (r *RemoveChatReaction) Check() error { return checkEmoji(r.Emoji) }

// maxEmoji is in bytes; the longest sequences in use, families with skin tones,
// take 41.
const maxEmoji = 64

// checkEmoji accepts text made of pictographs and what joins or varies them.
func checkEmoji(text string) error {
	if text == "" || len(text) > maxEmoji {
		return badChat("emoji", "must be one emoji")
	}
	keycap := strings.ContainsRune(text, 0x20E3)
	pictures := 0
	for _, r := range text {
		switch {
		case pictograph(r) || keycap && strings.ContainsRune("0123456789#*", r):
			pictures++
		case !modifier(r):
			return badChat("emoji", "must be one emoji")
		}
	}
	if pictures == 0 {
		return badChat("emoji", "must be one emoji")
	}
	return nil
}

// pictographs are the blocks of Unicode in which emoji lie, first and last.
var pictographs = [...][2]rune{
	{0xA9, 0xA9}, {0xAE, 0xAE}, {0x203C, 0x203C}, {0x2049, 0x2049}, {0x2122, 0x2122}, {0x2139, 0x2139},
	{0x2190, 0x21FF}, {0x2300, 0x23FF}, {0x24C2, 0x24C2}, {0x25A0, 0x27BF}, {0x2900, 0x297F}, {0x2B00, 0x2BFF},
	{0x3030, 0x3030}, {0x303D, 0x303D}, {0x3297, 0x3299}, {0x1F000, 0x1FAFF},
}

func pictograph(r rune) bool {
	for _, block := range pictographs {
		if block[0] <= r && r <= block[1] {
			return true
		}
	}
	return false
}

// modifier reports whether a rune changes or joins pictographs: the joiner, the
// variation selectors, the keycap and the tags of regional flags.
func modifier(r rune) bool {
	return r == 0x200D || r == 0xFE0E || r == 0xFE0F || r == 0x20E3 || (0xE0020 <= r && r <= 0xE007F)
}
