package lane_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"athena/persistence/catalog"
	"athena/persistence/dbtest"
	"athena/persistence/lane"
	"athena/persistence/rowjson"
	"athena/wire"
)

// TestMain fails when a lane leaves a goroutine behind. The test cluster is there
// until the end.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m,
		goleak.IgnoreAnyFunction("athena/persistence/embedded.(*Cluster).supervise"),
		goleak.IgnoreAnyFunction("athena/persistence/embedded.(*server).wait"))
}

// patience is far more than any wait here should take.
const patience = 30 * time.Second

func config(t testing.TB, uri string) *pgconn.Config {
	t.Helper()
	cfg, err := pgconn.ParseConfig(uri)
	require.NoError(t, err)
	return cfg
}

func open(t testing.TB, uri string, opts lane.Options) *lane.Lane {
	t.Helper()
	l, err := lane.Open(context.Background(), config(t, uri), opts)
	require.NoError(t, err)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, l.Close(ctx))
	})
	return l
}

func query(sql string, args ...string) lane.Query {
	q := lane.Query{Plan: &lane.Plan{SQL: sql}}
	for _, arg := range args {
		q.Args = append(q.Args, []byte(arg))
	}
	return q
}

type doer interface {
	Do(ctx context.Context, q lane.Query, dst []byte) (lane.Result, error)
}

// ask runs a query that must succeed.
func ask(t testing.TB, l doer, q lane.Query) string {
	t.Helper()
	result, err := l.Do(context.Background(), q, nil)
	require.NoError(t, err)
	return string(result.JSON)
}

func sqlState(t *testing.T, err error) string {
	t.Helper()
	var refused *pgconn.PgError
	require.ErrorAs(t, err, &refused)
	return refused.Code
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{})
	for name, tc := range map[string]struct {
		query lane.Query
		want  string
	}{
		"flat":          {query(`SELECT 1 AS a, 'x' AS b`), `[{"a":1,"b":"x"}]`},
		"no rows":       {query(`SELECT 1 AS a WHERE false`), `[]`},
		"no columns":    {query(`SELECT FROM generate_series(1, 2)`), `[{},{}]`},
		"empty":         {query(``), `[]`},
		"parameter":     {query(`SELECT $1::int + 1 AS a`, "41"), `[{"a":42}]`},
		"null":          {lane.Query{Plan: &lane.Plan{SQL: `SELECT $1::int AS a`}, Args: [][]byte{nil}}, `[{"a":null}]`},
		"empty text":    {query(`SELECT $1::text AS a`, ""), `[{"a":""}]`},
		"nulls dropped": {lane.Query{Plan: &lane.Plan{SQL: `SELECT 1 AS a, NULL AS b`, StripNulls: true}}, `[{"a":1}]`},
		"shaped": {lane.Query{Plan: &lane.Plan{SQL: `SELECT p, c FROM (VALUES (1, 10), (1, 11), (2, NULL)) AS v (p, c)`,
			Fields: []rowjson.Field{{Key: "id"}, {Key: "kids", Presence: 1, Group: []int{0}, Array: []rowjson.Field{{Key: "id", Column: 1}}}}}},
			`[{"id":1,"kids":[{"id":10},{"id":11}]},{"id":2,"kids":[]}]`},
	} {
		for range 2 { // prepared, then from the cache
			require.Equal(t, tc.want, ask(t, l, tc.query), name)
		}
	}
}

func TestAnswerGoesBehindTheBuffer(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{})
	result, err := l.Do(t.Context(), query(`SELECT n FROM generate_series(1, 3) AS n`), []byte(`{"data":`))
	require.NoError(t, err)
	require.Equal(t, `{"data":[{"n":1},{"n":2},{"n":3}]`, string(result.JSON))
	require.EqualValues(t, 3, result.Rows)
	require.Equal(t, "SELECT 3", result.Tag.String())
}

func TestOneTextTwoPlans(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{})
	plan := func(key string) lane.Query {
		return lane.Query{Plan: &lane.Plan{SQL: `SELECT 1`, Fields: []rowjson.Field{{Key: key}}}}
	}
	require.Equal(t, `[{"a":1}]`, ask(t, l, plan("a")))
	require.Equal(t, `[{"b":1}]`, ask(t, l, plan("b")))
}

