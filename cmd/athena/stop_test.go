package main

import (
	"fmt"
	"net"
	"regexp"
	"syscall"
	"testing"

	"athena/persistence/dbtest"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

const heldLock = 4711

// hold takes a lock that a request then waits for, and gives what lets it go.
func hold(t *testing.T, uri string) (release func()) {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), uri)
	require.NoError(t, err)
	_, err = conn.Exec(t.Context(), "SELECT pg_advisory_lock($1)", heldLock)
	require.NoError(t, err)
	return func() { require.NoError(t, conn.Close(t.Context())) }
}

// stuck sends a request that waits for the lock, and returns when it waits.
func stuck(t *testing.T, p *process, uri string) <-chan reply {
	t.Helper()
	answer := make(chan reply, 1)
	key := credentialsOf(t).key
	go func() {
		r, err := p.try("POST", "/gateway/query", lockStatement,
			"X-Athena-Client: demo", "apikey: "+key)
		if err != nil {
			r.body = err.Error()
		}
		answer <- r
	}()
	awaitWaiting(t, uri, true)
	return answer
}

// awaitWaiting waits until a statement waits for the lock, or until none does.
func awaitWaiting(t *testing.T, uri string, want bool) {
	t.Helper()
	pool := dbtest.Pool(t, uri)
	defer pool.Close()
	require.Eventually(t, func() bool {
		var waits bool
		err := pool.QueryRow(t.Context(), "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = $1 AND NOT granted)", heldLock).Scan(&waits)
		require.NoError(t, err)
		return waits == want
	}, patience, pollEvery)
}

// lockStatement waits for the lock.
var lockStatement = fmt.Sprintf(`{"query":"SELECT 'late' AS word FROM pg_advisory_xact_lock(%d)"}`, heldLock)

var stops = regexp.MustCompile(`msg="athena stops"`)

func TestShutdownFinishesWhatWasBegun(t *testing.T) {
	t.Parallel()
	h := installed(t)
	p := serve(t, h)
	idle, err := net.Dial("tcp", p.address)
	require.NoError(t, err)
	defer idle.Close() // somebody who connected and says nothing holds nobody up for long
	headers := []string{"X-Athena-Client: demo", "apikey: " + credentialsOf(t).key}
	const reads = 25
	for range reads {
		require.Equal(t, 200, p.do(t, "POST", "/gateway/fetch", `{"table_name":"products","limit":1}`, headers...).status)
	}
	uri := h.succeed(t, "client", "uri", "demo")
	release := hold(t, uri)
	answer := stuck(t, p, uri)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.await(t, stops)
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", p.address)
		if err == nil {
			conn.Close()
		}
		return err != nil
	}, patience, pollEvery, "no new connection is accepted")
	release()
	late := <-answer
	require.Equal(t, 200, late.status, late.body)
	require.Contains(t, late.body, `"late"`)
	<-p.ended
	require.Zero(t, p.cmd.ProcessState.ExitCode(), p.errs.String())
	require.NotContains(t, p.errs.String(), "DATA RACE")

	count := func(sql string) string { return h.succeed(t, "psql", "athena_logging", "--", "-Atc", sql) }
	require.Equal(t, fmt.Sprint(reads), count("SELECT count(*) FROM http_request_log WHERE route = 'POST /gateway/fetch' AND status_code = 200"))
	require.Equal(t, "1", count("SELECT count(*) FROM http_request_log WHERE route = 'POST /gateway/query' AND status_code = 200"))
	require.Equal(t, fmt.Sprint(reads+1), count("SELECT count(*) FROM gateway_operation_log"))
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	h := installed(t)
	p := serve(t, h)
	uri := h.succeed(t, "client", "uri", "demo")
	release := hold(t, uri)
	defer release()
	answer := stuck(t, p, uri)
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	p.await(t, stops)
	require.Equal(t, 130, p.end(t, syscall.SIGTERM))
	require.Zero(t, (<-answer).status, "the request was cut off")
}
