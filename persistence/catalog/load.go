package catalog

import (
	"context"
	"embed"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"io"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed *.sql
var queries embed.FS

// Beginner is what Load needs: a connection, a pool or a transaction.
type Beginner interface {
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Load reads the schema of a database in one transaction: nine queries, however
// many objects there are.
func Load(ctx context.Context, db Beginner) (*Catalog, error) {
	return read(ctx, db, func(r *reader) *Catalog {
		if r.read(nil, nil, nil); r.err != nil {
			return nil
		}
		c := empty()
		c.add(&r.source)
		return c
	})
}

// read has a reader work in a transaction.
func read(ctx context.Context, db Beginner, work func(*reader) *Catalog) (*Catalog, error) {
	tx, err := db.Begin(ctx)
	if err != nil {
		return nil, fmt.Errorf("catalog: begin: %w", err)
	}
	// Nothing was changed, so how the transaction ends does not matter.
	defer func() { _ = tx.Rollback(ctx) }()

	// With an empty path PostgreSQL qualifies every name that it spells, which
	// makes type names and default expressions mean the same on any path.
	// Compiling the queries takes longer than they run, and sorting on disk as well.
	if _, err := tx.Exec(ctx, "SELECT set_config('search_path', '', true), set_config('jit', 'off', true), set_config('work_mem', '32MB', true)"); err != nil {
		return nil, fmt.Errorf("catalog: settings: %w", err)
	}
	r := &reader{ctx: ctx, tx: tx}
	c := work(r)
	return c, r.err
}

// hashed is a row with the hash of what the server sent.
type hashed[T any] struct {
	row T
	sum uint64
}

// source is the schema, or a part of it, as the queries give it.
type source struct {
	Schemas      []hashed[string]
	Relations    []hashed[relationRow]
	Columns      []hashed[columnRow]
	Uniques      []hashed[uniqueRow]
	ForeignKeys  []hashed[foreignKeyRow]
	Functions    []hashed[functionRow]
	Types        []hashed[typeRow]
	Dependencies []hashed[dependencyRow]
	Views        []hashed[viewRow]
}

// reader fills a source and keeps the first error.
type reader struct {
	source
	ctx context.Context
	tx  pgx.Tx
	err error
}

// read reads objects by their numbers: of a kind, nil stands for all.
func (r *reader) read(relations, functions, types []uint32) {
	collect(r, "schemas", pgx.RowTo[string], &r.Schemas)
	of(r, "relations", relations, &r.Relations)
	of(r, "columns", relations, &r.Columns)
	of(r, "uniques", relations, &r.Uniques)
	of(r, "foreignkeys", relations, &r.ForeignKeys)
	of(r, "functions", functions, &r.Functions)
	of(r, "types", types, &r.Types)
	of(r, "views", relations, &r.Views)
	of(r, "dependencies", relations, &r.Dependencies)
}

// of runs a query for some objects; nil stands for all.
func of[T any](r *reader, name string, ids []uint32, list *[]hashed[T]) {
	if ids == nil || len(ids) > 0 {
		collect(r, name, pgx.RowToStructByPos[T], list, ids)
	}
}

// collect runs a query, unless an earlier one failed.
func collect[T any](r *reader, name string, to pgx.RowToFunc[T], list *[]hashed[T], args ...any) {
	if r.err != nil {
		return
	}
	sql, err := queries.ReadFile(name + ".sql")
	if err != nil {
		r.err = fmt.Errorf("catalog: %w", err)
		return
	}
	rows, err := r.tx.Query(r.ctx, string(sql), append([]any{pgx.QueryExecModeDescribeExec}, args...)...)
	if err == nil {
		sum := fnv.New64a()
		*list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (h hashed[T], err error) {
			sum.Reset()
			_, _ = io.WriteString(sum, name) // a hash takes everything
			add(sum, row)
			h.sum = sum.Sum64()
			h.row, err = to(row)
			return h, err
		})
	}
	if err != nil {
		r.err = fmt.Errorf("catalog: read %s: %w", name, err)
	}
}

// add adds a row to a sum. The planner's estimates stay out, for they change while the
// schema does not.
func add(sum hash.Hash64, row pgx.CollectableRow) {
	var size [4]byte
	for i, value := range row.RawValues() {
		if row.FieldDescriptions()[i].Name == "estimate" {
			continue
		}
		binary.BigEndian.PutUint32(size[:], uint32(len(value)))
		sum.Write(size[:])
		sum.Write(value)
	}
}

type relationRow struct {
	OID      uint32
	Schema   string
	Name     string
	Kind     string
	RowType  uint32
	Estimate float64
	Triggers bool
	Rewrites bool
	Comment  string
}

type columnRow struct {
	Relation   uint32
	Name       string
	Number     int16
	Type       uint32
	TypeName   string
	NotNull    bool
	HasDefault bool
	Default    string
	Generated  bool
	Identity   string
	Comment    string
}

type uniqueRow struct {
	Relation uint32
	Index    uint32
	Name     string
	Primary  bool
	Columns  []int16
}

type foreignKeyRow struct {
	Name      string
	From, To  uint32
	Columns   []int16
	ToColumns []int16
	Inherited bool
}

type functionRow struct {
	OID          uint32
	Schema       string
	Name         string
	Procedure    bool
	Aggregate    bool
	Volatility   string
	Native       bool
	Set          bool
	Single       bool
	Variadic     bool
	Defaults     int16
	Returns      uint32
	ReturnsName  string
	ArgNames     []string
	ArgModes     []string
	ArgTypes     []uint32
	ArgTypeNames []string
	Comment      string
}

type typeRow struct {
	OID        uint32
	Name       string
	Kind       string
	Category   string
	Element    uint32
	Base       uint32
	Relation   uint32
	Array      uint32
	Delimiter  string
	CastToJSON bool
	Labels     []string
}

type viewRow struct {
	View   uint32
	Action string
}

// letter is the first byte of a one-letter code, zero when it is empty.
func letter(code string) byte {
	code = strings.TrimSpace(code)
	if code == "" {
		return 0
	}
	return code[0]
}
