// Package window lets single-row inserts of many callers share commits. There is
// one actor for each client, table, set of columns and delay. Without a delay,
// what arrives while a batch commits goes next, as one statement; with one, rows
// wait until the oldest of them has waited that long, or until the batch is full.
//
// Sharing cannot be seen but by the speed: every caller is answered after the
// commit, with the row and the errors that it would have had alone. A row that is
// refused never fails its neighbours: the batch is split until the bad row stands
// alone. No row waits for a stranger's lock beyond a moment: a batch that meets
// one is stored row by row. What cannot be shared goes alone, at once.
//
// A row without delay whose caller leaves before its batch begins is not stored.
// A row with a delay was accepted when it came, and is stored whatever becomes of
// its caller; so is everything that waits when the windows are drained. Rows that
// have not been answered are not promised to survive the process.
package window

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"athena/actors"
	"athena/actors/pool"
	"athena/persistence/gatewaydb"
	"athena/wire"
)

// Longest is the longest delay that a caller may ask for.
const Longest = time.Minute

// Config says how inserts are shared. Zero values take the defaults.
type Config struct {
	// Alone stores every row that asks for no delay alone.
	Alone bool
	// Cap is how many rows one batch takes; default 512.
	Cap int
	// Bytes is about how large the values of one batch may be; default 4 MiB.
	Bytes int
	// Queue is how many rows may wait at one window; default 16384.
	Queue int64
	// Client gives what is set for the inserts of one client, nil for nothing; it
	// counts before the rest. It is asked for every insert.
	Client func(client string) *wire.InsertConfig
	// Idle is how long an unused window is kept; default one minute.
	Idle time.Duration
}

func (c Config) withDefaults() Config {
	c.Cap = cmp.Or(c.Cap, 512)
	c.Bytes = cmp.Or(c.Bytes, 4<<20)
	c.Queue = cmp.Or(c.Queue, 16<<10)
	c.Idle = cmp.Or(c.Idle, time.Minute)
	return c
}

// set is what an operator set for a client's inserts.
func (c *Config) set(client string) *wire.InsertConfig {
	if c.Client == nil {
		return nil
	}
	return c.Client(client)
}

// rule says how long a row of a client waits for others, or that it goes alone.
// What its caller asks for counts before what is set for the client.
func (c *Config) rule(client string, asked time.Duration) (delay time.Duration, alone bool) {
	alone = c.Alone
	if set := c.set(client); set != nil {
		if set.Share != nil {
			alone = !*set.Share
		}
		if asked == 0 && !alone && set.WindowMS != nil {
			asked = time.Duration(*set.WindowMS) * time.Millisecond
		}
	}
	return asked, alone && asked == 0
}

// cap is how many rows one batch of a client takes.
func (c *Config) cap(client string) int {
	if set := c.set(client); set != nil && set.BatchCap != nil {
		return *set.BatchCap
	}
	return c.Cap
}

// key names one window.
type key struct {
	client string
	group  string // table and columns
	delay  time.Duration
}

// Windows are the windows of all clients.
type Windows struct {
	config Config
	system *actors.System
	family *actors.Family[key]
	late   sync.WaitGroup // batches that outlive their window

	gate     sync.Mutex // orders what comes before a draining
	draining bool
	accepted sync.WaitGroup // rows with a delay that have no answer yet
}

// New starts the family of windows.
func New(system *actors.System, config Config) *Windows {
	w := &Windows{config: config.withDefaults(), system: system}
	policy := actors.Policy{Queue: w.config.Queue, Idle: w.config.Idle}
	w.family = actors.NewFamily(system, "insert window", policy, func(k key) actors.Actor {
		return &batcher{windows: w, client: k.client, delay: k.delay}
	})
	return w
}

// Run runs a statement; an insert that may share goes together with others. delay
// is how long its row may wait for them; zero asks for none. Without windows, a nil
// w, every statement goes alone.
func (w *Windows) Run(ctx context.Context, p *pool.Pool, st *gatewaydb.Statement, delay time.Duration) (gatewaydb.Result, error) {
	if w == nil || !st.Shareable() || gatewaydb.Alone(ctx) {
		return p.Run(ctx, st)
	}
	delay, alone := w.config.rule(p.Client(), delay)
	if alone {
		return p.Run(ctx, st)
	}
	r := &row{statement: st}
	if delay == 0 {
		return w.ask(ctx, p, r, delay)
	}
	return w.askAnyway(ctx, p, r, delay)
}

func (w *Windows) ask(ctx context.Context, p *pool.Pool, r *row, delay time.Duration) (gatewaydb.Result, error) {
	return pool.Admit(ctx, p, func(store *gatewaydb.Store) (gatewaydb.Result, error) {
		r.store = store
		return actors.Ask(ctx, w.family, key{p.Client(), r.statement.Group(), delay}, r)
	})
}

// askAnyway has the row stored even if its caller leaves: until then it counts as
// a request that keeps the client's database open.
func (w *Windows) askAnyway(ctx context.Context, p *pool.Pool, r *row, delay time.Duration) (gatewaydb.Result, error) {
	type answer struct {
		result gatewaydb.Result
		err    error
	}
	answered := make(chan answer, 1)
	r.deadline, _ = ctx.Deadline()
	if !w.accept() {
		return gatewaydb.Result{}, wire.Fail(wire.ShuttingDown, "no new row is taken").After(time.Second)
	}
	go func() {
		defer w.accepted.Done()
		result, err := w.keep(context.WithoutCancel(ctx), p, r, delay)
		answered <- answer{result, err}
	}()
	select {
	case a := <-answered:
		return a.result, a.err
	case <-ctx.Done():
		return gatewaydb.Result{}, wire.Expired(ctx)
	}
}

// accept counts a row among those that Drain waits for, unless it has begun.
func (w *Windows) accept() bool {
	w.gate.Lock()
	defer w.gate.Unlock()
	if !w.draining {
		w.accepted.Add(1)
	}
	return !w.draining
}

// keep stores a row that was accepted. One that comes to its window when that has been
// drained is stored alone.
func (w *Windows) keep(ctx context.Context, p *pool.Pool, r *row, delay time.Duration) (gatewaydb.Result, error) {
	result, err := w.ask(ctx, p, r, delay)
	if problem, ok := wire.AsProblem(err); !ok || problem.Code != wire.ShuttingDown || r.taken {
		return result, err
	}
	ctx, cancel := context.WithTimeout(ctx, longest)
	defer cancel()
	return p.Run(ctx, r.statement)
}

// Delay reads the header X-Athena-Insert-Window: whole milliseconds, of which more
// than Longest count as that. Anything else is no delay.
func Delay(header string) time.Duration {
	ms, err := strconv.ParseUint(strings.TrimSpace(header), 10, 32)
	if err != nil {
		return 0
	}
	return min(time.Duration(ms)*time.Millisecond, Longest)
}

// Len counts the open windows.
func (w *Windows) Len() int { return w.family.Len() }

// Drain has everything stored and answered that was taken, and takes no more.
func (w *Windows) Drain(ctx context.Context) error {
	w.gate.Lock()
	w.draining = true
	w.gate.Unlock()
	if err := w.family.Drain(ctx); err != nil {
		return err
	}
	done := make(chan struct{})
	go func() { w.late.Wait(); w.accepted.Wait(); close(done) }()
	select {
	case <-done:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("drain insert windows: %w", ctx.Err())
	}
}
