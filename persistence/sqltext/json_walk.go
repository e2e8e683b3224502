package sqltext

import (
	"strings"

	"athena/wire"
)

// EachMember calls do with the name and the text of each member of a JSON object,
// in order; it reports whether the text is one. The text must be valid JSON.
func EachMember(object []byte, do func(name string, value []byte) error) (bool, error) {
	text := trimJSON(object)
	if text == "" || text[0] != '{' {
		return false, nil
	}
	return true, wire.EachMember(text, func(name, value string) error { return do(name, []byte(value)) })
}

// EachElement calls do with the text of each element of a JSON array; it reports
// whether the text is one. The text must be valid JSON.
func EachElement(array []byte, do func(value []byte) error) (bool, error) {
	text := trimJSON(array)
	if text == "" || text[0] != '[' {
		return false, nil
	}
	return true, wire.EachElement(text, func(value string) error { return do([]byte(value)) })
}

func trimJSON(text []byte) string { return strings.Trim(string(text), " \t\r\n") }

// hasEscapedNUL finds the escape for a NUL character, which JSON allows and
// PostgreSQL does not. A backslash before it masks the escape itself.
func hasEscapedNUL(text string) bool {
	for {
		i := strings.IndexByte(text, '\\')
		if i < 0 {
			return false
		}
		if strings.HasPrefix(text[i:], `\u0000`) {
			return true
		}
		text = text[i+2:]
	}
}
