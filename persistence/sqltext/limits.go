package sqltext

import (
	"strings"
	"unicode/utf8"

	"athena/wire"
)

// The limits of what one request may ask for. They are far above what a person
// writes and far below what would hurt the parser or the planner.
const (
	// MaxDepth bounds nested embeds and nested logic.
	MaxDepth = 16
	// MaxItems bounds select lists, conditions, orders and JSON paths, each
	// counted over the whole request.
	MaxItems = 500
	// maxNodes bounds the items and conditions of one statement, wherever they stand.
	maxNodes = 4 * MaxItems
	// MaxMembers bounds the members of one list of values.
	MaxMembers = 32767
	// MaxName is the longest identifier that PostgreSQL keeps whole.
	MaxName = 63
	// MaxParams is what the protocol's 16-bit count of parameters can hold.
	MaxParams = 65535
)

// checkName refuses what cannot be the name of anything in a database.
func checkName(code wire.Code, what, name string) error {
	switch {
	case name == "":
		return wire.Fail(code, "%s is empty", what).At(what)
	case len(name) > MaxName:
		return wire.Fail(code, "%s %s is longer than %d bytes", what, clip(name), MaxName).At(what)
	default:
		return checkText(code, what, name)
	}
}

// checkText refuses text that no PostgreSQL string can hold.
func checkText(code wire.Code, what, text string) error {
	if strings.IndexByte(text, 0) >= 0 {
		return wire.Fail(code, "%s contains a NUL character", what).At(what)
	}
	if !utf8.ValidString(text) {
		return wire.Fail(code, "%s is not valid UTF-8", what).At(what)
	}
	return nil
}

// clip quotes text for a message and shortens it when it is long.
func clip(text string) string {
	const most = 40
	text = strings.ToValidUTF8(text, "\uFFFD")
	if len(text) <= most {
		return `"` + text + `"`
	}
	cut := most
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return `"` + text[:cut] + `..."`
}
