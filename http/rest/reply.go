package rest

import (
	"bytes"

	"athena/persistence/gatewaydb"
	"athena/persistence/rowjson"
	"athena/wire"
)

// reply writes rows in the caller's form, with their headers.
func (r *request) reply(result gatewaydb.Result, status int, contentRange string) wire.Rows {
	rows := wire.Rows{Status: status, Headers: r.headers(contentRange), Media: r.form.contentType(), Release: result.Release}
	rows.JSON = result.JSON
	switch {
	case r.aggregate() != nil:
	case r.form.object:
		rows.JSON = result.JSON[1 : len(result.JSON)-1]
	case r.form.bare && r.form.format == rowjson.CSV: // there a line's end stands between lines
		rows.JSON = bytes.TrimSuffix(result.JSON, []byte("\n"))
	case !r.form.bare && r.form.format == rowjson.JSONArray:
		rows.Before, rows.After = []byte(`{"data":`), []byte("}")
	}
	r.said.apply(&rows)
	return rows
}

// empty answers without rows.
func (r *request) empty(result gatewaydb.Result, status int, contentRange string) wire.Rows {
	return wire.Rows{Status: status, Headers: r.headers(contentRange), Release: result.Release}
}

func (r *request) headers(contentRange string) []wire.Pair {
	headers := make([]wire.Pair, 1, 5)
	headers[0] = wire.Pair{Name: "Content-Range", Value: contentRange}
	if applied := r.prefs.applied(); applied != "" {
		headers = append(headers, wire.Pair{Name: "Preference-Applied", Value: applied})
	}
	if r.cursor != "" {
		headers = append(headers, wire.Pair{Name: "X-Athena-Cursor", Value: r.cursor})
	}
	if r.profile != "" {
		headers = append(headers, wire.Pair{Name: "Content-Profile", Value: r.profile})
	}
	if r.canonical != "" {
		headers = append(headers, wire.Pair{Name: "Content-Location", Value: r.canonical})
	}
	return headers
}

// one refuses an answer that is not the one row that the caller wants.
func (r *request) one(result gatewaydb.Result) error {
	if !r.form.object || result.Rows == 1 {
		return nil
	}
	p := wire.Fail(wire.NotOneRow, "The result contains %d rows", result.Rows).At("Accept")
	p.Message = "JSON object requested, multiple (or no) rows returned"
	return p
}
