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

// checkEmoji accepts what is shown as one picture: a pictograph with what varies
// it, several of them joined, a flag, or a keycap.
func checkEmoji(text string) error {
	if text == "" || len(text) > maxEmoji || !isEmoji([]rune(text)) {
		return badChat("emoji", "must be one emoji")
	}
	return nil
}

// Runes that take part in emoji without being one.
const (
	joiner = 0x200D
	keycap = 0x20E3
	// variant is the selector for pictures, plain the one for text.
	variant, plain = 0xFE0F, 0xFE0E
)

func isEmoji(text []rune) bool {
	for {
		rest, found := picture(text)
		if !found || len(rest) == 0 {
			return found
		}
		if rest[0] != joiner {
			return false
		}
		text = rest[1:]
	}
}

// picture takes one picture off the beginning, if there is one.
func picture(text []rune) (rest []rune, found bool) {
	if len(text) == 0 {
		return nil, false
	}
	first, rest := text[0], text[1:]
	switch {
	case strings.ContainsRune("0123456789#*", first):
		return trim(trimVariant(rest), func(r rune) bool { return r == keycap })
	case regional(first):
		return trim(rest, regional)
	case !pictograph(first):
		return nil, false
	}
	rest, _ = trim(trimVariant(rest), skin)
	rest = trimVariant(rest)
	for more := true; more; {
		rest, more = trim(rest, tag)
	}
	return rest, true
}

// trim takes one rune of a kind off the beginning, if it is there.
func trim(text []rune, kind func(rune) bool) (rest []rune, found bool) {
	if len(text) > 0 && kind(text[0]) {
		return text[1:], true
	}
	return text, false
}

func trimVariant(text []rune) []rune {
	rest, _ := trim(text, func(r rune) bool { return r == variant || r == plain })
	return rest
}

// regional is a letter of a flag, which has two.
func regional(r rune) bool { return 0x1F1E6 <= r && r <= 0x1F1FF }

// skin is a colour of the skin.
func skin(r rune) bool { return 0x1F3FB <= r && r <= 0x1F3FF }

// tag is a letter of the name of a region's flag, or its end.
func tag(r rune) bool { return 0xE0020 <= r && r <= 0xE007F }

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
