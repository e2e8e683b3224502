package rest

import (
	"bytes"
	"slices"
	"strings"

	"athena/persistence/sqltext"
	"athena/wire"
)

// The content types of a body, beside JSON and CSV.
const (
	mediaForm   = "application/x-www-form-urlencoded"
	mediaText   = "text/plain"
	mediaXML    = "text/xml"
	mediaBinary = "application/octet-stream"
)

// body holds the rows of a write.
type body struct {
	columns []string
	rows    [][]sqltext.Value
	// list says that they came as a list, even if there is but one.
	list bool
	// raw says that the values are text in the columns' own input syntax.
	raw bool
	// listed says that the query string lists the columns.
	listed bool
}

// uneven is the number of the first row, from 1, that does not give every column; 0
// where all do.
func (b *body) uneven() int {
	for i, row := range b.rows {
		if slices.ContainsFunc(row, func(v sqltext.Value) bool { return v.Kind == sqltext.KindAbsent }) {
			return i + 1
		}
	}
	return 0
}

// parseBody reads rows in the form that their content type names, and takes only the
// columns that the parameter of that name lists.
func parseBody(in *wire.RestWrite) (*body, error) {
	text := bytes.TrimSpace(in.Body)
	if len(text) == 0 {
		return nil, wire.Fail(wire.InvalidJSON, "the request needs a JSON body").At("body")
	}
	var b body
	var err error
	switch mediaOf(in.ContentType, text) {
	case mediaCSV:
		b.list, b.raw = true, true
		b.columns, b.rows, err = sqltext.ParseCSV(in.Body)
	case mediaForm:
		b.raw = true
		b.columns, b.rows, err = sqltext.ParseForm(in.Body)
	default:
		b.list = text[0] == '['
		b.columns, b.rows, err = sqltext.ParseRows(in.Body)
	}
	if err != nil {
		return nil, err
	}
	wanted, ok, err := listed(in.Pairs)
	if !ok || err != nil {
		return &b, err
	}
	b.columns, b.rows = restrict(b.columns, b.rows, wanted)
	b.listed = true
	return &b, nil
}

// listed are the names in the parameter columns, if it is there.
func listed(pairs []wire.Pair) (wanted []string, ok bool, err error) {
	list, ok := wire.Lookup(pairs, "columns")
	if !ok {
		return nil, false, nil
	}
	if wanted = names(list); slices.Contains(wanted, "") {
		err = wire.Fail(wire.InvalidRequest, "the list of columns names none, or one without a name").At("columns").WithHint("write columns=name,age")
	}
	return wanted, true, err
}

// mediaOf is the content type of a body. Many a client says that it sends a form and
// sends JSON, which as a form would begin with an escape.
func mediaOf(header string, text []byte) string {
	media, _, _ := strings.Cut(header, ";")
	media = strings.ToLower(strings.TrimSpace(media))
	if media == mediaForm && len(text) > 0 && (text[0] == '{' || text[0] == '[') {
		return ""
	}
	return media
}
