package catalog

import (
	"context"
	"embed"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
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
	s := reader{ctx: ctx, tx: tx, sum: fnv.New64a()}
	if s.read(); s.err != nil {
		return nil, s.err
	}
	return s.build(s.sum.Sum64()), nil
}

// source is the schema as the queries give it.
type source struct {
	Schemas      []string
	Relations    []relationRow
	Columns      []columnRow
	Uniques      []uniqueRow
	ForeignKeys  []foreignKeyRow
	Functions    []functionRow
	Types        []typeRow
	Dependencies []dependencyRow
	Views        []viewRow
}

// reader fills a source and keeps the first error.
type reader struct {
	source
	ctx context.Context
	tx  pgx.Tx
	sum hash.Hash64 // of the rows as the server sent them
	err error
}

func (r *reader) read() {
	collect(r, "schemas", pgx.RowTo[string], &r.Schemas)
	collect(r, "relations", pgx.RowToStructByPos[relationRow], &r.Relations)
	collect(r, "columns", pgx.RowToStructByPos[columnRow], &r.Columns)
	collect(r, "uniques", pgx.RowToStructByPos[uniqueRow], &r.Uniques)
	collect(r, "foreignkeys", pgx.RowToStructByPos[foreignKeyRow], &r.ForeignKeys)
	collect(r, "functions", pgx.RowToStructByPos[functionRow], &r.Functions)
	collect(r, "types", pgx.RowToStructByPos[typeRow], &r.Types)
	collect(r, "views", pgx.RowToStructByPos[viewRow], &r.Views)
	collect(r, "dependencies", pgx.RowToStructByPos[dependencyRow], &r.Dependencies)
}

// collect runs a query, unless an earlier one failed.
func collect[T any](r *reader, name string, to pgx.RowToFunc[T], list *[]T) {
	if r.err != nil {
		return
	}
	sql, err := queries.ReadFile(name + ".sql")
	if err != nil {
		r.err = fmt.Errorf("catalog: %w", err)
		return
	}
	rows, err := r.tx.Query(r.ctx, string(sql), pgx.QueryExecModeDescribeExec)
	if err == nil {
		*list, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (T, error) {
			r.hash(row)
			return to(row)
		})
	}
	if err != nil {
		r.err = fmt.Errorf("catalog: read %s: %w", name, err)
	}
}

// hash adds a row to the catalog's version. The planner's estimates stay out, for
// they change while the schema does not.
func (r *reader) hash(row pgx.CollectableRow) {
	var size [4]byte
	for i, value := range row.RawValues() {
		if row.FieldDescriptions()[i].Name == "estimate" {
			continue
		}
		binary.BigEndian.PutUint32(size[:], uint32(len(value)))
		r.sum.Write(size[:])
		r.sum.Write(value)
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
	Name     string
	Primary  bool
	Columns  []int16
}

type foreignKeyRow struct {
	Name      string
	From, To  uint32
	Columns   []int16
	ToColumns []int16
}

type functionRow struct {
	OID          uint32
	Schema       string
	Name         string
	Procedure    bool
	Volatility   string
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
