package sqltext

import (
	"encoding/json"
	"strings"

	"athena/wire"
)

// encoding says how a value becomes a parameter's text.
type encoding uint8

const (
	// encodeText sends the value's own text; a list becomes an array.
	encodeText encoding = iota
	// encodeStored sends a JSON document: what goes into a json column.
	encodeStored
	// encodeCompared sends what a json column is compared with. Text that is a
	// document already stays as it is, for query strings and older clients have
	// no other way to send one.
	encodeCompared
	// encodeArray sends an array; a JSON array becomes one.
	encodeArray
	// encodeDocuments sends an array whose members are JSON documents.
	encodeDocuments
	// encodeMembers sends an array; what is none becomes its one member.
	encodeMembers
)

// Args gives the statement's parameters in text format, nil for NULL. The values
// are those that the Key function collected from a request of the plan's shape.
func (p *Plan) Args(values []Value) ([][]byte, error) {
	if len(values) != len(p.encodings) {
		return nil, wire.Fail(wire.Internal, "%d values for %d parameters", len(values), len(p.encodings))
	}
	args := make([][]byte, len(values))
	size := 0
	for i := range values {
		size += len(values[i].Text)
	}
	// One buffer holds all arguments. Should it grow, the earlier ones keep the
	// old memory, which is as good.
	buf := make([]byte, 0, size+8)
	for i := range values {
		if v := &values[i]; v.Kind != KindNull && v.Kind != KindAbsent {
			start := len(buf)
			buf = p.encodings[i].append(buf, v)
			args[i] = buf[start:len(buf):len(buf)]
		}
	}
	return args, nil
}

func (e encoding) append(dst []byte, v *Value) []byte {
	switch {
	case v.Kind == KindList:
		return e.appendList(dst, v.List)
	case e == encodeMembers:
		return appendMembers(dst, v)
	case e == encodeStored && v.Kind == KindString:
		return appendJSONString(dst, v.Text)
	case e == encodeCompared && v.Kind == KindString && !json.Valid([]byte(v.Text)):
		return appendJSONString(dst, v.Text)
	case (e == encodeArray || e == encodeDocuments) && v.Kind == KindJSON && strings.HasPrefix(v.Text, "["):
		return e.appendJSONArray(dst, v.Text)
	default:
		return append(dst, v.Text...)
	}
}

// appendList writes an array literal.
func (e encoding) appendList(dst []byte, list []Value) []byte {
	dst = append(dst, '{')
	for i := range list {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = e.appendMember(dst, &list[i])
	}
	return append(dst, '}')
}

// appendMembers writes an array literal of a value. Text of a query string may be
// one already.
func appendMembers(dst []byte, v *Value) []byte {
	switch {
	case v.Kind == KindRaw && strings.HasPrefix(v.Text, "{"):
		return append(dst, v.Text...)
	case v.Kind == KindJSON && strings.HasPrefix(v.Text, "["):
		return encodeArray.appendJSONArray(dst, v.Text)
	}
	return append(appendArrayText(append(dst, '{'), []byte(v.Text)), '}')
}

func (e encoding) appendMember(dst []byte, v *Value) []byte {
	switch v.Kind {
	case KindNull, KindAbsent:
		return append(dst, "NULL"...)
	case KindNumber, KindBool:
		return append(dst, v.Text...)
	case KindList:
		return e.appendList(dst, v.List)
	}
	if e == encodeMembers {
		e = encodeText
	}
	return appendArrayText(dst, e.append(nil, v))
}

// appendJSONArray writes a JSON array as an array literal, inner arrays as
// further dimensions, unless the members are documents.
func (e encoding) appendJSONArray(dst []byte, array string) []byte {
	start := len(dst) + 1
	dst = append(dst, '{')
	_ = wire.EachElement(array, func(element string) error { // only do can fail, and it does not
		if len(dst) > start {
			dst = append(dst, ',')
		}
		dst = e.appendElement(dst, element)
		return nil
	})
	return append(dst, '}')
}

func (e encoding) appendElement(dst []byte, text string) []byte {
	switch {
	case text == "null":
		return append(dst, "NULL"...)
	case e == encodeDocuments:
		return appendArrayText(dst, []byte(text))
	case text[0] == '[':
		return e.appendJSONArray(dst, text)
	case text[0] == '"':
		content, _ := wire.Unquote(text) // valid JSON, so it decodes
		return appendArrayText(dst, []byte(content))
	default:
		return appendArrayText(dst, []byte(text))
	}
}

// appendArrayText writes a member of an array literal in quotes.
func appendArrayText(dst, text []byte) []byte {
	dst = append(dst, '"')
	for _, c := range text {
		if c == '"' || c == '\\' {
			dst = append(dst, '\\')
		}
		dst = append(dst, c)
	}
	return append(dst, '"')
}

// appendJSONString writes a JSON string.
func appendJSONString(dst []byte, text string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < 0x20:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
