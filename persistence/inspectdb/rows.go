package inspectdb

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"athena/persistence"
	"athena/wire"
)

type estimate struct {
	SchemaName    string `db:"schema_name"`
	TableName     string `db:"table_name"`
	EstimatedRows int64  `db:"estimated_rows"`
	NeverAnalyzed bool   `db:"never_analyzed"`
}

func (e *estimate) entry() wire.RowEstimate {
	return wire.RowEstimate{
		SchemaName: e.SchemaName, TableName: e.TableName, QualifiedTableName: e.SchemaName + "." + e.TableName, EstimatedRows: e.EstimatedRows,
	}
}

// RowEstimates tells about how many rows the tables have, as PostgreSQL counted
// them when it last analysed them; top is how many of the largest are named.
func (d Database) RowEstimates(ctx context.Context, schema *string, system bool, top int) (wire.RowEstimates, error) {
	rows, err := persistence.All[estimate](ctx, d.DB, sql.Get("row_estimates"), schema, system)
	if err != nil {
		return wire.RowEstimates{}, err
	}
	s := wire.RowEstimates{Source: "pg_class.reltuples", CollectedAt: time.Now().UTC(), TopTables: []wire.RowEstimate{}}
	s.Summary = summary(rows)
	for i := range rows[:min(top, len(rows))] {
		s.TopTables = append(s.TopTables, rows[i].entry())
	}
	s.SchemaRollups, s.Buckets = rollups(rows), buckets(rows)
	s.Advisories = advisories(rows, s.Summary.EstimatedTotalRows)
	return s, nil
}

func summary(rows []estimate) (s wire.RowEstimateSummary) {
	s.TableCount = int64(len(rows))
	for i := range rows {
		s.EstimatedTotalRows += rows[i].EstimatedRows
		if rows[i].EstimatedRows > 0 {
			s.NonzeroTableCount++
		}
	}
	if len(rows) > 0 {
		first := rows[0].entry() // the rows come in their order
		s.MaxEstimatedRows, s.MaxTableName, s.MaxQualifiedTableName = first.EstimatedRows, &first.TableName, &first.QualifiedTableName
	}
	return s
}

func rollups(rows []estimate) []wire.RowEstimateRollup {
	bySchema := map[string]*wire.RowEstimateRollup{}
	list := []wire.RowEstimateRollup{}
	for i := range rows {
		r := bySchema[rows[i].SchemaName]
		if r == nil {
			r = &wire.RowEstimateRollup{SchemaName: rows[i].SchemaName}
			bySchema[r.SchemaName] = r
		}
		r.TableCount++
		r.EstimatedRows += rows[i].EstimatedRows
	}
	for _, r := range bySchema {
		list = append(list, *r)
	}
	slices.SortFunc(list, func(a, b wire.RowEstimateRollup) int {
		return cmp.Or(cmp.Compare(b.EstimatedRows, a.EstimatedRows), cmp.Compare(a.SchemaName, b.SchemaName))
	})
	return list
}

// buckets sorts the tables by size: none, and then by powers of ten.
func buckets(rows []estimate) []wire.RowEstimateBucket {
	bound := func(n int64) *int64 { return &n }
	list := []wire.RowEstimateBucket{
		{Label: "empty", MinRows: 0, MaxRows: bound(0)},
		{Label: "under 1 thousand", MinRows: 1, MaxRows: bound(999)},
		{Label: "1 to 10 thousand", MinRows: 1_000, MaxRows: bound(9_999)},
		{Label: "10 to 100 thousand", MinRows: 10_000, MaxRows: bound(99_999)},
		{Label: "100 thousand to 1 million", MinRows: 100_000, MaxRows: bound(999_999)},
		{Label: "1 to 10 million", MinRows: 1_000_000, MaxRows: bound(9_999_999)},
		{Label: "10 to 100 million", MinRows: 10_000_000, MaxRows: bound(99_999_999)},
		{Label: "100 million and more", MinRows: 100_000_000},
	}
	for i := range rows {
		for j := range list {
			if b := &list[j]; b.MaxRows == nil || rows[i].EstimatedRows <= *b.MaxRows {
				b.TableCount++
				break
			}
		}
	}
	return list
}

const (
	// large and huge are from when on a table is worth a word.
	large = 10_000_000
	huge  = 500_000_000
	// retentionDefault is that of the setting logs.retention.
	retentionDefault = 14 * 24 * 60 * 60
)

// advisories say what of this may become a burden.
func advisories(rows []estimate, total int64) []wire.RowEstimateAdvisory {
	list := []wire.RowEstimateAdvisory{}
	add := func(a wire.RowEstimateAdvisory, match func(*estimate) bool) {
		for i := range rows {
			if match(&rows[i]) {
				a.AffectedTables = append(a.AffectedTables, rows[i].entry())
				a.AffectedEstimatedRows += rows[i].EstimatedRows
			}
		}
		if len(a.AffectedTables) == 0 {
			return
		}
		if total > 0 {
			share := math.Round(10_000*float64(a.AffectedEstimatedRows)/float64(total)) / 100
			a.ShareOfEstimatedTotalPct = &share
		}
		list = append(list, a)
	}
	key, seconds := "logs.retention", int64(retentionDefault)
	add(wire.RowEstimateAdvisory{
		Code: "table_huge", Severity: "critical", Title: "Huge tables",
		Message: fmt.Sprintf("Tables of %d rows and more: consider to partition them or to move old rows away.", int64(huge)),
	}, func(e *estimate) bool { return e.EstimatedRows >= huge })
	add(wire.RowEstimateAdvisory{
		Code: "table_large", Severity: "warn", Title: "Large tables",
		Message: fmt.Sprintf("Tables of %d rows and more: make sure that their queries use indexes.", int64(large)),
	}, func(e *estimate) bool { return e.EstimatedRows >= large && e.EstimatedRows < huge })
	add(wire.RowEstimateAdvisory{
		Code: "gateway_logs", Severity: "info", Title: "Logs of the gateway",
		Message:   "These tables hold the gateway's own logs; a setting says how long rows are kept.",
		ConfigKey: &key, ConfigDefaultSeconds: &seconds,
	}, isLog)
	add(wire.RowEstimateAdvisory{
		Code: "never_analyzed", Severity: "info", Title: "Tables without statistics",
		Message: "PostgreSQL has never counted the rows of these tables, so that they stand here as empty: run ANALYZE.",
	}, func(e *estimate) bool { return e.NeverAnalyzed })
	return list
}

func isLog(e *estimate) bool {
	for _, name := range []string{"http_request_log", "gateway_operation_log", "gateway_admission_events"} {
		if e.TableName == name || strings.HasPrefix(e.TableName, name+"_") {
			return true
		}
	}
	return false
}
