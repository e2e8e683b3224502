package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"athena/persistence/clientsdb"
	"athena/persistence/embedded"
	"athena/persistence/migrate"
	"athena/persistence/sessionsdb"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// testClient is the client of a testbed, in a database of the same name.
	testClient = "chat"
	// testControl is its control database.
	testControl = "control"
	// testVariable tells each server its own way to the client's database.
	testVariable = "TESTBED_CHAT_URI"
	// testSession is how long sessions of a testbed last.
	testSession = 30 * 24 * time.Hour
)

// testbed is a database server of its own, for servers that get broken.
type testbed struct {
	dir     string
	program *program
	self    string // this program
	cluster *embedded.Cluster
}

func newTestbed(ctx context.Context, p *program, dir string) (*testbed, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	b := &testbed{dir: dir, program: p, self: self}
	if err := b.StartPostgres(ctx); err != nil {
		return nil, err
	}
	if err := b.prepare(ctx); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

func (b *testbed) prepare(ctx context.Context) error {
	for _, name := range []string{testControl, testClient} {
		if err := b.cluster.CreateDatabase(ctx, name); err != nil {
			return err
		}
	}
	if err := migrate.Control(ctx, b.cluster.URI(testControl)); err != nil {
		return err
	}
	if err := migrate.Client(ctx, b.cluster.URI(testClient)); err != nil {
		return err
	}
	pool, err := pgxpool.New(ctx, b.cluster.URI(testControl))
	if err != nil {
		return fmt.Errorf("open control database: %w", err)
	}
	defer pool.Close()
	variable := testVariable
	_, err = clientsdb.Store{DB: pool}.Create(ctx, &wire.SaveAthenaClient{ClientName: testClient, PgURIEnvVar: &variable})
	return err
}

// StartPostgres starts the database server.
func (b *testbed) StartPostgres(ctx context.Context) (err error) {
	b.cluster, err = embedded.Open(ctx, embedded.Config{Dir: filepath.Join(b.dir, "postgres"), Settings: map[string]string{"max_connections": "200"}})
	return err
}

// StopPostgres ends it.
func (b *testbed) StopPostgres(ctx context.Context, atOnce bool) error {
	if !atOnce {
		return b.cluster.Close(ctx)
	}
	hurry, cancel := context.WithCancel(ctx)
	cancel()
	_ = b.cluster.Close(hurry) // it says that it had to be hard, as was wanted
	select {
	case <-b.cluster.Done():
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Postgres is its address.
func (b *testbed) Postgres() string { return b.parsed(testControl).Host }

func (b *testbed) parsed(database string) *url.URL {
	u, err := url.Parse(b.cluster.URI(database))
	if err != nil {
		panic(err) // we wrote it
	}
	return u
}

// Node is the command of a server with its own log.
func (b *testbed) Node(n int, listen, postgres string) *exec.Cmd {
	through := func(database string) string {
		u := b.parsed(database)
		u.Host = postgres
		return u.String()
	}
	cmd := exec.Command(b.self, "serve")
	cmd.Dir = b.dir
	for _, entry := range os.Environ() {
		if !strings.HasPrefix(entry, "ATHENA_") || strings.HasPrefix(entry, "ATHENA_TEST_") {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Env = append(cmd.Env,
		"ATHENA_LISTEN="+listen, "ATHENA_DATA_DIR="+filepath.Join(b.dir, fmt.Sprintf("node-%d", n)),
		"ATHENA_CONTROL_URI="+through(testControl), testVariable+"="+through(testClient),
		"ATHENA_LOG_ACCESS=false", "ATHENA_API_REQUEST_TIMEOUT=5s", "ATHENA_GATEWAY_POOL_SIZE=8")
	log, err := os.OpenFile(filepath.Join(b.dir, fmt.Sprintf("node-%d.log", n)), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		cmd.Err = err
		return cmd
	}
	cmd.Stdout, cmd.Stderr = log, log
	return cmd
}

// Token makes a session.
func (b *testbed) Token(ctx context.Context, user string) (string, error) {
	pool, err := pgxpool.New(ctx, b.cluster.URI(testClient))
	if err != nil {
		return "", fmt.Errorf("open client %s: %w", testClient, err)
	}
	defer pool.Close()
	return sessionsdb.Store{DB: pool}.Create(ctx, user, "verify", testSession)
}

func (b *testbed) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), flushGrace)
	defer cancel()
	return b.cluster.Close(ctx)
}

// panicsIn finds what no fault excuses in the servers' logs.
func panicsIn(pattern string) ([]string, error) {
	paths, err := filepath.Glob(pattern)
	var found []string
	for _, path := range paths {
		file, openErr := os.Open(path)
		if openErr != nil {
			return found, openErr
		}
		lines := bufio.NewScanner(file)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if text := lines.Text(); strings.Contains(text, "DATA RACE") || strings.Contains(text, "panic") {
				found = append(found, filepath.Base(path)+": "+text)
			}
		}
		err = errors.Join(err, lines.Err(), file.Close())
	}
	return found, err
}
