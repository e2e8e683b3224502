package pool_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"athena/actors/pool"
	"athena/persistence/dbtest"

	"github.com/stretchr/testify/require"
)

func TestTwoClientsNeverSeeEachOther(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pool.Config{}, pool.Target{Name: "red", URI: holder(t, "red")}, pool.Target{Name: "blue", URI: holder(t, "blue")})
	var all sync.WaitGroup
	for i := range 64 {
		all.Go(func() {
			name := []string{"red", "blue"}[i%2]
			rows, err := w.query(name, "SELECT word FROM holder")
			require.NoError(t, err)
			require.JSONEq(t, fmt.Sprintf(`[{"word":%q}]`, name), rows)
		})
	}
	all.Wait()
	require.Len(t, w.Stats(), 2, "each has one pool, however many ask at once")
	require.True(t, w.Connected("red"))
}

func TestClientsThatCannotBeAsked(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pool.Config{},
		pool.Target{Name: "off", URI: holder(t, "off"), Inactive: true},
		pool.Target{Name: "broken", Broken: errors.New("no such variable")},
		pool.Target{Name: "gone", URI: "postgres://u:hush@127.0.0.1:1/d"},
		pool.Target{Name: "refused", URI: withPassword(t, holder(t, "x"), "hush")},
	)
	for _, tc := range []struct {
		client string
		status int
		says   string
	}{
		{"nobody", 400, "nobody"}, {"off", 503, "switched off"}, {"broken", 503, "not known to this server"},
		{"gone", 503, "cannot be reached"}, {"refused", 503, "cannot be reached"},
	} {
		_, err := w.Get(t.Context(), tc.client)
		p := problem(t, err)
		require.Equal(t, tc.status, p.Code.Status, tc.client)
		require.Contains(t, p.Detail, tc.says)
		require.NotContains(t, err.Error(), "hush")
	}
	_, err := w.Get(t.Context(), "gone")
	require.Positive(t, problem(t, err).RetryAfter)
}

func TestAdmissionIsBounded(t *testing.T) {
	t.Parallel()
	uri := holder(t, "in")
	g := newGate(t, uri)
	w := newWorld(t, pool.Config{MaxInFlight: 3}, pool.Target{Name: "a", URI: uri})
	answers := make(chan string, 3)
	for range 3 {
		go func() {
			rows, err := w.query("a", g.sql())
			answers <- fmt.Sprint(rows, err)
		}()
	}
	g.await(3)
	_, err := w.query("a", "SELECT 1")
	refusal := problem(t, err)
	require.Equal(t, 429, refusal.Code.Status)
	require.Positive(t, refusal.RetryAfter)
	require.EqualValues(t, 1, w.Stats()[0].Refused)
	require.EqualValues(t, 3, w.Stats()[0].InFlight)
	g.open()
	for range 3 {
		require.Equal(t, `[{"word":"in"}]<nil>`, <-answers)
	}
	require.JSONEq(t, `[{"word":"in"}]`, w.word("a"))
	require.Zero(t, w.Stats()[0].InFlight)
}

func TestFrozenClientIsRefusedUntilThawed(t *testing.T) {
	t.Parallel()
	target := pool.Target{Name: "a", URI: holder(t, "in")}
	w := newWorld(t, pool.Config{}, target)
	w.word("a")
	for _, opened := range []string{"while open", "from the start"} {
		target.Frozen = true
		w.set(target)
		require.Eventually(t, func() bool {
			_, err := w.query("a", "SELECT 1")
			return err != nil
		}, patience, pollEvery, opened)
		_, err := w.query("a", "SELECT 1")
		require.Equal(t, 503, problem(t, err).Code.Status)
		require.Contains(t, problem(t, err).Detail, "frozen")
		require.Positive(t, problem(t, err).RetryAfter)
		target.Frozen = false
		w.set(target)
		require.Eventually(t, func() bool {
			_, err := w.query("a", "SELECT 1")
			return err == nil
		}, patience, pollEvery, opened)
	}
}

