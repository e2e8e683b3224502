// Package persistence is the seam between Athena and PostgreSQL: running named
// statements, reading rows into wire types, and explaining the database's
// refusals to callers. Its sub-packages are the stores, one for each domain.
package persistence

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"athena/wire"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

// OwnSchemas are what Athena keeps of its own in a client's database. No caller changes
// what is in them by a name that leaves the schema out.
var OwnSchemas = []string{"athena", "billing"}

// DB runs statements: a pool, a connection or a transaction.
type DB interface {
	Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error)
	Exec(ctx context.Context, sql string, args ...any) (pgconn.CommandTag, error)
	Begin(ctx context.Context) (pgx.Tx, error)
}

// Pool is a DB that lends its connections, too.
type Pool interface {
	DB
	Acquire(ctx context.Context) (*Conn, error)
}

// Rows, Tx, Conn and CommandTag are what DB and Pool speak in, so that those who implement
// or wrap them need no driver.
type (
	// Conn is a connection that is its holder's alone until it releases it. One that is
	// in a transaction then is closed.
	Conn = pgxpool.Conn
	// Rows is the result of a statement while it is read.
	Rows = pgx.Rows
	// Tx is a transaction.
	Tx = pgx.Tx
	// CommandTag is the server's word for what a statement did.
	CommandTag = pgconn.CommandTag
)

// Statements are the named statements of a store's .sql files.
type Statements map[string]string

// Load reads every .sql file at the root of files. A statement begins with a
// line `-- name: NAME` and ends at the next one. It panics on a name given twice
// or on text before the first name: both are mistakes of ours.
func Load(files fs.FS) Statements {
	paths, err := fs.Glob(files, "*.sql")
	if err != nil {
		panic(err)
	}
	statements := Statements{}
	for _, path := range paths {
		text, err := fs.ReadFile(files, path)
		if err != nil {
			panic(err)
		}
		statements.add(path, string(text))
	}
	return statements
}

func (s Statements) add(path, text string) {
	before, rest, _ := strings.Cut(text, "-- name: ")
	if strings.TrimSpace(before) != "" {
		panic("persistence: statement without a name in " + path)
	}
	for part := range strings.SplitSeq(rest, "\n-- name: ") {
		name, body, _ := strings.Cut(part, "\n")
		name = strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(name), ";"))
		if _, taken := s[name]; taken || name == "" {
			panic("persistence: statement name " + name + " is empty or given twice in " + path)
		}
		s[name] = strings.TrimSuffix(strings.TrimSpace(body), ";")
	}
}

// Get gives a statement by name and panics on a name that no file has.
func (s Statements) Get(name string) string {
	text, ok := s[name]
	if !ok {
		panic("persistence: no statement " + name)
	}
	return text
}

// attempts is how often a statement is run that the database undoes.
const attempts = 3

// again runs a statement again that the database undid. Inside of a transaction it
// cannot be: the transaction is undone as a whole.
func again[T any](ctx context.Context, db DB, do func() (T, error)) (T, error) {
	for attempt := 1; ; attempt++ {
		out, err := do()
		if attempt == attempts || !Undone(err) || inside(db) || ctx.Err() != nil {
			return out, err
		}
	}
}

// inside reports whether a transaction is under way that whoever holds db ends.
func inside(db DB) bool {
	on, ok := db.(interface{ Conn() *pgx.Conn })
	return ok && on.Conn().PgConn().TxStatus() != 'I'
}

// One reads the single row of a statement into a struct by its `db` tags. Where
// there is none, the problem says that no such thing was found.
func One[T any](ctx context.Context, db DB, thing, sql string, args ...any) (T, error) {
	var none T
	row, err := again(ctx, db, func() (T, error) {
		rows, err := db.Query(ctx, sql, args...)
		if err != nil {
			return none, err
		}
		return pgx.CollectExactlyOneRow(rows, scan[T])
	})
	if errors.Is(err, pgx.ErrNoRows) {
		return none, wire.Fail(wire.NotFound, "%s was not found", thing)
	}
	if err != nil {
		return none, explainOwn(db, fmt.Errorf("read %s: %w", thing, err))
	}
	return row, nil
}

// All reads every row of a statement into structs by their `db` tags. The answer
// is never nil, so that it is written as an array.
func All[T any](ctx context.Context, db DB, sql string, args ...any) ([]T, error) {
	list, err := again(ctx, db, func() ([]T, error) {
		rows, err := db.Query(ctx, sql, args...)
		if err != nil {
			return nil, err
		}
		return pgx.AppendRows([]T{}, rows, scan[T])
	})
	if err != nil {
		return nil, explainOwn(db, err)
	}
	return list, nil
}

// Exec runs a statement and tells how many rows it touched.
func Exec(ctx context.Context, db DB, sql string, args ...any) (int64, error) {
	tag, err := db.Exec(ctx, sql, args...)
	if err != nil {
		return 0, explainOwn(db, err)
	}
	return tag.RowsAffected(), nil
}

// scan reads structs by field name and everything else as a single column.
func scan[T any](row pgx.CollectableRow) (T, error) {
	if isStruct[T]() {
		return pgx.RowToStructByName[T](row)
	}
	return pgx.RowTo[T](row)
}
