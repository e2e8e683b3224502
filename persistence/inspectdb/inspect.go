// Package inspectdb looks into a client's database from outside of its traffic:
// how much vacuum has left to do, how many rows the tables have, and which indexes
// are missing or idle. It reads the catalog and PostgreSQL's own statistics, never
// the client's rows, and changes nothing but by Apply.
package inspectdb

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"time"

	"athena/persistence"

	"github.com/jackc/pgx/v5"
)

//go:embed *.sql
var files embed.FS

var sql = persistence.Load(files)

// Database is a client's database, looked into over any connection.
type Database struct{ DB persistence.DB }

const (
	connectTimeout = 5 * time.Second
	// patience bounds one look, so that it never weighs on a busy database for long.
	patience = "20s"
)

// Visit opens one connection to a database for as long as do takes. It belongs to
// no pool, so that a look at a thousand idle clients opens none.
func Visit(ctx context.Context, uri string, do func(Database) error) error {
	config, err := pgx.ParseConfig(uri)
	if err != nil {
		return errors.New("the client's address cannot be parsed") // the cause may repeat the password
	}
	persistence.Dial(&config.Config, connectTimeout)
	config.RuntimeParams["application_name"] = "athena inspection"
	config.RuntimeParams["statement_timeout"] = patience
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return persistence.Explain(fmt.Errorf("connect: %w", err))
	}
	defer hangUp(ctx, conn)
	return do(Database{conn})
}

// hangUp says goodbye to the server for a moment at most, after the end of ctx too.
func hangUp(ctx context.Context, conn *pgx.Conn) {
	bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
	defer cancel()
	_ = conn.Close(bound) // the connection is gone either way
}
