package gatewaydb_test

import (
	"bytes"
	"context"
	"log/slog"
	"net"
	"sync"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func TestDatabaseThatNeverAnswersIsGivenUp(t *testing.T) {
	t.Parallel()
	hole, err := net.Listen("tcp", "127.0.0.1:0") // connections wait in its queue for ever
	require.NoError(t, err)
	t.Cleanup(func() { hole.Close() })
	for _, own := range []string{"", "&connect_timeout=600"} {
		uri := "postgres://u:p@" + hole.Addr().String() + "/d?sslmode=disable" + own
		_, err := gatewaydb.Open(t.Context(), uri, gatewaydb.Options{ConnectTimeout: 50 * time.Millisecond})
		p, ok := wire.AsProblem(err)
		require.True(t, ok, "%v", err)
		require.Equal(t, wire.BackendUnavailable, p.Code)
	}
}

// journal is a log that a test can read while it is written.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(text []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(text)
}

func (j *journal) String() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.String()
}

// TestSchemaThatCannotBeReadAgain has a caller hear that nobody knows whether a name is
// there by now.
func TestSchemaThatCannotBeReadAgain(t *testing.T) {
	t.Parallel()
	log := &journal{}
	w := newWorld(t, gatewaydb.Options{Log: slog.New(slog.NewTextHandler(log, nil))})
	unknown := &sqltext.Read{From: sqltext.Name{Table: "nowhere"}}
	name, other := w.db.Config().ConnConfig.Database, dbtest.New(t)
	dbtest.Exec(t, other, "ALTER DATABASE "+name+" ALLOW_CONNECTIONS false",
		"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"+name+"'")
	require.Eventually(t, func() bool {
		w.Age()
		_, err := w.Prepare(t.Context(), unknown, public, nil)
		p, ok := wire.AsProblem(err)
		require.True(t, ok, "%v", err)
		return p.Code == wire.BackendUnavailable
	}, time.Minute, 20*time.Millisecond)
	require.Contains(t, log.String(), "schema not read again")
	ended, end := context.WithCancel(t.Context())
	end()
	w.Age()
	_, err := w.Prepare(ended, unknown, public, nil)
	p, ok := wire.AsProblem(err)
	require.True(t, ok, "%v", err)
	require.Equal(t, wire.Canceled, p.Code)
}
