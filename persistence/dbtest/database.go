package dbtest

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// create clones a template into a database that lives as long as the test.
func create(t testing.TB, s server, template string) string {
	t.Helper()
	name := nextName()
	require.NoError(t, s.exec(createSQL(name, template)), "create a test database")
	t.Cleanup(func() { require.NoError(t, s.exec(dropSQL(name)), "drop a test database") })
	return s.database(t, name)
}

func createSQL(name, template string) string {
	return fmt.Sprintf("CREATE DATABASE %s TEMPLATE %s", pgx.Identifier{name}.Sanitize(), pgx.Identifier{template}.Sanitize())
}

func dropSQL(name string) string {
	return fmt.Sprintf("DROP DATABASE IF EXISTS %s WITH (FORCE)", pgx.Identifier{name}.Sanitize())
}

// exec runs statements one by one, over a connection of its own: a pool kept for
// the whole process would show up wherever tests look for leaks.
func (s server) exec(statements ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, s.uri)
	if err != nil {
		return err
	}
	for _, sql := range statements {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return errors.Join(err, conn.Close(ctx))
		}
	}
	return conn.Close(ctx)
}

// database is the server's URI for one database.
func (s server) database(t testing.TB, name string) string {
	t.Helper()
	u, err := url.Parse(s.uri)
	require.NoError(t, err, "the server's URI")
	u.Path = "/" + name
	return u.String()
}

var counter atomic.Int64

// nextName is unlike any name that another process gives, on this host or another.
func nextName() string {
	return fmt.Sprintf("%s%d_%d", namePrefix(), os.Getpid(), counter.Add(1))
}

func namePrefix() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	sum := fnv.New32a()
	sum.Write([]byte(host))
	return fmt.Sprintf("athena_test_%x_", sum.Sum32())
}

// sweep drops what killed test processes of this host left on a lasting server.
func sweep(uri string) error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, err := pgx.Connect(ctx, uri)
	if err != nil {
		return fmt.Errorf("dbtest: ATHENA_TEST_POSTGRES: %w", err)
	}
	defer conn.Close(ctx)
	rows, err := conn.Query(ctx, "SELECT datname FROM pg_database WHERE starts_with(datname, $1)", namePrefix())
	if err != nil {
		return fmt.Errorf("dbtest: look for left databases: %w", err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return fmt.Errorf("dbtest: look for left databases: %w", err)
	}
	for _, name := range names {
		if !abandoned(name) {
			continue
		}
		if _, err := conn.Exec(ctx, dropSQL(name)); err != nil {
			return fmt.Errorf("dbtest: drop a left database: %w", err)
		}
	}
	return nil
}

// abandoned tells whether the process that a database's name tells of is gone.
func abandoned(name string) bool {
	digits, _, _ := strings.Cut(strings.TrimPrefix(name, namePrefix()), "_")
	pid, err := strconv.Atoi(digits)
	return err == nil && errors.Is(syscall.Kill(pid, 0), syscall.ESRCH)
}