func TestNewAddressIsTakenUpWithoutFailingAnybody(t *testing.T) {
	t.Parallel()
	old, fresh := holder(t, "old"), holder(t, "new")
	g := newGate(t, old)
	w := newWorld(t, pool.Config{}, pool.Target{Name: "a", URI: old})
	slow := make(chan string, 1)
	go func() {
		rows, err := w.query("a", g.sql())
		slow <- fmt.Sprint(rows, err)
	}()
	g.await(1)

	stop := make(chan struct{})
	var all sync.WaitGroup
	for range 8 { // nobody may notice, whatever moment it happens at
		all.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					w.word("a")
				}
			}
		})
	}
	for range 5 {
		for _, uri := range []string{fresh, old, fresh} {
			w.set(pool.Target{Name: "a", URI: uri})
		}
		require.Eventually(t, func() bool { return w.word("a") == `[{"word":"new"}]` }, patience, pollEvery)
	}
	close(stop)
	all.Wait()
	g.open()
	require.Equal(t, `[{"word":"old"}]<nil>`, <-slow, "a request ends where it began")
	require.Len(t, w.Stats(), 1)
}

func TestNewAddressIsTriedUntilItAnswers(t *testing.T) {
	t.Parallel()
	c, through := newCable(t, holder(t, "new"))
	c.cut()
	w := newWorld(t, pool.Config{}, pool.Target{Name: "a", URI: holder(t, "old")})
	require.JSONEq(t, `[{"word":"old"}]`, w.word("a"))
	w.set(pool.Target{Name: "a", URI: through})
	require.JSONEq(t, `[{"word":"old"}]`, w.word("a"), "the old one serves meanwhile")
	c.plug()
	require.Eventually(t, func() bool { return w.word("a") == `[{"word":"new"}]` }, patience, pollEvery)
}

func TestAddressThatIsLostServesNobody(t *testing.T) {
	t.Parallel()
	target := pool.Target{Name: "a", URI: holder(t, "in")}
	w := newWorld(t, pool.Config{}, target)
	w.word("a")
	w.set(pool.Target{Name: "a", Broken: errors.New("the variable is gone")})
	require.Eventually(t, func() bool {
		_, err := w.query("a", "SELECT 1")
		return err != nil && problem(t, err).Code.Status == 503
	}, patience, pollEvery)
	w.set(target)
	require.JSONEq(t, `[{"word":"in"}]`, w.word("a"))
	w.remove("a")
	require.Eventually(t, func() bool {
		_, err := w.query("a", "SELECT 1")
		return err != nil && problem(t, err).Code.Status == 400
	}, patience, pollEvery)
}

func TestRequestOfARemovedClientIsToldSo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pool.Config{}, pool.Target{Name: "a", URI: holder(t, "in")})
	p, err := w.Get(t.Context(), "a")
	require.NoError(t, err)
	w.remove("a")
	require.Eventually(t, func() bool {
		_, err := query(t, p, "SELECT 1")
		return err != nil && problem(t, err).Code.Status == 400
	}, patience, pollEvery)
}

func TestCircuitOpensAndClosesByItself(t *testing.T) {
	t.Parallel()
	c, through := newCable(t, holder(t, "back"))
	w := newWorld(t, pool.Config{}, pool.Target{Name: "a", URI: through})
	w.word("a")
	c.cut()
	require.Eventually(t, func() bool {
		_, err := w.query("a", "SELECT word FROM holder")
		refusal := problem(t, err)
		require.Equal(t, 503, refusal.Code.Status, "%v", err)
		require.Positive(t, refusal.RetryAfter)
		return w.Stats()[0].Circuit == "open"
	}, patience, pollEvery)
	require.False(t, w.Connected("a"))
	failures := w.Stats()[0].Failures
	_, err := w.query("a", "SELECT 1")
	require.Equal(t, 503, problem(t, err).Code.Status)
	require.LessOrEqual(t, w.Stats()[0].Failures, failures+1, "an open circuit does not ask the database each time")

	c.plug()
	require.Eventually(t, func() bool {
		_, err := w.query("a", "SELECT word FROM holder")
		return err == nil && w.Stats()[0].Circuit == "closed" && w.Connected("a")
	}, patience, pollEvery)
}

