package dbtest_test

import (
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"athena/persistence/dbtest"
)

func TestNewGivesEachTestItsOwnDatabase(t *testing.T) {
	t.Parallel()
	for range 4 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			uri := dbtest.New(t, "CREATE TABLE thing (id int)", "INSERT INTO thing VALUES (1); INSERT INTO thing VALUES (2)")
			require.Equal(t, 2, count(t, uri, "thing"))
		})
	}
}

func TestDatabaseIsDroppedWithItsTest(t *testing.T) {
	t.Parallel()
	var uri string
	t.Run("inner", func(t *testing.T) {
		uri = dbtest.New(t)
		conn, err := pgx.Connect(t.Context(), uri)
		require.NoError(t, err)
		_ = conn // left open on purpose: the drop must not wait for it
	})
	_, err := pgx.Connect(t.Context(), uri)
	require.ErrorContains(t, err, "does not exist")
}

func TestTemplateIsFilledOnceAndCopied(t *testing.T) {
	t.Parallel()
	name := rand.Text() // new in each run of -count
	var filled atomic.Int32
	fill := func(uri string) error {
		filled.Add(1)
		conn, err := pgx.Connect(context.Background(), uri)
		if err != nil {
			return err
		}
		_, err = conn.Exec(context.Background(), "CREATE TABLE thing (id int); INSERT INTO thing VALUES (1)")
		return err // the connection stays open: it must not be in the way of copying
	}
	t.Run("copies", func(t *testing.T) {
		for range 4 {
			t.Run("", func(t *testing.T) {
				t.Parallel()
				uri := dbtest.Template(t, name, fill)
				dbtest.Exec(t, uri, "INSERT INTO thing VALUES (2)")
				require.Equal(t, 2, count(t, uri, "thing"))
			})
		}
	})
	require.EqualValues(t, 1, filled.Load())
}

func TestTemplateThatCannotBeFilledFailsTheTest(t *testing.T) {
	t.Parallel()
	probe := &probe{TB: t}
	func() {
		defer func() { _ = recover() }()
		dbtest.Template(probe, "broken", func(string) error { return errors.New("no schema today") })
	}()
	require.True(t, probe.failed)
}

func TestClusterIsPrivate(t *testing.T) {
	t.Parallel()
	a, b := dbtest.Cluster(t), dbtest.Cluster(t)
	require.NotEqual(t, a.URI("postgres"), b.URI("postgres"))
	require.NoError(t, a.CreateDatabase(t.Context(), "only_here"))
	_, err := pgx.Connect(t.Context(), b.URI("only_here"))
	require.ErrorContains(t, err, "does not exist")
}

func count(t *testing.T, uri, table string) (n int) {
	t.Helper()
	pool := dbtest.Pool(t, uri)
	require.NoError(t, pool.QueryRow(t.Context(), "SELECT count(*) FROM "+pgx.Identifier{table}.Sanitize()).Scan(&n))
	return n
}

// probe stands in for a test that is expected to fail.
type probe struct {
	testing.TB
	failed bool
}

func (p *probe) Errorf(string, ...any) { p.failed = true }
func (p *probe) FailNow()              { panic("failed") }
func (p *probe) Helper()               {}
