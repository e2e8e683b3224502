// Package migrate brings a database's schema up to date from numbered SQL files:
// one list for the control database, one for what Athena keeps beside a client's
// own tables.
//
// Each file runs once, in the order of the numbers, in a transaction of its own,
// so that a failing file leaves nothing behind and is tried again by the next run.
// Processes that migrate one database at the same time wait for each other. There
// is no way back: a change is undone by the next file.
//
// A file is named NNNN_what.sql and begins with the line "-- +goose Up". A
// statement that holds semicolons, such as a function, stands between the lines
// "-- +goose StatementBegin" and "-- +goose StatementEnd".
package migrate

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	_ "github.com/jackc/pgx/v5/stdlib" // the driver of name "pgx"
	"github.com/pressly/goose/v3"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
)

//go:embed control/*.sql client/*.sql
var files embed.FS

// List is a series of numbered files with the table that remembers which of them
// ran. Two lists with different tables can share a database.
type List struct {
	// Files are the numbered files, at the root.
	Files fs.FS
	// Schema is where the table lives. It is made when missing.
	Schema string
	// Table is the name of the table.
	Table string
}

// Step is one file of a list.
type Step struct {
	// Version is the file's number.
	Version int64
	// File is the file's name.
	File string
	// Applied is when it ran; zero when it did not.
	Applied time.Time
}

// ControlList holds the schema of the control database.
func ControlList() List { return embedded("control", "public", "athena_migrations") }

// ClientList holds the schemas that Athena keeps in a client's database. Its
// table lies in one of them, out of the way of the client's own.
func ClientList() List { return embedded("client", "athena", "migrations") }

func embedded(folder, schema, table string) List {
	sub, err := fs.Sub(files, folder)
	if err != nil {
		panic(err) // the folder's name is a constant that is not a valid path
	}
	return List{Files: sub, Schema: schema, Table: table}
}

// Control migrates a control database, the tables of the job queue included.
func Control(ctx context.Context, uri string) error {
	return open(uri, func(db *sql.DB) error {
		return locked(ctx, db, func() error {
			if err := up(ctx, db, ControlList()); err != nil {
				return err
			}
			return upJobs(ctx, uri)
		})
	})
}

// upJobs brings the tables of River to the version of its library.
func upJobs(ctx context.Context, uri string) error {
	pool, err := pgxpool.New(ctx, uri)
	if err != nil {
		return errors.New("migrate: the address cannot be parsed") // the cause may repeat the password
	}
	defer pool.Close()
	migrator, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	if err == nil {
		_, err = migrator.Migrate(ctx, rivermigrate.DirectionUp, nil)
	}
	if err != nil {
		return fmt.Errorf("migrate: job queue: %w", err)
	}
	return nil
}

// Client migrates what Athena keeps in a client's database.
func Client(ctx context.Context, uri string) error { return Up(ctx, uri, ClientList()) }

// Up runs the files of a list that have not run yet.
func Up(ctx context.Context, uri string, list List) error {
	return open(uri, func(db *sql.DB) error {
		return locked(ctx, db, func() error { return up(ctx, db, list) })
	})
}

func up(ctx context.Context, db *sql.DB, list List) error {
	if _, err := db.ExecContext(ctx, "CREATE SCHEMA IF NOT EXISTS "+quote(list.Schema)); err != nil {
		return fmt.Errorf("migrate: make schema %s: %w", list.Schema, err)
	}
	p, err := provider(db, list)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return explain(err)
	}
	return nil
}

// explain names the file that failed and adds what PostgreSQL says beside the
// message.
func explain(err error) error {
	var partial *goose.PartialError
	if errors.As(err, &partial) && partial.Failed != nil {
		err = fmt.Errorf("%s: %w", path.Base(partial.Failed.Source.Path), partial.Err)
	}
	var refused *pgconn.PgError
	if errors.As(err, &refused) && refused.Detail != "" {
		err = fmt.Errorf("%w: %s", err, refused.Detail)
	}
	return fmt.Errorf("migrate: %w", err)
}

// Status lists the files of a list and when they ran. It changes nothing.
func Status(ctx context.Context, uri string, list List) (steps []Step, err error) {
	err = open(uri, func(db *sql.DB) error {
		steps, err = status(ctx, db, list)
		return err
	})
	return steps, err
}

func status(ctx context.Context, db *sql.DB, list List) ([]Step, error) {
	p, err := provider(db, list)
	if err != nil {
		return nil, err
	}
	var begun bool
	const look = "SELECT to_regclass($1) IS NOT NULL"
	if err := db.QueryRowContext(ctx, look, list.table()).Scan(&begun); err != nil {
		return nil, fmt.Errorf("migrate: look for %s: %w", list.table(), err)
	}
	if !begun { // asking goose would make the table
		return pending(p), nil
	}
	found, err := p.Status(ctx)
	if err != nil {
		return nil, fmt.Errorf("migrate: status: %w", err)
	}
	steps := make([]Step, len(found))
	for i, s := range found {
		steps[i] = Step{Version: s.Source.Version, File: path.Base(s.Source.Path), Applied: s.AppliedAt}
	}
	return steps, nil
}

func pending(p *goose.Provider) (steps []Step) {
	for _, s := range p.ListSources() {
		steps = append(steps, Step{Version: s.Version, File: path.Base(s.Path)})
	}
	return steps
}