func TestClientOutlivesItsServer(t *testing.T) {
	t.Parallel()
	cluster := dbtest.Cluster(t)
	uri := cluster.URI("postgres")
	dbtest.Exec(t, uri, "CREATE TABLE holder (word text); INSERT INTO holder VALUES ('kept')")
	w := newWorld(t, pool.Config{}, pool.Target{Name: "a", URI: uri})
	rows, err := w.query("a", "SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1)::int AS pid")
	require.NoError(t, err)
	var pid int
	_, err = fmt.Sscanf(rows, `[{"pid":%d}]`, &pid)
	require.NoError(t, err)
	require.NoError(t, syscall.Kill(pid, syscall.SIGKILL))
	require.Eventually(t, func() bool {
		rows, err := w.query("a", "SELECT word FROM holder")
		if err != nil {
			require.Equal(t, 503, problem(t, err).Code.Status, "%v", err)
		}
		return rows == `[{"word":"kept"}]`
	}, patience, pollEvery)
}

// explosive panics with the next line that has a text in it, once armed.
type explosive struct {
	slog.Handler
	text  string
	armed *atomic.Bool
}

func (e explosive) Enabled(context.Context, slog.Level) bool { return true }

func (e explosive) Handle(_ context.Context, r slog.Record) error {
	if strings.Contains(r.Message, e.text) && e.armed.CompareAndSwap(true, false) {
		panic("armed")
	}
	return nil
}

func TestGuardianThatPanicsBeginsAnew(t *testing.T) {
	t.Parallel()
	armed := &atomic.Bool{}
	log := slog.New(explosive{slog.DiscardHandler, "client cannot be opened", armed})
	target := pool.Target{Name: "a", URI: holder(t, "alive")}
	w := newWorldWith(t, log, pool.Config{}, target)
	held, err := w.Get(t.Context(), "a")
	require.NoError(t, err)
	w.word("a")
	armed.Store(true)
	w.set(pool.Target{Name: "a", URI: "postgres://u:p@127.0.0.1:1/d"})
	require.Eventually(t, func() bool { return !armed.Load() }, patience, pollEvery)
	w.set(target)
	require.JSONEq(t, `[{"word":"alive"}]`, w.word("a"), "the next request succeeds")
	require.Eventually(t, func() bool {
		p, err := w.Get(t.Context(), "a")
		return err == nil && p != held
	}, patience, pollEvery, "the new life has a pool of its own")
	rows, err := query(t, held, "SELECT word FROM holder")
	require.NoError(t, err, "and so does one that held the pool of the life before")
	require.JSONEq(t, `[{"word":"alive"}]`, rows)
	require.Len(t, w.Stats(), 1)

	target.Frozen = true
	w.set(target)
	require.Eventually(t, func() bool {
		_, err := w.query("a", "SELECT 1")
		return err != nil
	}, patience, pollEvery, "the new life rules the pool that serves")
}

func TestIdlePoolsRetireAndComeBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pool.Config{Idle: 5 * time.Millisecond}, pool.Target{Name: "a", URI: holder(t, "in")})
	for range 3 {
		p, err := w.Get(t.Context(), "a")
		require.NoError(t, err)
		require.Eventually(t, func() bool { return len(w.Stats()) == 0 }, patience, pollEvery)
		rows, err := query(t, p, "SELECT word FROM holder")
		require.NoError(t, err, "a request that came just before is served by the successor")
		require.JSONEq(t, `[{"word":"in"}]`, rows)
		db, err := w.DB(t.Context(), "a")
		require.NoError(t, err)
		require.Eventually(t, func() bool { return len(w.Stats()) == 0 }, patience, pollEvery)
		_, err = db.Exec(t.Context(), "UPDATE holder SET word = word")
		require.NoError(t, err)
	}
}

func TestDirectDatabases(t *testing.T) {
	t.Parallel()
	w := newWorld(t, pool.Config{MaxDirect: 2})
	one, two, three := holder(t, "one"), holder(t, "two"), holder(t, "three")
	for _, uri := range []string{one, one, two} {
		p, err := w.Direct(t.Context(), uri)
		require.NoError(t, err)
		rows, err := query(t, p, "SELECT word FROM holder")
		require.NoError(t, err)
		require.JSONEq(t, map[string]string{one: `[{"word":"one"}]`, two: `[{"word":"two"}]`}[uri], rows)
	}
	require.Len(t, w.Stats(), 2, "one pool for each address")
	for _, s := range w.Stats() {
		require.LessOrEqual(t, s.Max, 4)
		require.NotContains(t, s.ClientName, "postgres", "no address stands in the statistics")
	}
	_, err := w.Direct(t.Context(), three)
	require.Equal(t, 429, problem(t, err).Code.Status)
	require.Positive(t, problem(t, err).RetryAfter)
	_, err = w.For(t.Context(), "", one)
	require.NoError(t, err, "an open one is still served")
}

