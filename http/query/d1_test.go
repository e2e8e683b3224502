package query_test

import (
	"database/sql"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
	_ "modernc.org/sqlite" // D1's engine
)

// d1StandIn answers as Cloudflare's API for D1 does, from a real SQLite.
type d1StandIn struct {
	mu sync.Mutex
	db *sql.DB
	// batches are the numbers of statements of the batches that came.
	batches []int
}

const d1Token = "d1-right"

func newD1StandIn(t testing.TB) *d1StandIn {
	t.Helper()
	db, err := sql.Open("sqlite", ":memory:")
	require.NoError(t, err)
	db.SetMaxOpenConns(1)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	_, err = db.Exec("PRAGMA foreign_keys = ON")
	require.NoError(t, err)
	return &d1StandIn{db: db}
}

type d1Statement struct {
	SQL    string `json:"sql"`
	Params []any  `json:"params"`
}

func (s *d1StandIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case r.Header.Get("Authorization") != "Bearer "+d1Token:
		d1Reply(w, 401, nil, 10000, "Authentication error")
		return
	case r.Method+" "+r.URL.Path != "POST /accounts/acc/d1/database/db/query":
		d1Reply(w, 404, nil, 7404, "The database could not be found")
		return
	}
	var body struct {
		d1Statement
		Batch []d1Statement `json:"batch"`
	}
	_ = json.NewDecoder(r.Body).Decode(&body)
	if body.Batch == nil {
		body.Batch = []d1Statement{body.d1Statement}
	} else {
		s.batches = append(s.batches, len(body.Batch))
	}
	results, err := s.run(body.Batch)
	if err != nil {
		d1Reply(w, 400, nil, 7500, err.Error())
		return
	}
	d1Reply(w, 200, results, 0, "")
}

func d1Reply(w http.ResponseWriter, status int, results []map[string]any, code int, message string) {
	errors := []map[string]any{}
	if code != 0 {
		errors = append(errors, map[string]any{"code": code, "message": message})
	}
	text, _ := json.Marshal(map[string]any{"success": code == 0, "result": results, "errors": errors, "messages": []string{}})
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(text)
}

// run runs a batch in one transaction.
func (s *d1StandIn) run(batch []d1Statement) ([]map[string]any, error) {
	tx, err := s.db.Begin()
	if err != nil {
		return nil, err
	}
	var results []map[string]any
	for _, st := range batch {
		rows, changes, err := statement(tx, st)
		if err != nil {
			_ = tx.Rollback()
			return nil, err
		}
		results = append(results, map[string]any{"success": true, "results": rows, "meta": map[string]any{"changes": changes, "duration": 0.4}})
	}
	return results, tx.Commit()
}

func statement(tx *sql.Tx, st d1Statement) (list []map[string]any, changes int64, err error) {
	list = []map[string]any{}
	if !strings.HasPrefix(strings.ToUpper(st.SQL), "SELECT") && !strings.Contains(strings.ToUpper(st.SQL), "RETURNING") {
		result, err := tx.Exec(st.SQL, st.Params...)
		if err != nil {
			return nil, 0, err
		}
		changes, err = result.RowsAffected()
		return list, changes, err
	}
	rows, err := tx.Query(st.SQL, st.Params...)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = rows.Close() }()
	columns, err := rows.Columns()
	for err == nil && rows.Next() {
		values := make([]any, len(columns))
		targets := make([]any, len(columns))
		for i := range values {
			targets[i] = &values[i]
		}
		err = rows.Scan(targets...)
		row := map[string]any{}
		for i, name := range columns {
			row[name] = values[i]
		}
		list = append(list, row)
	}
	if err == nil {
		err = rows.Err()
	}
	return list, 0, err
}
