package rowjson

import (
	"errors"
	"fmt"
)

// Options change how a shape writes.
type Options struct {
	// StripNulls leaves out the members of the shape's objects that are null.
	// What a json column or a composite value holds inside stays as it is.
	StripNulls bool
}

// Shape writes the columns of a statement as JSON objects. It is made once for a
// statement and used for all its rows.
type Shape struct {
	head []part // the members, or those before the array
	many *many
	tail []part // the members after the array
	mark int    // the column to keep the last value of, counted from 1; 0 for none
}

// many is the array of a shape.
type many struct {
	name     string
	open     []byte // `,"name":[`
	presence int
	group    []int
	parts    []part
}

// part is a member of an object. Its keys carry the comma in front, the first of
// which closeObject turns into the opening brace.
type part struct {
	name     string
	key      []byte // `,"name":`
	null     []byte // what a null writes: `,"name":null`, or nothing
	column   int    // of the value or, for an object, of its presence
	encode   Encoder
	object   []part
	isObject bool
}

// Compile makes the shape of fields for a statement whose columns have the given
// types. It refuses columns that the statement does not have, and arrays where
// Field does not allow them.
func Compile(fields []Field, oids []uint32, types *Types, opts Options) (*Shape, error) {
	c := compiler{oids: oids, types: types, strip: opts.StripNulls}
	s := &Shape{}
	for _, f := range fields {
		switch {
		case f.Mark:
			s.mark = c.column("mark", f.Column) + 1
		case f.Array == nil && s.many == nil:
			s.head = append(s.head, c.part(f))
		case f.Array == nil:
			s.tail = append(s.tail, c.part(f))
		case s.many == nil:
			s.many = c.many(f)
		default:
			c.fail(fmt.Errorf("%q is a second array", f.Key))
		}
	}
	if c.err != nil {
		return nil, fmt.Errorf("rowjson: %w", c.err)
	}
	return s, nil
}

// compiler keeps the first thing that was wrong.
type compiler struct {
	oids  []uint32
	types *Types
	strip bool
	err   error
}

func (c *compiler) fail(err error) {
	if c.err == nil {
		c.err = err
	}
}

func (c *compiler) column(key string, n int) int {
	if n < 0 || n >= len(c.oids) {
		c.fail(fmt.Errorf("%q wants column %d of %d", key, n, len(c.oids)))
		return 0
	}
	return n
}

func (c *compiler) part(f Field) part {
	p := part{name: f.Key, key: key(f.Key)}
	if !c.strip {
		p.null = append(key(f.Key), "null"...)
	}
	if f.Object != nil {
		p.isObject, p.column = true, c.column(f.Key, f.Presence)
		p.object = c.parts(f.Object)
		return p
	}
	p.column = c.column(f.Key, f.Column)
	if c.err == nil {
		p.encode, _ = c.types.Encoder(c.oids[p.column])
	}
	return p
}

func (c *compiler) parts(fields []Field) []part {
	parts := make([]part, len(fields))
	for i, f := range fields {
		if f.Array != nil {
			c.fail(fmt.Errorf("%q is an array below the top", f.Key))
			continue
		}
		parts[i] = c.part(f)
	}
	return parts
}

func (c *compiler) many(f Field) *many {
	m := &many{
		name:     f.Key,
		open:     append(key(f.Key), '['),
		presence: c.column(f.Key, f.Presence),
		group:    f.Group,
		parts:    c.parts(f.Array),
	}
	if len(f.Group) == 0 {
		c.fail(errors.New("an array needs the columns of its group"))
	}
	for _, n := range f.Group {
		c.column(f.Key, n)
	}
	return m
}

// key is a member's name with the comma in front and the colon behind.
func key(name string) []byte {
	return append(Text([]byte{','}, []byte(name)), ':')
}

// appendParts writes members, each with a comma in front.
func appendParts(dst []byte, parts []part, values [][]byte) []byte {
	for i := range parts {
		p := &parts[i]
		value := values[p.column]
		switch {
		case value == nil:
			dst = append(dst, p.null...)
		case p.isObject:
			dst = append(dst, p.key...)
			dst = appendObject(dst, p.object, values)
		default:
			dst = append(dst, p.key...)
			dst = p.encode(dst, value)
		}
	}
	return dst
}

func appendObject(dst []byte, parts []part, values [][]byte) []byte {
	start := len(dst)
	return closeObject(appendParts(dst, parts, values), start)
}

// closeObject makes an object of the members from start on.
func closeObject(dst []byte, start int) []byte {
	if len(dst) == start {
		return append(dst, "{}"...)
	}
	dst[start] = '{'
	return append(dst, '}')
}
