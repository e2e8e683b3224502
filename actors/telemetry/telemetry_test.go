package telemetry

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"athena/actors"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

// ledger is a store that a test can hold up and make fail.
type ledger struct {
	mu         sync.Mutex
	requests   []*wire.RequestLog
	operations []*wire.OperationLog
	writes     int
	failure    error
	panics     bool

	begun chan struct{} // where not nil, receives at the begin of each write
	hold  chan struct{} // where not nil, each write waits for it
}

// Write keeps the rows.
func (l *ledger) Write(_ context.Context, requests []*wire.RequestLog, operations []*wire.OperationLog) error {
	if l.begun != nil {
		l.begun <- struct{}{}
		<-l.hold
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.writes++
	if l.panics {
		panic("the store is broken")
	}
	if l.failure != nil {
		return l.failure
	}
	l.requests, l.operations = append(l.requests, requests...), append(l.operations, operations...)
	return nil
}

func (l *ledger) count() (requests, operations, writes int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.requests), len(l.operations), l.writes
}

func newWriter(t *testing.T, store Store, log *slog.Logger) *Writer {
	t.Helper()
	system := actors.NewSystem(log)
	w, err := New(t.Context(), system, store)
	require.NoError(t, err)
	t.Cleanup(system.Shutdown)
	return w
}

var quiet = slog.New(slog.DiscardHandler)

func record(w *Writer, n int) {
	for range n {
		w.Record(&wire.RequestLog{RequestID: "r"}, &wire.OperationLog{RequestID: "r"})
	}
}

func TestFlushWritesEverythingBeforeIt(t *testing.T) {
	t.Parallel()
	store := &ledger{}
	w := newWriter(t, store, quiet)
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range 500 {
				var operation *wire.OperationLog
				if i%2 == 0 {
					operation = &wire.OperationLog{}
				}
				w.Record(&wire.RequestLog{}, operation)
			}
		})
	}
	all.Wait()
	require.NoError(t, w.Flush(t.Context()))
	requests, operations, _ := store.count()
	require.Equal(t, []int{4000, 2000}, []int{requests, operations})
	require.Zero(t, w.Waiting())
	require.Zero(t, w.Dropped())
}

func TestRowsAreWrittenUnasked(t *testing.T) {
	t.Parallel()
	store := &ledger{}
	w := newWriter(t, store, quiet)
	record(w, 3)
	require.Eventually(t, func() bool { return w.Waiting() == 0 }, time.Minute, 5*time.Millisecond)
	requests, _, writes := store.count()
	require.Equal(t, []int{3, 1}, []int{requests, writes}, "together")
}

func TestBufferIsBoundedAndDropsAreCounted(t *testing.T) {
	t.Parallel()
	store := &ledger{begun: make(chan struct{}, 1), hold: make(chan struct{})}
	w := newWriter(t, store, quiet)
	record(w, 1)
	<-store.begun // the interval has passed: from here on the store is stuck
	const over = 123
	record(w, capacity-1+over)
	require.EqualValues(t, over, w.Dropped())
	require.EqualValues(t, capacity, w.Waiting())
	close(store.hold)
	go func() {
		for range store.begun { // later writes go through
		}
	}()
	require.NoError(t, w.Flush(t.Context()))
	requests, _, _ := store.count()
	require.Equal(t, capacity, requests)
	require.Zero(t, w.Waiting(), "there is room again")
}

func TestFailedWriteIsCountedAndForgotten(t *testing.T) {
	t.Parallel()
	for name, store := range map[string]*ledger{"error": {failure: errors.New("down")}, "panic": {panics: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWriter(t, store, quiet)
			record(w, 7)
			require.NoError(t, w.Flush(t.Context()))
			require.EqualValues(t, 7, w.Dropped())
			require.Zero(t, w.Waiting())

			store.mu.Lock()
			store.failure, store.panics = nil, false
			store.mu.Unlock()
			record(w, 2)
			require.NoError(t, w.Flush(t.Context()))
			requests, _, _ := store.count()
			require.Equal(t, 2, requests)
		})
	}
}

func TestCloseWritesWhatWaits(t *testing.T) {
	t.Parallel()
	store := &ledger{}
	w := newWriter(t, store, quiet)
	record(w, 10)
	require.NoError(t, w.Close(t.Context()))
	requests, _, _ := store.count()
	require.Equal(t, 10, requests)
	record(w, 4)
	require.EqualValues(t, 4, w.Dropped(), "what comes later is counted")
	require.Zero(t, w.Waiting())
}

func TestFlushEndsWithItsCaller(t *testing.T) {
	t.Parallel()
	store := &ledger{begun: make(chan struct{}, 1), hold: make(chan struct{})}
	w := newWriter(t, store, quiet)
	defer close(store.hold)
	record(w, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-store.begun
		cancel()
	}()
	require.Error(t, w.Flush(ctx))
}

// explosive panics with the first warning.
type explosive struct {
	slog.Handler
	armed *atomic.Bool
}

func (explosive) Enabled(context.Context, slog.Level) bool { return true }

func (e explosive) Handle(_ context.Context, r slog.Record) error {
	if r.Message == "request log rows dropped" && e.armed.CompareAndSwap(true, false) {
		panic("armed")
	}
	return nil
}

func TestRestartLosesNoCountAndGoesOn(t *testing.T) {
	t.Parallel()
	armed := &atomic.Bool{}
	armed.Store(true)
	store := &ledger{failure: errors.New("down"), begun: make(chan struct{}, 1), hold: make(chan struct{})}
	w := newWriter(t, store, slog.New(explosive{slog.DiscardHandler, armed}))
	record(w, 5)
	<-store.begun // these five are being written, and that will fail
	record(w, 6)
	close(store.hold)
	require.Eventually(t, func() bool { return !armed.Load() }, time.Minute, time.Millisecond)
	go func() {
		for range store.begun {
		}
	}()
	store.mu.Lock()
	store.failure = nil
	store.mu.Unlock()
	record(w, 7)
	require.NoError(t, w.Flush(t.Context()))
	require.Zero(t, w.Waiting(), "no row stays counted as waiting")
	requests, _, _ := store.count()
	require.EqualValues(t, 5+6+7, int64(requests)+w.Dropped(), "each row is written or counted as dropped")
	require.GreaterOrEqual(t, requests, 7)
}
