package dataset

import (
	"context"
	_ "embed"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Sizes of the tables, for scenarios that choose rows at random.
const (
	Items      = 100_000
	Categories = 50
	Parents    = 10_000
)

//go:embed rows.sql
var rows string

//go:embed chat.sql
var chat string

//go:embed rooms.sql
var manyRooms string

//go:embed catalog.sql
var catalog string

// Make drops what an earlier run left and makes the tables anew.
func Make(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, rows); err != nil {
		return fmt.Errorf("dataset: make the tables: %w", err)
	}
	return nil
}

// MakeChat makes the chat tables of the baseline. The program's own must exist.
func MakeChat(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, chat); err != nil {
		return fmt.Errorf("dataset: make the chat tables: %w", err)
	}
	return nil
}

// MakeCatalog adds clients, all of them over one database, and keys to the program's own
// catalog.
func MakeCatalog(ctx context.Context, conn *pgx.Conn, database string, clients, keys int) error {
	if _, err := conn.Exec(ctx, catalog, database, clients, keys); err != nil {
		return fmt.Errorf("dataset: fill the catalog: %w", err)
	}
	return nil
}

// MakeRooms makes rooms in the program's own tables, with one member each, and gives
// their ids.
func MakeRooms(ctx context.Context, conn *pgx.Conn, user string, n int) ([]string, error) {
	rows, err := conn.Query(ctx, manyRooms, user, n)
	if err != nil {
		return nil, fmt.Errorf("dataset: make rooms: %w", err)
	}
	ids, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, fmt.Errorf("dataset: make rooms: %w", err)
	}
	return ids, nil
}
