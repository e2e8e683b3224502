package wire

import (
	"strings"

	"github.com/goccy/go-json"
)

// The walkers take JSON that is known to be valid, and so need not look for
// mistakes. They cost nothing but the walk: values come as they are written.

// EachMember calls do with the decoded name and the text of each member of an
// object, in order, also of those whose name was there before.
func EachMember(object string, do func(name, value string) error) error {
	for i := skipSpace(object, skipSpace(object, 0)+1); object[i] != '}'; {
		end := valueEnd(object, i)
		name, err := Unquote(object[i:end])
		if err != nil {
			return err
		}
		i = skipSpace(object, skipSpace(object, end)+1) // over the colon
		end = valueEnd(object, i)
		if err := do(name, object[i:end]); err != nil {
			return err
		}
		i = skipComma(object, end)
	}
	return nil
}

// EachElement calls do with the text of each element of an array.
func EachElement(array string, do func(element string) error) error {
	for i := skipSpace(array, skipSpace(array, 0)+1); array[i] != ']'; {
		end := valueEnd(array, i)
		if err := do(array[i:end]); err != nil {
			return err
		}
		i = skipComma(array, end)
	}
	return nil
}

// Unquote decodes a JSON string; most have nothing to decode.
func Unquote(text string) (string, error) {
	if strings.IndexByte(text, '\\') < 0 {
		return text[1 : len(text)-1], nil
	}
	var s string
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return "", Fail(InvalidJSON, "the body holds a string that cannot be read").At("body").Because(err)
	}
	return s, nil
}

func skipSpace(text string, i int) int {
	for text[i] == ' ' || text[i] == '\t' || text[i] == '\n' || text[i] == '\r' {
		i++
	}
	return i
}

// skipComma goes from the end of an element to the next or to the bracket.
func skipComma(text string, i int) int {
	if i = skipSpace(text, i); text[i] == ',' {
		i = skipSpace(text, i+1)
	}
	return i
}

// valueEnd is where the value that begins at i ends.
func valueEnd(text string, i int) int {
	switch text[i] {
	case '"':
		return stringEnd(text, i)
	case '{', '[':
		return nestedEnd(text, i)
	}
	for i < len(text) && strings.IndexByte(",]} \t\r\n", text[i]) < 0 {
		i++
	}
	return i
}

func stringEnd(text string, i int) int {
	for i++; text[i] != '"'; i++ {
		if text[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func nestedEnd(text string, i int) int {
	for depth := 0; ; {
		switch text[i] {
		case '"':
			i = stringEnd(text, i)
			continue
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
		i++
	}
}
