package gatewaydb

import (
	"context"
	"errors"

	"athena/persistence/lane"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"

	"github.com/goccy/go-json"
)

// Plan answers the plan of a statement, as the server tells it, in place of the
// statement's rows. A write that is analyzed is done, and kept unless the verdict has it
// undone; everything else changes nothing.
func (s *Store) Plan(ctx context.Context, st *Statement, e *sqltext.Explain, verdict Verdict) (Result, error) {
	planned := *st
	planned.plan = &plan{
		sql: st.sql, write: st.write && e.Analyze, changes: st.changes,
		lane: lane.Plan{SQL: e.SQL(st.lane.SQL)},
	}
	planned.format = rowjson.JSONArray
	var result Result
	var err error
	if planned.write {
		result, err = s.Weigh(ctx, &planned, verdict)
	} else {
		result, err = retried(func() (Result, error) { return s.inside(ctx, &planned, beginReadOnly, keepAll) })
		err = planned.explain(err)
	}
	if err != nil {
		return Result{}, err
	}
	defer result.Release()
	text, err := planText(result.JSON, e.JSON)
	return Result{JSON: text, Tag: result.Tag}, err
}

// planText takes a plan out of the one column of EXPLAIN: a document, or a line in each
// row.
func planText(answer []byte, document bool) ([]byte, error) {
	var rows []map[string]json.RawMessage
	if err := json.Unmarshal(answer, &rows); err != nil {
		return nil, errors.Join(errors.New("gatewaydb: EXPLAIN did not answer rows"), err)
	}
	var text []byte
	for _, row := range rows {
		for _, cell := range row {
			if document {
				text = append(text, cell...)
				continue
			}
			var line string
			if err := json.Unmarshal(cell, &line); err != nil {
				return nil, errors.Join(errors.New("gatewaydb: EXPLAIN did not answer text"), err)
			}
			text = append(append(text, line...), '\n')
		}
	}
	return text, nil
}
