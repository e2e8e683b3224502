package deferral_test

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"athena/actors"
	"athena/actors/deferral"
	"athena/actors/pool"
	"athena/persistence/dbtest"
	"athena/persistence/deferreddb"
	"athena/persistence/gatewaydb"
	"athena/persistence/queue"
	"athena/persistence/sqltext"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// fixture is a client's database with one deferred write to it.
type fixture struct {
	control, tenant *pgxpool.Pool
	clients         *pool.Clients
	store           deferreddb.Store
	doing           *deferral.Deferral
	id              uuid.UUID
	line            *line
	// serve is what becomes of the next attempts, one each; then they go well.
	serve []func(context.Context) *wire.Problem
}

func newFixture(t *testing.T) *fixture {
	t.Helper()
	return newFixtureThrough(t, func(_ *testing.T, uri string) (*line, string) { return nil, uri })
}

func newFixtureThrough(t *testing.T, way func(*testing.T, string) (*line, string)) *fixture {
	t.Helper()
	uri := dbtest.New(t, "CREATE TABLE arrivals (id text)")
	f := &fixture{control: dbtest.Pool(t, dbtest.Control(t)), tenant: dbtest.Pool(t, uri), id: uuid.New()}
	f.line, uri = way(t, uri)
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	t.Cleanup(system.Shutdown)
	var err error
	f.clients, err = pool.NewClients(t.Context(), system, pool.Config{
		Options: gatewaydb.Options{PoolSize: 2, Lanes: 1},
		Load:    func(context.Context) ([]pool.Target, error) { return []pool.Target{{Name: "acme", URI: uri}}, nil },
	})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, f.clients.Close(context.Background())) })
	q, err := queue.Open(t.Context(), queue.Config{Pool: f.control, Log: slog.New(slog.DiscardHandler), Kinds: []queue.Kind{{Name: deferreddb.Kind, Workers: 1}}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, q.Stop(context.Background())) })
	f.store = deferreddb.Store{DB: f.control, Queue: q}
	f.doing = deferral.New(system, deferral.Config{Store: f.store, Clients: f.clients, Attempts: 3, Timeout: time.Minute, LongestPause: time.Hour, Serve: f.attempt})
	require.NoError(t, f.store.Accept(t.Context(), &deferreddb.Write{ID: f.id, Client: "acme", Reason: "requested", Request: []byte("{}"), Rights: []string{}}, 10))
	return f
}

// attempt inserts a row, as a request would.
func (f *fixture) attempt(ctx context.Context, _ *deferreddb.Write) (deferreddb.Answer, *wire.Problem) {
	body, problem := f.insert(ctx)
	if len(f.serve) > 0 {
		next := f.serve[0]
		f.serve = f.serve[1:]
		if p := next(ctx); p != nil {
			problem = p
		}
	}
	return deferreddb.Answer{Status: 200, Body: []byte(body)}, problem
}

func (f *fixture) insert(ctx context.Context) (string, *wire.Problem) {
	p, err := f.clients.Get(ctx, "acme")
	if err != nil {
		return "", wire.Fail(wire.Internal, "%v", err)
	}
	in := &sqltext.Insert{
		Into: sqltext.Name{Table: "arrivals"}, Columns: []string{"id"}, Rows: [][]sqltext.Value{{{Kind: sqltext.KindString, Text: "a"}}},
		Returning: []sqltext.Item{&sqltext.Star{}},
	}
	st, err := p.Prepare(ctx, in, gatewaydb.Mode{Path: []string{"public"}}, nil)
	if err != nil {
		return "", wire.Fail(wire.Internal, "%v", err)
	}
	result, err := p.Run(ctx, st)
	if err != nil {
		problem, ok := wire.AsProblem(err)
		if !ok {
			problem = wire.Fail(wire.Internal, "%v", err)
		}
		return "", problem
	}
	defer result.Release()
	return string(result.JSON), nil
}

func (f *fixture) do(t *testing.T) (time.Duration, deferreddb.Write) {
	t.Helper()
	again, err := f.doing.Do(t.Context(), f.id)
	require.NoError(t, err)
	w, err := f.store.Find(t.Context(), f.id)
	require.NoError(t, err)
	return again, w
}

func (f *fixture) rows(t *testing.T) (n int) {
	t.Helper()
	require.NoError(t, f.tenant.QueryRow(t.Context(), "SELECT count(*) FROM arrivals").Scan(&n))
	return n
}

func lost(context.Context) *wire.Problem { return wire.Fail(wire.BackendUnavailable, "lost") }

func TestACommittedWriteIsNotDoneAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.serve = append(f.serve, lost) // after the commit
	again, w := f.do(t)
	require.Positive(t, again)
	require.Equal(t, wire.DeferredQueued, w.Status)
	again, w = f.do(t)
	require.Zero(t, again)
	require.Equal(t, wire.DeferredCompleted, w.Status)
	require.JSONEq(t, `[{"id":"a"}]`, string(w.Answer), "it is answered what the first attempt gave")
	require.Equal(t, 1, f.rows(t))
	_, w = f.do(t)
	require.Equal(t, 2, w.Attempts, "what is done is claimed no more")
}

func TestAWriteThatWasUndoneIsDoneAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.serve = append(f.serve, lost)
	f.do(t)
	// The row tells of a transaction that was rolled back.
	tx, err := f.tenant.Begin(t.Context())
	require.NoError(t, err)
	var xact string
	require.NoError(t, tx.QueryRow(t.Context(), "SELECT pg_current_xact_id()::text").Scan(&xact))
	_, err = f.control.Exec(t.Context(), "UPDATE gateway_deferred_requests SET xact = $1", xact)
	require.NoError(t, err)

	again, w := f.do(t)
	require.Equal(t, time.Second, again, "it is still under way")
	require.Equal(t, wire.DeferredQueued, w.Status)
	require.Equal(t, 1, f.rows(t))
	require.NoError(t, tx.Rollback(t.Context()))
	_, w = f.do(t)
	require.Equal(t, wire.DeferredCompleted, w.Status)
	require.Equal(t, 2, f.rows(t), "it was done anew")
}

func TestAnotherServerCannotTell(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.serve = append(f.serve, lost)
	f.do(t)
	_, err := f.control.Exec(t.Context(), "UPDATE gateway_deferred_requests SET xact_server = '1/00000001'")
	require.NoError(t, err)
	_, w := f.do(t)
	require.Equal(t, wire.DeferredFailed, w.Status)
	require.Contains(t, string(w.Error), "not known")
	require.Equal(t, 1, f.rows(t))
	_, err = f.store.Requeue(t.Context(), f.id)
	require.NoError(t, err)
	_, w = f.do(t)
	require.Equal(t, wire.DeferredCompleted, w.Status)
	require.Equal(t, 2, f.rows(t), "that is for people to decide")
}

// TestWhoLostAWriteCommitsNothing has another attempt claim the write before the
// commit.
func TestWhoLostAWriteCommitsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w, open, err := f.store.Claim(t.Context(), f.id)
	require.NoError(t, err)
	require.True(t, open)
	_, open, err = f.store.Claim(t.Context(), f.id)
	require.NoError(t, err)
	require.True(t, open)
	_, problem := f.insert(gatewaydb.WithOnce(t.Context(), &gatewaydb.Once{Note: func(ctx context.Context, m gatewaydb.Mark, k gatewaydb.Kept) error {
		return f.store.Note(ctx, &w, deferreddb.Noted{Xact: m.Xact, Server: m.Server, JSON: k.JSON, Rows: k.Rows, Tag: k.Tag})
	}}))
	require.NotNil(t, problem)
	require.Zero(t, f.rows(t))
	require.ErrorIs(t, f.store.End(t.Context(), &w, deferreddb.Answer{}, nil, false), deferreddb.ErrLost)
}

func TestAttemptsEnd(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		code     wire.Code
		attempts int
	}{"refused": {wire.UniqueViolation, 1}, "unavailable": {wire.BackendUnavailable, 3}, "a mistake of ours": {wire.Internal, 3}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			_, err := f.tenant.Exec(t.Context(), "DROP TABLE arrivals; CREATE TABLE arrivals (id text, CHECK (id <> 'a'))")
			require.NoError(t, err)
			for range tc.attempts {
				f.serve = append(f.serve, func(context.Context) *wire.Problem { return wire.Fail(tc.code, "no") })
			}
			for i := range tc.attempts {
				again, w := f.do(t)
				require.Equal(t, i < tc.attempts-1, again > 0)
				require.Equal(t, i+1, w.Attempts)
			}
			w, err := f.store.Find(t.Context(), f.id)
			require.NoError(t, err)
			require.Equal(t, wire.DeferredFailed, w.Status)
			require.Contains(t, string(w.Error), tc.code.Name)
		})
	}
}

func TestAClientMayHaveSoManyWritesWaiting(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	w := &deferreddb.Write{ID: uuid.New(), Client: "acme", Reason: "requested", Request: []byte("{}"), Rights: []string{}}
	var problem *wire.Problem
	require.True(t, errors.As(f.store.Accept(t.Context(), w, 1), &problem))
	require.Equal(t, wire.Overloaded, problem.Code)
	var jobs int
	require.NoError(t, f.control.QueryRow(t.Context(), "SELECT count(*) FROM river_job").Scan(&jobs))
	require.Equal(t, 1, jobs, "nor is there a job")
	w.Client = "other"
	require.NoError(t, f.store.Accept(t.Context(), w, 1))
}

func TestOldWritesGo(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	_, w := f.do(t)
	require.Equal(t, wire.DeferredCompleted, w.Status)
	removed, err := f.store.Prune(t.Context(), time.Hour, 0)
	require.NoError(t, err)
	require.Zero(t, removed)
	_, err = f.control.Exec(t.Context(), "UPDATE gateway_deferred_requests SET completed_at = now() - interval '2 hours'")
	require.NoError(t, err)
	removed, err = f.store.Prune(t.Context(), time.Hour, 0)
	require.NoError(t, err)
	require.EqualValues(t, 1, removed)
}
