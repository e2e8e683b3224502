package rowjson

import "bytes"

// array reads array literals such as {{1,NULL},{"a \"b\"",c}}.
type array struct {
	element Encoder
	delim   byte
}

// Array writes the arrays of a type as JSON arrays, nested where they have more
// than one dimension. Lower bounds are not part of the value, as in row_to_json.
func Array(element Encoder, delim byte) Encoder {
	return array{element, delim}.append
}

func (a array) append(dst, text []byte) []byte {
	if len(text) > 0 && text[0] == '[' { // lower bounds: [0:1]={...}
		_, text, _ = bytes.Cut(text, []byte{'='})
	}
	for len(text) > 0 {
		switch c := text[0]; c {
		case '{':
			dst, text = append(dst, '['), text[1:]
		case '}':
			dst, text = append(dst, ']'), text[1:]
		case a.delim:
			dst, text = append(dst, ','), text[1:]
		case '"':
			dst, text = appendQuoted(dst, text[1:], a.element)
		default:
			dst, text = a.appendBare(dst, text)
		}
	}
	return dst
}

func (a array) appendBare(dst, text []byte) (_, rest []byte) {
	end := 0
	for end < len(text) && text[end] != a.delim && text[end] != '}' {
		end++
	}
	if string(text[:end]) == "NULL" {
		return append(dst, "null"...), text[end:]
	}
	return a.element(dst, text[:end]), text[end:]
}

// Vector writes the space-separated lists of int2vector and oidvector.
func Vector(element Encoder) Encoder {
	return func(dst, text []byte) []byte {
		dst = append(dst, '[')
		for len(text) > 0 {
			var item []byte
			item, text, _ = bytes.Cut(text, []byte{' '})
			dst = element(dst, item)
			if len(text) > 0 {
				dst = append(dst, ',')
			}
		}
		return append(dst, ']')
	}
}

// Attribute is one attribute of a composite type.
type Attribute struct {
	Name   string
	Encode Encoder
}

// record reads record literals such as (1,"a ""b""",).
type record struct {
	keys     [][]byte
	encoders []Encoder
}

// Record writes the values of a composite type as objects. A value that does not
// have as many attributes as are known, because the type was altered since, is
// written as the string that the server gave.
func Record(attributes []Attribute) Encoder {
	var r record
	for _, a := range attributes {
		r.keys = append(r.keys, key(a.Name))
		r.encoders = append(r.encoders, a.Encode)
	}
	return r.append
}

func (r record) append(dst, text []byte) []byte {
	start := len(dst)
	rest := bytes.TrimPrefix(text, []byte{'('})
	for i, encode := range r.encoders {
		dst = append(dst, r.keys[i]...)
		dst, rest = appendAttribute(dst, rest, encode)
		last := i == len(r.encoders)-1
		if len(rest) == 0 || (rest[0] == ',') == last {
			return Text(dst[:start], text)
		}
		if !last {
			rest = rest[1:]
		}
	}
	if string(rest) != ")" {
		return Text(dst[:start], text)
	}
	return closeObject(dst, start)
}

// appendAttribute writes the attribute that text begins with, up to the comma or
// parenthesis behind it. Nothing at all stands for null.
func appendAttribute(dst, text []byte, encode Encoder) (_, rest []byte) {
	if len(text) > 0 && text[0] == '"' {
		return appendQuoted(dst, text[1:], encode)
	}
	end := bytes.IndexAny(text, ",)")
	if end < 0 {
		end = len(text)
	}
	if end == 0 {
		return append(dst, "null"...), text
	}
	return encode(dst, text[:end]), text[end:]
}

// appendQuoted encodes the value in text up to its closing quote. Array and
// record literals mask a quote or backslash by a backslash or by doubling it.
func appendQuoted(dst, text []byte, encode Encoder) (_, rest []byte) {
	end, masked := closingQuote(text)
	value, rest := text[:end], text[min(end+1, len(text)):]
	if !masked {
		return encode(dst, value), rest
	}
	// The bare value is built behind dst and its JSON behind that, which then
	// moves down: no scratch buffer, however deep the nesting.
	start := len(dst)
	dst = appendUnmasked(dst, value)
	bare := len(dst)
	dst = encode(dst, dst[start:bare])
	return append(dst[:start], dst[bare:]...), rest
}

func closingQuote(text []byte) (end int, masked bool) {
	for end < len(text) {
		doubled := text[end] == '"' && end+1 < len(text) && text[end+1] == '"'
		switch {
		case doubled || text[end] == '\\':
			masked = true
			end += 2
		case text[end] == '"':
			return end, masked
		default:
			end++
		}
	}
	return len(text), masked
}

func appendUnmasked(dst, value []byte) []byte {
	for i := 0; i < len(value); i++ {
		if c := value[i]; (c == '\\' || c == '"') && i+1 < len(value) {
			i++
		}
		dst = append(dst, value[i])
	}
	return dst
}