func TestBadDirectAddresses(t *testing.T) {
	t.Parallel()
	uri := holder(t, "in")
	elsewhere, err := url.Parse(uri)
	require.NoError(t, err)
	elsewhere.Path = "/no_such_database"
	for _, tc := range []struct {
		name, uri string
		status    int
	}{
		{"wrong password", withPassword(t, uri, "hush"), 401},
		{"no such database", elsewhere.String(), 400},
		{"nobody there", "postgres://u:hush@127.0.0.1:1/d", 503},
		{"not parsable", "postgres://u:hush@127.0.0.1:port/d", 503},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, pool.Config{MaxDirect: 1})
			_, err := w.Direct(t.Context(), tc.uri)
			require.Equal(t, tc.status, problem(t, err).Code.Status, "%v", err)
			require.NotContains(t, err.Error(), "hush")
			require.NotContains(t, problem(t, err).Detail, "127.0.0.1")
			require.Eventually(t, func() bool {
				_, err := w.Direct(t.Context(), uri)
				return err == nil
			}, patience, pollEvery, "a bad address does not keep a good one out")
		})
	}
}

func TestAddressCannotTuneThePool(t *testing.T) {
	t.Parallel()
	tuned := holder(t, "in") + "&pool_health_check_period=0s&pool_min_conns=50&pool_max_conns=60"
	w := newWorld(t, pool.Config{}, pool.Target{Name: "a", URI: tuned})
	require.JSONEq(t, `[{"word":"in"}]`, w.word("a"))
	require.Equal(t, 16, w.Stats()[0].Max)
}

func TestTransactionsOfOtherStores(t *testing.T) {
	t.Parallel()
	target := pool.Target{Name: "a", URI: holder(t, "in")}
	w := newWorld(t, pool.Config{}, target)
	db, err := w.DB(t.Context(), "a")
	require.NoError(t, err)
	tx, err := db.Begin(t.Context())
	require.NoError(t, err)
	w.set(pool.Target{Name: "a", URI: holder(t, "other")})
	require.Eventually(t, func() bool { return w.word("a") == `[{"word":"other"}]` }, patience, pollEvery)
	_, err = tx.Exec(t.Context(), "UPDATE holder SET word = 'out'")
	require.NoError(t, err, "a transaction outlives a change of address")
	require.NoError(t, tx.Commit(t.Context()))
}

func withPassword(t *testing.T, uri, password string) string {
	t.Helper()
	u, err := url.Parse(uri)
	require.NoError(t, err)
	u.User = url.UserPassword(u.User.Username(), password)
	return u.String()
}

// TestOutcomeOfOpeningIsTold has every open that a request waited for told once, and
// none of a database that callers name by its address.
func TestOutcomeOfOpeningIsTold(t *testing.T) {
	t.Parallel()
	const lost = "postgres://nobody@127.0.0.1:1/none"
	var mu sync.Mutex
	told := map[string][]bool{}
	outcomes := func(name string) []bool {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(told[name])
	}
	w := newWorld(t, pool.Config{Loaded: func(target *pool.Target, err error) {
		mu.Lock()
		defer mu.Unlock()
		told[target.Name] = append(told[target.Name], err == nil)
	}}, pool.Target{Name: "good", URI: holder(t, "good")}, pool.Target{Name: "bad", URI: lost})
	_, err := w.Direct(t.Context(), lost)
	problem(t, err)
	require.Equal(t, `[{"word":"good"}]`, w.word("good"))
	_, err = w.Get(t.Context(), "bad")
	problem(t, err)
	require.Eventually(t, func() bool { return len(outcomes("bad")) == 1 && len(outcomes("good")) == 1 }, patience, pollEvery)
	w.set(pool.Target{Name: "bad", URI: holder(t, "mended")})
	require.Equal(t, `[{"word":"mended"}]`, w.word("bad"))
	require.Eventually(t, func() bool { return len(outcomes("bad")) == 2 }, patience, pollEvery)
	require.Equal(t, []bool{false, true}, outcomes("bad"))
	require.Equal(t, []bool{true}, outcomes("good"))
	mu.Lock()
	defer mu.Unlock()
	require.Len(t, told, 2)
}
