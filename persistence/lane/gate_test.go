package lane_test

import (
	"context"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"athena/persistence/dbtest"
	"athena/persistence/lane"
)

// gate is an advisory lock that keeps statements from ending until it is opened.
type gate struct {
	conn *pgx.Conn
	key  int
}

func hold(t *testing.T, uri string, key int) gate {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), uri)
	require.NoError(t, err)
	t.Cleanup(func() { conn.Close(context.Background()) })
	_, err = conn.Exec(context.Background(), `SELECT pg_advisory_lock($1)`, key)
	require.NoError(t, err)
	return gate{conn, key}
}

// awaitWaiters returns when so many sessions stand before the gate.
func (g gate) awaitWaiters(t *testing.T, n int) {
	t.Helper()
	require.Eventually(t, func() bool {
		var waiting int
		err := g.conn.QueryRow(context.Background(), `SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
			AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`).Scan(&waiting)
		return err == nil && waiting == n
	}, patience, time.Millisecond)
}

func (g gate) open(t *testing.T) {
	t.Helper()
	_, err := g.conn.Exec(context.Background(), `SELECT pg_advisory_unlock($1)`, g.key)
	require.NoError(t, err)
}

// mute is a connection whose server can be made to fall silent.
type mute struct {
	net.Conn
	silent chan struct{}
	closed chan struct{}
	once   *sync.Once
}

func (m mute) Read(p []byte) (int, error) {
	n, err := m.Conn.Read(p)
	select {
	case <-m.silent:
		<-m.closed
		return 0, net.ErrClosed
	default:
		return n, err
	}
}

func (m mute) Close() error {
	m.once.Do(func() { close(m.closed) })
	return m.Conn.Close()
}

func TestSilentServerIsGivenUp(t *testing.T) {
	t.Parallel()
	cfg := config(t, dbtest.New(t))
	silent := make(chan struct{})
	dial := cfg.DialFunc
	cfg.DialFunc = func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := dial(ctx, network, addr)
		return mute{conn, silent, make(chan struct{}), new(sync.Once)}, err
	}
	l, err := lane.Open(t.Context(), cfg, lane.Options{Silence: 50 * time.Millisecond})
	require.NoError(t, err)
	ask(t, l, query(`SELECT 1`))
	close(silent)
	_, err = l.Do(t.Context(), query(`SELECT 1`), nil)
	require.ErrorIs(t, err, lane.ErrBroken)
	require.ErrorContains(t, err, "no word from the server")
	require.NoError(t, l.Close(t.Context()))
}
