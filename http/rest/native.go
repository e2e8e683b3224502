package rest

import (
	"encoding/hex"
	"strings"

	"athena/persistence/catalog"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgtype"
)

// native is the media type of a function's value: the name of the domain that it is
// of, such as CREATE DOMAIN "text/html" AS text. It is empty for any other function.
func native(cat *catalog.Catalog, f *catalog.Function) string {
	t, ok := cat.TypeByID(f.Returns)
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

// wants reports whether an Accept header asks for a media type by its name or, without
// an envelope, for whatever there is.
func wants(header, media string, bare bool) bool {
	if header == "" {
		return bare
	}
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		name = strings.TrimSpace(name)
		if (strings.EqualFold(name, media) || bare && name == "*/*") && quality(parameters) > 0 {
			return true
		}
	}
	return false
}

// asItIs answers the one value of a function as a body of its own media type.
func (c *calling) asItIs(rows wire.Rows, called *gatewaydb.Called) (wire.Rows, error) {
	values, err := unwrapped(called.JSON)
	if err != nil {
		return rows, err
	}
	content, err := c.bytes(string(onlyOne(values)), called.Function)
	rows.Before, rows.JSON, rows.After, rows.Media = nil, content, nil, c.native
	return rows, err
}

// bytes are those of a value that is written as JSON: of bytea itself, of a document its
// text, and of anything else what it looks like.
func (c *calling) bytes(text string, f *catalog.Function) ([]byte, error) {
	if text == "null" {
		return []byte{}, nil
	}
	t, _ := c.catalog.Underlying(f.Returns)
	if text[0] != '"' || t.ID == pgtype.JSONOID || t.ID == pgtype.JSONBOID {
		return []byte(text), nil
	}
	content, err := wire.Unquote(text)
	if err != nil || t.ID != pgtype.ByteaOID {
		return []byte(content), err
	}
	return hex.DecodeString(strings.TrimPrefix(content, `\x`))
}
