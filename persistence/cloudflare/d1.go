// Package cloudflare runs SQL in Cloudflare's D1 databases over their HTTP API.
package cloudflare

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"athena/persistence/remote"
	"athena/wire"
)

// DefaultAPI is where Cloudflare's API is.
const DefaultAPI = "https://api.cloudflare.com/client/v4"

// D1 is the way to all D1 databases.
type D1 struct {
	Remote *remote.Client
	// API is the base address; empty takes DefaultAPI.
	API string
}

// Statement is one statement with its parameters.
type Statement struct {
	SQL    string `json:"sql"`
	Params []any  `json:"params,omitempty"`
}

// Result is what became of one statement.
type Result struct {
	// Rows is a JSON array of objects.
	Rows json.RawMessage `json:"results"`
	// Meta is D1's own account of the work.
	Meta Meta `json:"meta"`
}

// Meta is D1's account of one statement.
type Meta struct {
	Changes     int64   `json:"changes"`
	LastRowID   int64   `json:"last_row_id"`
	RowsRead    int64   `json:"rows_read"`
	RowsWritten int64   `json:"rows_written"`
	Duration    float64 `json:"duration"` // milliseconds
}

// envelope is how D1 answers.
type envelope struct {
	Success bool     `json:"success"`
	Result  []Result `json:"result"`
	Errors  []struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
	} `json:"errors"`
}

// Query runs one text of SQL and gives the result of its last statement.
func (d D1) Query(ctx context.Context, at *wire.D1Backend, sql string) (Result, error) {
	results, err := d.send(ctx, at, Statement{SQL: sql})
	if err != nil || len(results) == 0 {
		return Result{Rows: json.RawMessage("[]")}, err
	}
	last := results[len(results)-1]
	if len(last.Rows) == 0 || string(last.Rows) == "null" {
		last.Rows = json.RawMessage("[]")
	}
	return last, nil
}

// Batch runs statements in their order in one transaction: all are kept or none.
func (d D1) Batch(ctx context.Context, at *wire.D1Backend, statements []Statement) ([]Result, error) {
	return d.send(ctx, at, struct {
		Batch []Statement `json:"batch"`
	}{statements})
}

const service = "Cloudflare D1"

func (d D1) send(ctx context.Context, at *wire.D1Backend, body any) ([]Result, error) {
	api := d.API
	if api == "" {
		api = DefaultAPI
	}
	base, err := d.Remote.CheckURL("d1.api", api)
	if err != nil {
		return nil, err
	}
	u := base.JoinPath("accounts", url.PathEscape(at.AccountID), "d1", "database", url.PathEscape(at.DatabaseID), "query")
	answer, err := d.Remote.JSON(ctx, service, http.MethodPost, u, map[string]string{"Authorization": "Bearer " + at.Token}, body)
	if err != nil {
		return nil, err
	}
	return read(answer)
}

// sqlError is D1's code for SQL that it could not run.
const sqlError = 7500

func read(answer remote.Answer) ([]Result, error) {
	var e envelope
	if err := json.Unmarshal(answer.Body, &e); err != nil {
		return nil, answer.Refused(service).Because(err)
	}
	if e.Success && answer.Status < 300 {
		return e.Result, nil
	}
	for _, failure := range e.Errors {
		if failure.Code == sqlError {
			return nil, wire.Fail(wire.InvalidSQL, "D1: %.500s", failure.Message).At("query")
		}
	}
	return nil, answer.Refused(service)
}
