package rest

import (
	"context"
	"strings"

	"athena/persistence/gatewaydb"
	"athena/wire"
)

// findNative finds out whether the functions' value is answered as it is. Few types are
// named like a media type, and only for those is it worth looking.
func (c *calling) findNative(ctx context.Context, accept string) (err error) {
	f := c.functions[0]
	if !strings.Contains(f.ReturnsName, "/") {
		return nil
	}
	if c.catalog, err = c.pool.Catalog(ctx); err != nil {
		return err
	}
	if media := c.catalog.MediaType(f); media != "" && wants(accept, media, c.form.bare) {
		c.native = media
	}
	return nil
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
	content, err := c.catalog.Plain(called.Function.Returns, string(onlyOne(values)))
	rows.Before, rows.JSON, rows.After, rows.Media = nil, content, nil, c.native
	return rows, err
}
