package room_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"athena/actors/room"
	"athena/persistence"
	"athena/persistence/dbtest"
	"athena/persistence/migrate"
	"athena/wire"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// postmaster is the process of the server that a pool is connected to.
func postmaster(t *testing.T, db *pgxpool.Pool) (pid int) {
	t.Helper()
	require.NoError(t, db.QueryRow(t.Context(), `SELECT split_part(pg_read_file('postmaster.pid'), E'\n', 1)::int`).Scan(&pid))
	return pid
}

func TestSendersOutlastARestartOfPostgres(t *testing.T) {
	t.Parallel()
	cluster := dbtest.Cluster(t)
	require.NoError(t, migrate.Client(t.Context(), cluster.URI("postgres")))
	db := dbtest.Pool(t, cluster.URI("postgres"))
	known, fresh := newRoom(t, db), newRoom(t, db)
	rooms := newRooms(t, databases{db: db}, room.Config{})
	pid := postmaster(t, db)

	const senders, before, after = 8, 5, 20
	var wg sync.WaitGroup
	var warm sync.WaitGroup
	warm.Add(senders)
	killed := make(chan struct{})
	for s := range senders {
		wg.Go(func() {
			for n := range after {
				if n == before {
					warm.Done()
				}
				if n == after-1 {
					<-killed // so that the stop meets every sender
				}
				_, err := send(t.Context(), rooms, text(known, "ann", fmt.Sprintf("%d/%d", s, n)))
				require.NoError(t, err)
			}
		})
	}
	warm.Wait()
	require.NoError(t, syscall.Kill(pid, syscall.SIGQUIT)) // an immediate stop; the cluster starts it again
	close(killed)
	_, err := send(t.Context(), rooms, text(fresh, "ann", "first"))
	require.NoError(t, err, "a room that is not loaded yet waits as well")
	wg.Wait()

	next := map[string]int{}
	stored := storedTexts(t, db, known)
	for _, body := range stored {
		sender, n, _ := strings.Cut(body, "/")
		require.Equal(t, fmt.Sprint(next[sender]), n, "each sender's own order stays")
		next[sender]++
	}
	require.Len(t, stored, senders*after, "nothing is lost and nothing stands twice")
}

// commitCutter is a connection that breaks once the server has answered a commit,
// before anybody hears the answer.
type commitCutter struct {
	net.Conn
	left *atomic.Int32 // how many commits are still to be cut
}

func (c *commitCutter) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	if bytes.Contains(p[:n], []byte("COMMIT\x00")) && c.left.Add(-1) >= 0 {
		_ = c.Conn.Close()
		return 0, net.ErrClosed
	}
	return n, err
}

// cuts are commits that fail.
type cuts struct {
	db *pgxpool.Pool
	// begin has the next commits fail, as many as it says.
	begin func(commits int)
	// over reports whether that many failed and one came through.
	over func() bool
}

// cutAfterCommit cuts connections when a commit is stored and before it is answered.
func cutAfterCommit(t *testing.T) cuts {
	t.Helper()
	config, err := pgxpool.ParseConfig(dbtest.Client(t))
	require.NoError(t, err)
	left, dialer := &atomic.Int32{}, &net.Dialer{}
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := dialer.DialContext(ctx, network, address)
		return &commitCutter{Conn: conn, left: left}, err
	}
	db, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(db.Close)
	return cuts{db, func(commits int) { left.Store(int32(commits)) }, func() bool { return left.Load() < 0 }}
}

// cutBeforeCommit has the server close connections in the midst of a commit, before anything
// is stored.
func cutBeforeCommit(t *testing.T) cuts {
	t.Helper()
	db := newDatabase(t)
	run := func(sql string, args ...any) {
		_, err := db.Exec(t.Context(), sql, args...)
		require.NoError(t, err)
	}
	run("CREATE SEQUENCE public.cuts MINVALUE -2147483648 START 0") // no rollback takes its steps back
	run(`CREATE FUNCTION public.cut() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			IF nextval('public.cuts') < 0 THEN
				PERFORM pg_terminate_backend(pg_backend_pid(), 60000);
			END IF;
			RETURN NULL;
		END $$`)
	run(`CREATE CONSTRAINT TRIGGER cut AFTER INSERT ON athena.chat_outbox
		DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.cut()`)
	return cuts{db, func(commits int) { run("SELECT setval('public.cuts', $1, false)", -commits) }, func() (over bool) {
		require.NoError(t, db.QueryRow(t.Context(), "SELECT last_value >= 0 FROM public.cuts").Scan(&over))
		return over
	}}
}

func TestACutBetweenCommitAndReplyMakesNoDouble(t *testing.T) {
	t.Parallel()
	cut := cutAfterCommit(t)
	id := newRoom(t, cut.db)
	rooms := newRooms(t, databases{db: cut.db}, room.Config{})
	const senders, each = 8, 10
	cut.begin(5)
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for n := range each {
				m := text(id, "ann", fmt.Sprintf("%d/%d", s, n))
				got, err := send(t.Context(), rooms, m)
				require.NoError(t, err)
				require.Equal(t, m.ID, got.ID)
			}
		})
	}
	wg.Wait()
	require.True(t, cut.over())
	require.Len(t, storedTexts(t, cut.db, id), senders*each)
}

func TestACircuitThatIsOpenIsWaitedFor(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	id := newRoom(t, db)
	var refusals atomic.Int32
	rooms := newRooms(t, databases{db, func(db persistence.Pool) (persistence.Pool, error) {
		if refusals.Add(-1) >= 0 {
			return nil, wire.Fail(wire.BackendUnavailable, "not now").After(time.Second)
		}
		return db, nil
	}}, room.Config{})
	for n := range 2 { // while the room is loaded, and while a message is written
		refusals.Store(4)
		m, err := send(t.Context(), rooms, text(id, "ann", fmt.Sprint(n)))
		require.NoError(t, err)
		require.EqualValues(t, n+1, m.RoomSeq)
	}
}