func TestTypesOfTheDatabase(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t, `CREATE TYPE pair AS (a int, b text)`)
	conn, err := pgx.Connect(t.Context(), uri)
	require.NoError(t, err)
	defer conn.Close(context.Background())
	cat, err := catalog.Load(t.Context(), conn)
	require.NoError(t, err)
	types := rowjson.New(cat)
	q := query(`SELECT ROW(1, 'x')::pair AS p`)
	known := open(t, uri, lane.Options{Types: func() *rowjson.Types { return types }})
	require.Equal(t, `[{"p":{"a":1,"b":"x"}}]`, ask(t, known, q))
	require.Equal(t, `[{"p":"(1,x)"}]`, ask(t, open(t, uri, lane.Options{}), q))
}

func TestSessionSettings(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t, `DO $$ BEGIN
		EXECUTE format('ALTER DATABASE %I SET timezone = ''Asia/Kolkata''', current_database());
		EXECUTE format('ALTER DATABASE %I SET datestyle = ''German''', current_database());
		EXECUTE format('ALTER DATABASE %I SET bytea_output = ''escape''', current_database());
	END $$`, `CREATE TABLE t (a int)`)
	l := open(t, uri, lane.Options{StatementTimeout: 1500 * time.Millisecond})
	require.Equal(t, `[{"at":"2024-05-01T05:30:00+05:30","b":"\\xff"}]`,
		ask(t, l, query(`SELECT '2024-05-01 00:00:00+00'::timestamptz AS at, '\xff'::bytea AS b`)))
	require.Equal(t, `[{"name":"athena lane","timeout":"1500ms"}]`,
		ask(t, l, query(`SELECT current_setting('application_name') AS name, current_setting('statement_timeout') AS timeout`)))
	_, err := l.Do(t.Context(), query(`INSERT INTO t VALUES (1)`), nil)
	require.Equal(t, "25006", sqlState(t, err))
}

func TestFailuresStandAlone(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{})
	good := query(`SELECT $1::int AS n`, "0")
	for _, tc := range []struct {
		query lane.Query
		state string
	}{
		{query(`SELECT nonsense`), "42703"},
		{query(`SELEC 1`), "42601"},
		{query(`SELECT 1 / $1::int`, "0"), "22012"},
		{query(`SELECT $1::int`, "many"), "22P02"},
		{query(`SELECT $1::int`), "08P01"},
		{query(`SELECT 1; SELECT 2`), "42601"},
	} {
		var callers sync.WaitGroup
		for i := range 32 {
			callers.Go(func() {
				q := good
				q.Args = [][]byte{strconv.AppendInt(nil, int64(i), 10)}
				result, err := l.Do(t.Context(), q, nil)
				if err != nil || string(result.JSON) != fmt.Sprintf(`[{"n":%d}]`, i) {
					t.Errorf("got %s, %v", result.JSON, err)
				}
			})
			callers.Go(func() {
				_, err := l.Do(t.Context(), tc.query, nil)
				var refused *pgconn.PgError
				if !errors.As(err, &refused) || refused.Code != tc.state {
					t.Errorf("%s: got %v", tc.query.SQL, err)
				}
			})
		}
		callers.Wait()
	}
}

func TestBadParameterIsNamed(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{})
	_, err := l.Do(t.Context(), query(`SELECT $1::int, $2::uuid`, "1", "x"), nil)
	var refused *pgconn.PgError
	require.ErrorAs(t, err, &refused)
	require.Contains(t, refused.Where, "parameter $2")
}

func TestTooManyParameters(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{})
	_, err := l.Do(t.Context(), lane.Query{Plan: &lane.Plan{SQL: `SELECT 1`}, Args: make([][]byte, 65536)}, nil)
	problem, ok := wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, wire.InvalidRequest, problem.Code)
	require.Zero(t, l.InFlight())
}

func TestCallerGivesUp(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	l := open(t, uri, lane.Options{StatementTimeout: patience})
	gate := hold(t, uri, 1)
	ctx, cancel := context.WithCancel(t.Context())
	failed := make(chan error)
	go func() {
		_, err := l.Do(ctx, query(`SELECT pg_advisory_xact_lock_shared(1)`), []byte("x"))
		failed <- err
	}()
	gate.awaitWaiters(t, 1)
	cancel()
	require.ErrorIs(t, <-failed, context.Canceled)
	require.Equal(t, 1, l.InFlight()) // the server is still at it
	gate.open(t)
	require.Equal(t, `[{"n":1}]`, ask(t, l, query(`SELECT 1 AS n`)))
	require.Zero(t, l.InFlight())

	_, err := l.Do(ctx, query(`SELECT 1`), nil)
	require.ErrorIs(t, err, context.Canceled)
}

