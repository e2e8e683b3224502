package catalog

import (
	"encoding/hex"
	"regexp"
	"strings"

	"athena/wire"

	"github.com/jackc/pgx/v5/pgtype"
)

// AnyMedia is the media type of what answers in any.
const AnyMedia = "*/*"

// AnyElement is the type that takes rows of any kind.
const AnyElement = 2283

// handled is a type of rows with a media type that they are written in.
type handled struct {
	rows  uint32
	media string
}

// offer notes what media type a function offers.
func (c *Catalog) offer(f *Function) {
	media := c.MediaType(f)
	if media == "" {
		return
	}
	c.offersMedia = true
	if !f.Aggregate || internal(f.Schema) {
		return
	}
	h := handled{f.Args[0].Type, media}
	if other := c.handlers[h]; other == nil || other.ID > f.ID {
		c.handlers[h] = f
	}
}

// OffersMedia reports whether there are media types of the database's own.
func (c *Catalog) OffersMedia() bool { return c.offersMedia }

// Handler is the aggregate that takes rows of a type and gives what is of a media type, in
// lower case, such as CREATE AGGREGATE page(people) (sfunc = ..., stype = "text/html"): of
// several the oldest, nil for none.
func (c *Catalog) Handler(rows uint32, media string) *Function {
	return c.handlers[handled{rows, media}]
}

// MediaType is that of a function's value: the name, in lower case, of the domain that it
// is of, such as CREATE DOMAIN "text/html" AS text. It is empty for any other function.
func (c *Catalog) MediaType(f *Function) string {
	if !strings.Contains(f.ReturnsName, "/") {
		return ""
	}
	t, ok := c.TypeByID(f.Returns)
	if !ok || t.Kind != 'd' || f.Set {
		return ""
	}
	name := strings.TrimSuffix(t.Name, `"`)
	name = strings.ToLower(name[strings.LastIndexByte(name, '"')+1:])
	if name != AnyMedia && !mediaName.MatchString(name) {
		return ""
	}
	return name
}

// mediaName is how media types are named (RFC 6838).
var mediaName = regexp.MustCompile(`^[a-z0-9][a-z0-9!#$&^_.+-]*/[a-z0-9][a-z0-9!#$&^_.+-]*$`)

// Plain are the bytes of a value of a type that is written as JSON: of bytea itself, of
// a document its text, of null none, and of anything else what it looks like.
func (c *Catalog) Plain(typ uint32, text string) ([]byte, error) {
	if text == "null" {
		return []byte{}, nil
	}
	t, ok := c.Underlying(typ)
	if !ok || text[0] != '"' || t.ID == pgtype.JSONOID || t.ID == pgtype.JSONBOID {
		return []byte(text), nil
	}
	content, err := wire.Unquote(text)
	if err != nil || t.ID != pgtype.ByteaOID {
		return []byte(content), err
	}
	return hex.DecodeString(strings.TrimPrefix(content, `\x`))
}
