package inspectdb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"athena/persistence"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/goccy/go-json"
)

// Recommend looks for what would make the database's queries faster: indexes that
// are missing or idle, tables that are read from end to end, and, where
// pg_stat_statements is there, slow statements.
func (d Database) Recommend(ctx context.Context) ([]wire.Recommendation, error) {
	list := []wire.Recommendation{}
	for _, look := range []func(context.Context) ([]wire.Recommendation, error){
		d.missingIndexes, d.unusedIndexes, d.sequentialScans, d.slowStatements,
	} {
		found, err := look(ctx)
		if err != nil {
			return nil, err
		}
		list = append(list, found...)
	}
	return list, nil
}

// gather turns rows into recommendations.
func gather[T any](ctx context.Context, db persistence.DB, sql string, recommend func(*T) wire.Recommendation) ([]wire.Recommendation, error) {
	rows, err := persistence.All[T](ctx, db, sql)
	if err != nil {
		return nil, err
	}
	list := make([]wire.Recommendation, len(rows))
	for i := range rows {
		list[i] = recommend(&rows[i])
		if list[i].Details, err = json.Marshal(rows[i]); err != nil {
			return nil, fmt.Errorf("encode the details of a recommendation: %w", err)
		}
	}
	return list, nil
}

// fingerprint tells recommendations apart.
func fingerprint(parts ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(parts, "\x00")))
	return parts[0] + ":" + hex.EncodeToString(sum[:8])
}

func qualified(schema, name string) string { return sqltext.Ident(schema) + "." + sqltext.Ident(name) }

type missingIndex struct {
	SchemaName    string   `db:"schema_name" json:"-"`
	TableName     string   `db:"table_name" json:"-"`
	KeyName       string   `db:"key_name" json:"foreign_key"`
	Columns       []string `db:"columns" json:"columns"`
	EstimatedRows int64    `db:"estimated_rows" json:"estimated_rows"`
}

// smallTable is up to how many rows an index is made in a moment, so that it may
// as well be made in a transaction.
const smallTable = 10_000

func (d Database) missingIndexes(ctx context.Context) ([]wire.Recommendation, error) {
	return gather(ctx, d.DB, sql.Get("missing_indexes"), func(m *missingIndex) wire.Recommendation {
		mode, how := wire.InTransaction, ""
		if m.EstimatedRows > smallTable {
			mode, how = wire.Concurrently, "CONCURRENTLY "
		}
		name := indexName(m.TableName, m.Columns)
		columns := make([]string, len(m.Columns))
		for i, column := range m.Columns {
			columns[i] = sqltext.Ident(column)
		}
		statement := fmt.Sprintf("CREATE INDEX %s%s ON %s (%s)", how, sqltext.Ident(name), qualified(m.SchemaName, m.TableName), strings.Join(columns, ", "))
		return wire.Recommendation{
			Kind: wire.MissingIndex, Fingerprint: fingerprint(append([]string{wire.MissingIndex, m.SchemaName, m.TableName}, m.Columns...)...),
			SchemaName: &m.SchemaName, TableName: &m.TableName, IndexName: &name, Statement: &statement, Mode: &mode, Impact: float64(m.EstimatedRows),
			Reason: fmt.Sprintf("The foreign key %s has no index: joins, and changes of the rows that it points to, read the whole table.", m.KeyName),
		}
	})
}

