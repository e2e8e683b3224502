package sqltext

import "strings"

// EachMember calls do with the name and the text of each member of a JSON object,
// in order; it reports whether the text is one. The text must be valid JSON.
func EachMember(object []byte, do func(name string, value []byte) error) (bool, error) {
	text := trimJSON(object)
	if text == "" || text[0] != '{' {
		return false, nil
	}
	return true, eachMember(text, func(name, value string) error { return do(name, []byte(value)) })
}

// EachElement calls do with the text of each element of a JSON array; it reports
// whether the text is one. The text must be valid JSON.
func EachElement(array []byte, do func(value []byte) error) (bool, error) {
	text := trimJSON(array)
	if text == "" || text[0] != '[' {
		return false, nil
	}
	return true, eachElement(text, func(value string) error { return do([]byte(value)) })
}

func trimJSON(text []byte) string { return strings.Trim(string(text), " \t\r\n") }
