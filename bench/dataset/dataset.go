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
