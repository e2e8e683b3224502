package catalog

import (
	"context"
	"embed"
	"fmt"
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

// Load reads the schema of a database in one transaction: seven queries, however
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
	if _, err := tx.Exec(ctx, "SET LOCAL search_path TO ''"); err != nil {
		return nil, fmt.Errorf("catalog: search path: %w", err)
	}
	var s source
	if err := s.read(ctx, tx); err != nil {
		return nil, err
	}
	return s.build(), nil
}

// source is the schema as the queries give it.
type source struct {
	Schemas     []string
	Relations   []relationRow
	Columns     []columnRow
	Uniques     []uniqueRow
	ForeignKeys []foreignKeyRow
	Functions   []functionRow
	Types       []typeRow
}

func (s *source) read(ctx context.Context, tx pgx.Tx) error {
	var err error
	if s.Schemas, err = collect(ctx, tx, "schemas", pgx.RowTo[string]); err != nil {
		return err
	}
	if s.Relations, err = collect(ctx, tx, "relations", pgx.RowToStructByPos[relationRow]); err != nil {
		return err
	}
	if s.Columns, err = collect(ctx, tx, "columns", pgx.RowToStructByPos[columnRow]); err != nil {
		return err
	}
	if s.Uniques, err = collect(ctx, tx, "uniques", pgx.RowToStructByPos[uniqueRow]); err != nil {
		return err
	}
	if s.ForeignKeys, err = collect(ctx, tx, "foreignkeys", pgx.RowToStructByPos[foreignKeyRow]); err != nil {
		return err
	}
	if s.Functions, err = collect(ctx, tx, "functions", pgx.RowToStructByPos[functionRow]); err != nil {
		return err
	}
	s.Types, err = collect(ctx, tx, "types", pgx.RowToStructByPos[typeRow])
	return err
}

func collect[T any](ctx context.Context, tx pgx.Tx, name string, to pgx.RowToFunc[T]) ([]T, error) {
	sql, err := queries.ReadFile(name + ".sql")
	if err != nil {
		return nil, fmt.Errorf("catalog: %w", err)
	}
	rows, err := tx.Query(ctx, string(sql), pgx.QueryExecModeDescribeExec)
	if err != nil {
		return nil, fmt.Errorf("catalog: read %s: %w", name, err)
	}
	all, err := pgx.CollectRows(rows, to)
	if err != nil {
		return nil, fmt.Errorf("catalog: read %s: %w", name, err)
	}
	return all, nil
}

type relationRow struct {
	OID      uint32
	Schema   string
	Name     string
	Kind     string
	RowType  uint32
	Estimate float64
	Triggers bool
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
	Columns  []string
}

type foreignKeyRow struct {
	Name      string
	From, To  uint32
	Columns   []string
	ToColumns []string
}

type functionRow struct {
	OID          uint32
	Schema       string
	Name         string
	Procedure    bool
	Volatility   string
	Set          bool
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
	OID      uint32
	Name     string
	Kind     string
	Category string
	Element  uint32
	Base     uint32
	Relation uint32
	Labels   []string
}

// version hashes everything but the estimates, which change without the schema.
func (s *source) version() uint64 {
	relations := make([]relationRow, len(s.Relations))
	for i, r := range s.Relations {
		r.Estimate = 0
		relations[i] = r
	}
	h := fnv.New64a()
	fmt.Fprint(h, s.Schemas, relations, s.Columns, s.Uniques, s.ForeignKeys, s.Functions, s.Types)
	return h.Sum64()
}

// letter is the first byte of a one-letter code, zero when it is empty.
func letter(code string) byte {
	code = strings.TrimSpace(code)
	if code == "" {
		return 0
	}
	return code[0]
}