func TestManyCallersGiveUpAndStay(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{})
	plan := &lane.Plan{SQL: `SELECT $1::int AS n, repeat('x', 100) AS pad FROM generate_series(1, 20)`}
	var callers sync.WaitGroup
	for i := range 32 {
		callers.Go(func() {
			row := fmt.Sprintf(`{"n":%d,"pad":"%s"}`, i, strings.Repeat("x", 100))
			want := "[" + strings.Repeat(row+",", 19) + row + "]"
			for n := range 50 {
				ctx, cancel := context.WithCancel(t.Context())
				if n%3 == 0 {
					time.AfterFunc(time.Duration(n)*10*time.Microsecond, cancel)
				}
				result, err := l.Do(ctx, lane.Query{Plan: plan, Args: [][]byte{strconv.AppendInt(nil, int64(i), 10)}}, nil)
				cancel()
				if err == nil && string(result.JSON) != want || err != nil && !errors.Is(err, context.Canceled) {
					t.Errorf("got %s, %v", result.JSON, err)
				}
			}
		})
	}
	callers.Wait()
}

func TestStatementTimeout(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{StatementTimeout: 20 * time.Millisecond})
	_, err := l.Do(t.Context(), query(`SELECT pg_sleep(60)`), nil)
	require.Equal(t, "57014", sqlState(t, err))
	require.Equal(t, `[{"n":1}]`, ask(t, l, query(`SELECT 1 AS n`)))
}

func TestSizesOfAnswers(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{})
	for _, size := range []int{0, 1, 60 << 10, 64 << 10, 5 << 20} {
		got := ask(t, l, query(`SELECT repeat('x', $1::int) AS v`, strconv.Itoa(size)))
		require.Equal(t, len(`[{"v":""}]`)+size, len(got))
	}
	many := ask(t, l, query(`SELECT repeat('x', 1000) AS v FROM generate_series(1, 5000)`))
	require.Equal(t, 5000*(1000+len(`{"v":""},`))+1, len(many))
}

func TestTooLarge(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{})
	q := query(`SELECT n FROM generate_series(1, 100000) AS n`)
	q.MaxBytes = 1000
	_, err := l.Do(t.Context(), q, nil)
	require.ErrorIs(t, err, lane.ErrTooLarge)
	problem, _ := wire.AsProblem(err)
	require.Equal(t, wire.AnswerTooLarge, problem.Code)
	_, err = l.Do(t.Context(), query(`SELECT repeat('x', 9000000)`), nil)
	require.ErrorIs(t, err, lane.ErrTooLarge) // the default
	require.Equal(t, `[{"n":1}]`, ask(t, l, query(`SELECT 1 AS n`)))
}

func TestStatementsAreEvicted(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{Statements: 10})
	var callers sync.WaitGroup
	for i := range 16 {
		callers.Go(func() {
			for n := range 100 {
				v := (i*7 + n) % 40
				result, err := l.Do(t.Context(), query(fmt.Sprintf(`SELECT %d AS n`, v)), nil)
				if err != nil || string(result.JSON) != fmt.Sprintf(`[{"n":%d}]`, v) {
					t.Errorf("got %s, %v", result.JSON, err)
				}
			}
		})
	}
	callers.Wait()
	require.Equal(t, `[{"count":10}]`, ask(t, l, query(`SELECT count(*) FROM pg_prepared_statements`)))
}

func TestSchemaChangesUnderAStatement(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t, `CREATE TABLE t (a int); INSERT INTO t VALUES (1)`)
	l := open(t, uri, lane.Options{})
	q := query(`SELECT * FROM t`)
	require.Equal(t, `[{"a":1}]`, ask(t, l, q))
	for _, tc := range []struct{ change, want string }{
		{`ALTER TABLE t ADD b text DEFAULT 'x'`, `[{"a":1,"b":"x"}]`},
		{`ALTER TABLE t ALTER a TYPE text`, `[{"a":"1","b":"x"}]`},
		{`ALTER TABLE t DROP a`, `[{"b":"x"}]`},
		{`ALTER TABLE t RENAME b TO c`, `[{"c":"x"}]`},
		{`DROP TABLE t; CREATE TABLE t (z bool); INSERT INTO t VALUES (true)`, `[{"z":true}]`},
	} {
		dbtest.Exec(t, uri, tc.change)
		var callers sync.WaitGroup
		for range 16 {
			callers.Go(func() {
				result, err := l.Do(t.Context(), q, nil)
				if err != nil || string(result.JSON) != tc.want {
					t.Errorf("%s: got %s, %v", tc.change, result.JSON, err)
				}
			})
		}
		callers.Wait()
	}
	require.Equal(t, `[{"count":2}]`, ask(t, l, query(`SELECT count(*) FROM pg_prepared_statements`)))
}