// indexName names an index after its columns. A name that PostgreSQL would cut off
// ends with a digest instead.
func indexName(table string, columns []string) string {
	const longest = 63
	name := table + "_" + strings.Join(columns, "_") + "_idx"
	if len(name) <= longest {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	end := "_" + hex.EncodeToString(sum[:4]) + "_idx"
	return strings.ToValidUTF8(name[:longest-len(end)], "") + end
}

type unusedIndex struct {
	SchemaName string `db:"schema_name" json:"-"`
	TableName  string `db:"table_name" json:"-"`
	IndexName  string `db:"index_name" json:"-"`
	Bytes      int64  `db:"bytes" json:"bytes"`
	Writes     int64  `db:"writes" json:"writes"`
}

func (d Database) unusedIndexes(ctx context.Context) ([]wire.Recommendation, error) {
	return gather(ctx, d.DB, sql.Get("unused_indexes"), func(u *unusedIndex) wire.Recommendation {
		mode, statement := wire.Concurrently, "DROP INDEX CONCURRENTLY "+qualified(u.SchemaName, u.IndexName)
		return wire.Recommendation{
			Kind: wire.UnusedIndex, Fingerprint: fingerprint(wire.UnusedIndex, u.SchemaName, u.IndexName),
			SchemaName: &u.SchemaName, TableName: &u.TableName, IndexName: &u.IndexName, Statement: &statement, Mode: &mode, Impact: float64(u.Writes),
			Reason: "No query has used this index since PostgreSQL's statistics were last reset, and every write keeps it up to date.",
		}
	})
}

type sequentialScan struct {
	SchemaName    string `db:"schema_name" json:"-"`
	TableName     string `db:"table_name" json:"-"`
	SeqScan       int64  `db:"seq_scan" json:"sequential_scans"`
	SeqTupRead    int64  `db:"seq_tup_read" json:"rows_read"`
	IdxScan       int64  `db:"idx_scan" json:"index_scans"`
	EstimatedRows int64  `db:"estimated_rows" json:"estimated_rows"`
}

func (d Database) sequentialScans(ctx context.Context) ([]wire.Recommendation, error) {
	return gather(ctx, d.DB, sql.Get("sequential_scans"), func(s *sequentialScan) wire.Recommendation {
		return wire.Recommendation{
			Kind: wire.SequentialScans, Fingerprint: fingerprint(wire.SequentialScans, s.SchemaName, s.TableName),
			SchemaName: &s.SchemaName, TableName: &s.TableName, Impact: float64(s.SeqTupRead),
			Reason: "The table is large and mostly read from end to end: look which conditions its queries have, and index their columns.",
		}
	})
}

type slowStatement struct {
	QueryID string  `db:"queryid" json:"query_id"`
	Query   string  `db:"query" json:"query"`
	Calls   int64   `db:"calls" json:"calls"`
	MeanMS  float64 `db:"mean_ms" json:"mean_ms"`
	TotalMS float64 `db:"total_ms" json:"total_ms"`
	Rows    int64   `db:"rows" json:"rows"`
}

// slowStatements finds none where pg_stat_statements is not there, not loaded or not readable.
func (d Database) slowStatements(ctx context.Context) ([]wire.Recommendation, error) {
	schemas, err := persistence.All[string](ctx, d.DB, sql.Get("find_statements"))
	if err != nil || len(schemas) == 0 {
		return nil, err
	}
	text := `SELECT queryid::text, left(query, 4000) AS query, calls, mean_exec_time AS mean_ms, total_exec_time AS total_ms, rows
  FROM ` + qualified(schemas[0], "pg_stat_statements") + `
 WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
   AND queryid IS NOT NULL AND calls >= 5 AND mean_exec_time >= 100
 ORDER BY total_exec_time DESC LIMIT 20`
	list, err := gather(ctx, d.DB, text, func(s *slowStatement) wire.Recommendation {
		return wire.Recommendation{
			Kind: wire.SlowStatement, Fingerprint: fingerprint(wire.SlowStatement, s.QueryID), Impact: s.TotalMS,
			Reason: fmt.Sprintf("The statement takes %.0f ms on average: look at its plan with EXPLAIN (ANALYZE, BUFFERS).", s.MeanMS),
		}
	})
	if persistence.SQLState(err) == notLoaded {
		return nil, nil
	}
	return list, err
}

// notLoaded is the SQLSTATE of an extension whose library the server has not loaded.
const notLoaded = "55000"
