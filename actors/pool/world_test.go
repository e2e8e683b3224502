package pool_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"athena/actors"
	"athena/actors/pool"
	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const (
	patience  = time.Minute
	pollEvery = 2 * time.Millisecond
)

// world is a catalog that tests change, and the pools of its clients.
type world struct {
	t *testing.T
	*pool.Clients
	mu      sync.Mutex
	catalog map[string]pool.Target
}

func newWorld(t *testing.T, config pool.Config, targets ...pool.Target) *world {
	t.Helper()
	return newWorldWith(t, slog.New(slog.DiscardHandler), config, targets...)
}

func newWorldWith(t *testing.T, log *slog.Logger, config pool.Config, targets ...pool.Target) *world {
	t.Helper()
	w := &world{t: t, catalog: map[string]pool.Target{}}
	for _, target := range targets {
		w.catalog[target.Name] = target
	}
	config.Load = func(context.Context) ([]pool.Target, error) {
		w.mu.Lock()
		defer w.mu.Unlock()
		var list []pool.Target
		for _, target := range w.catalog {
			list = append(list, target)
		}
		return list, nil
	}
	config.Options.Lanes = 1
	system := actors.NewSystem(log)
	var err error
	w.Clients, err = pool.NewClients(t.Context(), system, config)
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, w.Close(context.Background()))
		system.Shutdown()
	})
	return w
}

// set changes one client of the catalog.
func (w *world) set(target pool.Target) {
	w.t.Helper()
	w.mu.Lock()
	w.catalog[target.Name] = target
	w.mu.Unlock()
	require.NoError(w.t, w.Reload(w.t.Context()))
}

func (w *world) remove(name string) {
	w.t.Helper()
	w.mu.Lock()
	delete(w.catalog, name)
	w.mu.Unlock()
	require.NoError(w.t, w.Reload(w.t.Context()))
}

// query runs SQL for a client and gives the rows as JSON.
func (w *world) query(client, sql string) (string, error) {
	p, err := w.Get(w.t.Context(), client)
	if err != nil {
		return "", err
	}
	return query(w.t, p, sql)
}

func query(t *testing.T, p *pool.Pool, sql string) (string, error) {
	result, err := p.Query(t.Context(), gatewaydb.Raw{SQL: sql})
	if err != nil {
		return "", err
	}
	defer result.Release()
	return string(result.JSON), nil
}

// word reads the only row of the table that holder makes.
func (w *world) word(client string) string {
	w.t.Helper()
	rows, err := w.query(client, "SELECT word FROM holder")
	require.NoError(w.t, err)
	return rows
}

// holder is a database with one word in it.
func holder(t *testing.T, word string) string {
	t.Helper()
	return dbtest.New(t, fmt.Sprintf("CREATE TABLE holder (word text); INSERT INTO holder VALUES ('%s')", word))
}

// problem is what an error tells its caller.
func problem(t *testing.T, err error) *wire.Problem {
	t.Helper()
	require.Error(t, err)
	p, ok := wire.AsProblem(err)
	require.True(t, ok, "%v", err)
	return p
}

// gate keeps requests waiting in the database.
type gate struct {
	t    *testing.T
	uri  string
	conn *pgx.Conn
	key  int
}

func newGate(t *testing.T, uri string) *gate {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), uri)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	g := &gate{t: t, uri: uri, conn: conn, key: 7}
	_, err = conn.Exec(t.Context(), "SELECT pg_advisory_lock($1)", g.key)
	require.NoError(t, err)
	return g
}

// sql waits at the gate and then reads the word.
func (g *gate) sql() string {
	return fmt.Sprintf("SELECT word FROM holder, (SELECT pg_advisory_xact_lock_shared(%d)) AS gate", g.key)
}

// await returns when so many requests wait at the gate.
func (g *gate) await(n int) {
	g.t.Helper()
	require.Eventually(g.t, func() bool {
		var waiting int
		err := g.conn.QueryRow(g.t.Context(), `SELECT count(*) FROM pg_locks
			WHERE locktype = 'advisory' AND objid = $1 AND NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`, g.key).Scan(&waiting)
		require.NoError(g.t, err)
		return waiting == n
	}, patience, pollEvery)
}

func (g *gate) open() {
	g.t.Helper()
	_, err := g.conn.Exec(g.t.Context(), "SELECT pg_advisory_unlock($1)", g.key)
	require.NoError(g.t, err)
}

// wire between a pool and its server that a test can cut.
type cable struct {
	t        *testing.T
	server   string
	address  string
	mu       sync.Mutex
	listener net.Listener
	conns    map[net.Conn]bool
}

// newCable gives the same database through a cable.
func newCable(t *testing.T, uri string) (c *cable, through string) {
	t.Helper()
	u, err := url.Parse(uri)
	require.NoError(t, err)
	c = &cable{t: t, server: u.Host, address: "127.0.0.1:0", conns: map[net.Conn]bool{}}
	c.plug()
	t.Cleanup(c.cut)
	u.Host = c.address
	return c, u.String()
}

func (c *cable) plug() {
	c.t.Helper()
	listener, err := net.Listen("tcp", c.address)
	require.NoError(c.t, err)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listener, c.address = listener, listener.Addr().String()
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go c.carry(conn)
		}
	}()
}

func (c *cable) carry(near net.Conn) {
	far, err := net.Dial("tcp", c.server)
	if err != nil {
		near.Close()
		return
	}
	c.mu.Lock()
	c.conns[near], c.conns[far] = true, true
	c.mu.Unlock()
	go func() { _, _ = io.Copy(near, far); near.Close() }()
	_, _ = io.Copy(far, near)
	far.Close()
}

func (c *cable) cut() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.listener.Close()
	for conn := range c.conns {
		conn.Close()
	}
	clear(c.conns)
}
