package wire

import (
	"bytes"
	"errors"
	"unicode/utf8"

	"github.com/goccy/go-json"
)

// MaxJSONDepth is how deep a body's objects and arrays may be nested. It is far above
// what anybody writes, and far below what decoders and PostgreSQL bear.
const MaxJSONDepth = 1000

// CheckJSONText refuses what no database can store as text, bytes that are not
// UTF-8 and NUL characters, escaped or not, and what is nested too deep.
func CheckJSONText(body []byte) error {
	if !utf8.Valid(body) {
		return Fail(InvalidJSON, "the body is not valid UTF-8").At("body")
	}
	if bytes.IndexByte(body, 0) >= 0 || hasEscapedNUL(body) {
		return Fail(InvalidValue, "the body holds a NUL character, which PostgreSQL cannot store").At("body")
	}
	return CheckJSONDepth(body)
}

// CheckJSONDepth refuses a body whose objects and arrays are nested deeper than
// MaxJSONDepth. It need not be JSON.
func CheckJSONDepth(body []byte) error {
	if bytes.Count(body, []byte("["))+bytes.Count(body, []byte("{")) <= MaxJSONDepth {
		return nil // the usual one, at a fraction of a walk's price
	}
	depth, text := 0, false
	for i := 0; i < len(body); i++ {
		switch c := body[i]; {
		case c == '"':
			text = !text
		case text && c == '\\':
			i++
		case text:
		case c == '[' || c == '{':
			if depth++; depth > MaxJSONDepth {
				return Fail(InvalidJSON, "the body is nested more than %d deep", MaxJSONDepth).At("body")
			}
		case c == ']' || c == '}':
			depth--
		}
	}
	return nil
}

// hasEscapedNUL finds \u0000 that is an escape and not an escaped backslash
// followed by letters.
func hasEscapedNUL(body []byte) bool {
	nul := []byte(`\u0000`)
	for at := 0; ; {
		i := bytes.Index(body[at:], nul)
		if i < 0 {
			return false
		}
		at += i
		backslashes := 0
		for at-backslashes > 0 && body[at-backslashes-1] == '\\' {
			backslashes++
		}
		if backslashes%2 == 0 {
			return true
		}
		at += len(nul)
	}
}

// JSONProblem tells a caller what is wrong with a JSON body.
func JSONProblem(err error) error {
	if _, ok := AsProblem(err); ok {
		return err
	}
	var mismatch *json.UnmarshalTypeError
	if errors.As(err, &mismatch) {
		return Fail(InvalidJSON, "%s must be %s, not %s", orBody(mismatch.Field), kindOf(mismatch), mismatch.Value).At(mismatch.Field).Because(err)
	}
	return Fail(InvalidJSON, "the body is not valid JSON").WithHint("check quotes, commas and brackets").At("body").Because(err)
}

func orBody(field string) string {
	if field == "" {
		return "the body"
	}
	return field
}

func kindOf(e *json.UnmarshalTypeError) string {
	if e.Type == nil {
		return "of another type"
	}
	switch e.Type.Kind().String() {
	case "string":
		return "a string"
	case "bool":
		return "true or false"
	case "slice", "array":
		return "an array"
	case "struct", "map":
		return "an object"
	case "int", "int32", "int64", "float64":
		return "a number"
	}
	return "of another type"
}
