package catalog

import (
	"encoding/hex"
	"strings"

	"athena/wire"

	"github.com/jackc/pgx/v5/pgtype"
)

// MediaType is that of a function's value: the name of the domain that it is of, such
// as CREATE DOMAIN "text/html" AS text. It is empty for any other function.
func (c *Catalog) MediaType(f *Function) string {
	t, ok := c.TypeByID(f.Returns)
	if !ok || t.Kind != 'd' || f.Set {
		return ""
	}
	name := strings.TrimSuffix(t.Name, `"`)
	name = name[strings.LastIndexByte(name, '"')+1:]
	if !strings.Contains(name, "/") {
		return ""
	}
	return name
}

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