func TestPreparedStatementIsGone(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{})
	q := query(`SELECT 1 AS n`)
	require.Equal(t, `[{"n":1}]`, ask(t, l, q))
	ask(t, l, query(`DEALLOCATE ALL`))
	require.Equal(t, `[{"n":1}]`, ask(t, l, q))
}

func TestUnfitPlanIsRefused(t *testing.T) {
	t.Parallel()
	l := open(t, dbtest.New(t), lane.Options{})
	q := lane.Query{Plan: &lane.Plan{SQL: `SELECT 1`, Fields: []rowjson.Field{{Key: "a", Column: 1}}}}
	_, err := l.Do(t.Context(), q, nil)
	require.ErrorContains(t, err, "column 1 of 1")
	require.Equal(t, `[{"n":1}]`, ask(t, l, query(`SELECT 1 AS n`)))
}

func TestFullLaneRefuses(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	l := open(t, uri, lane.Options{MaxInFlight: 2, StatementTimeout: patience})
	gate := hold(t, uri, 1)
	var callers sync.WaitGroup
	for range 2 {
		callers.Go(func() { ask(t, l, query(`SELECT pg_advisory_xact_lock_shared(1)`)) })
	}
	gate.awaitWaiters(t, 1)
	require.Eventually(t, func() bool { return l.InFlight() == 2 }, patience, time.Millisecond)
	_, err := l.Do(t.Context(), query(`SELECT 1`), nil)
	problem, ok := wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, wire.Overloaded, problem.Code)
	require.Positive(t, problem.RetryAfter)
	gate.open(t)
	callers.Wait()
	ask(t, l, query(`SELECT 1`))
}

func TestOpenTransactionEndsTheLane(t *testing.T) {
	t.Parallel()
	l, err := lane.Open(t.Context(), config(t, dbtest.New(t)), lane.Options{})
	require.NoError(t, err)
	ask(t, l, query(`BEGIN`))
	<-l.Lost()
	_, err = l.Do(t.Context(), query(`SELECT 1`), nil)
	require.ErrorIs(t, err, lane.ErrBroken)
	require.ErrorContains(t, err, "transaction open")
	require.NoError(t, l.Close(t.Context()))
}

func TestCloseWaitsForAnswers(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	l := open(t, uri, lane.Options{StatementTimeout: patience})
	gate := hold(t, uri, 1)
	answer := make(chan error)
	go func() {
		_, err := l.Do(context.Background(), query(`SELECT pg_advisory_xact_lock_shared(1)`), nil)
		answer <- err
	}()
	gate.awaitWaiters(t, 1)
	end := make(chan error)
	go func() { end <- l.Close(context.Background()) }()
	require.Eventually(t, func() bool {
		// Until the lane is closing, this one would wait behind the other.
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		_, err := l.Do(ctx, query(`SELECT 1`), nil)
		problem, ok := wire.AsProblem(err)
		return ok && problem.Code == wire.ShuttingDown
	}, patience, time.Millisecond)
	gate.open(t)
	require.NoError(t, <-answer)
	require.NoError(t, <-end)
	require.NoError(t, l.Close(context.Background()))
}

func TestCloseGivesUp(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	l := open(t, uri, lane.Options{StatementTimeout: patience})
	gate := hold(t, uri, 1)
	answer := make(chan error)
	go func() {
		_, err := l.Do(context.Background(), query(`SELECT pg_advisory_xact_lock_shared(1)`), nil)
		answer <- err
	}()
	gate.awaitWaiters(t, 1)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, l.Close(ctx), context.Canceled)
	require.ErrorIs(t, <-answer, lane.ErrBroken)
}

func TestOpenFails(t *testing.T) {
	t.Parallel()
	cfg := config(t, dbtest.New(t))
	cfg.Database = "nowhere"
	_, err := lane.Open(t.Context(), cfg, lane.Options{})
	require.Equal(t, "3D000", sqlState(t, err))
}
