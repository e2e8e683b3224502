package lane

import (
	"context"
	"fmt"
	"math"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"athena/persistence/rowjson"
	"athena/wire"
)

// Options set the limits of a lane. The zero value is a sensible lane.
type Options struct {
	// Types finds the encoders. It is asked for every statement, so that it may
	// give others after a change of the schema. Without it only built-in types
	// are known.
	Types func() *rowjson.Types
	// Statements is how many prepared statements the connection keeps; 500
	// where it is zero.
	Statements int
	// StatementTimeout is the server's limit for one statement; 2 s where it is
	// zero, none where it is negative.
	StatementTimeout time.Duration
	// MaxInFlight is how many statements may be waiting for their answer; 1000
	// where it is zero.
	MaxInFlight int
	// Silence is how long the server may say nothing while a statement waits
	// until the connection counts as lost. Where it is zero it is the statement
	// time-out and 5 s; without a time-out there is no limit either.
	Silence time.Duration

	// writes lets the statements write; without it the session is read-only.
	// lockTimeout is the server's limit for the wait for one lock, zero for none.
	writes      bool
	lockTimeout time.Duration
	// freed is told when calls have ended; nil for nobody.
	freed func(*Lane)
}

// DefaultMaxBytes bounds an answer on a lane whose query sets no bound.
const DefaultMaxBytes = 8 << 20

func (o Options) withDefaults() Options {
	if o.Types == nil {
		builtin := rowjson.Builtin()
		o.Types = func() *rowjson.Types { return builtin }
	}
	if o.Statements <= 0 {
		o.Statements = 500
	}
	if o.StatementTimeout == 0 {
		o.StatementTimeout = 2 * time.Second
	}
	if o.MaxInFlight <= 0 {
		o.MaxInFlight = 1000
	}
	if o.Silence == 0 && o.StatementTimeout > 0 {
		o.Silence = o.StatementTimeout + 5*time.Second
	}
	return o
}

// Lane is one connection shared by many callers. It is safe for concurrent use.
type Lane struct {
	conn net.Conn
	opts Options
	// canceller knows how to reach the server for a cancellation; it never reads
	// from the connection, nor writes.
	canceller *pgconn.PgConn

	mu       sync.Mutex
	out      []byte  // messages that are not written yet
	waiting  []*call // whose answers the reader has not come to yet, in order
	prepared *statements
	err      error // why no more calls are taken
	settled  bool  // drained is closed
	loss     error // why the connection ended
	sent     int64 // calls so far, on a lane for writes

	inFlight atomic.Int64
	finished atomic.Int64  // calls whose answer is complete, on a lane for writes
	heard    atomic.Int64  // when the server last spoke, or a call found the lane idle
	wake     chan struct{} // there is something to write
	drained  chan struct{} // nothing is in flight and no more calls are taken
	stop     chan struct{} // the connection is lost or closed
	done     sync.WaitGroup
}

// Open connects a lane. The configuration's own session settings stay, apart from
// those a lane rests on; ctx bounds the connecting alone.
func Open(ctx context.Context, cfg *pgconn.Config, opts Options) (*Lane, error) {
	opts = opts.withDefaults()
	conn, err := pgconn.ConnectConfig(ctx, sessionConfig(cfg, opts))
	if err != nil {
		return nil, fmt.Errorf("lane: %w", err)
	}
	if err := conn.SyncConn(ctx); err != nil {
		return nil, fmt.Errorf("lane: sync: %w", err)
	}
	hijacked, err := conn.Hijack()
	if err != nil {
		return nil, fmt.Errorf("lane: hijack: %w", err)
	}
	canceller, err := pgconn.Construct(hijacked)
	if err != nil {
		return nil, fmt.Errorf("lane: %w", err)
	}
	l := &Lane{
		conn:      hijacked.Conn,
		opts:      opts,
		canceller: canceller,
		prepared:  newStatements(opts.Statements),
		wake:      make(chan struct{}, 1),
		drained:   make(chan struct{}),
		stop:      make(chan struct{}),
	}
	l.done.Go(l.write)
	l.done.Go(l.watch)
	l.done.Go(l.read)
	return l, nil
}

func sessionConfig(cfg *pgconn.Config, opts Options) *pgconn.Config {
	cfg = cfg.Copy()
	if cfg.RuntimeParams == nil {
		cfg.RuntimeParams = map[string]string{}
	}
	rowjson.Session(cfg.RuntimeParams)
	cfg.RuntimeParams["application_name"] = "athena lane"
	if opts.writes {
		cfg.RuntimeParams["application_name"] += ", writes"
	} else {
		cfg.RuntimeParams["default_transaction_read_only"] = "on"
	}
	limit := func(name string, after time.Duration) {
		if after > 0 {
			cfg.RuntimeParams[name] = strconv.FormatInt(max(1, after.Milliseconds()), 10)
		}
	}
	limit("statement_timeout", opts.StatementTimeout)
	limit("lock_timeout", opts.lockTimeout)
	return cfg
}

func (l *Lane) lastHeard() time.Time { return time.Unix(0, l.heard.Load()) }

// InFlight tells how many statements are waiting for their answer.
func (l *Lane) InFlight() int { return int(l.inFlight.Load()) }

// Lost is closed when the connection is lost or closed.
func (l *Lane) Lost() <-chan struct{} { return l.stop }

// Err tells why the connection was lost; nil while it lives.
func (l *Lane) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.loss
}

func (l *Lane) isLost() bool {
	select {
	case <-l.stop:
		return true
	default:
		return false
	}
}

// Do runs a query and appends its answer to dst. The buffer belongs to the lane
// until Do returns, and for good when Do fails: a caller that gives up leaves the
// answer to be written behind its back.
//
// An error of the server comes back as it is, a *pgconn.PgError; one of the
// context likewise; everything else is a wire.Problem (see ErrBroken and
// ErrTooLarge).
func (l *Lane) Do(ctx context.Context, q Query, dst []byte) (Result, error) {
	return do(ctx, l, q, dst)
}

// take queues the messages of a call and the call itself.
func (l *Lane) take(c *call) error {
	if len(c.args) > math.MaxUint16 {
		return wire.Fail(wire.InvalidRequest, "a statement takes at most %d parameters", math.MaxUint16)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	if l.InFlight() >= l.opts.MaxInFlight {
		return overloaded(l.opts.MaxInFlight)
	}
	if l.inFlight.Add(1) == 1 {
		l.heard.Store(time.Now().UnixNano())
	}
	if l.opts.writes {
		l.sent++
		c.lane, c.place, c.since = l, l.sent, time.Now()
	}
	c.statement = l.prepare(c.plan.SQL)
	l.out = appendRun(l.out, c.statement.name, c.args)
	l.waiting = append(l.waiting, c)
	select {
	case l.wake <- struct{}{}:
	default:
	}
	return nil
}

// prepare finds the statement or queues the messages that make it. Those that
// bind it may follow at once, for the server takes them in order.
func (l *Lane) prepare(sql string) *statement {
	if st := l.prepared.find(sql); st != nil {
		return st
	}
	st := l.prepared.add(sql)
	if old := l.prepared.evict(); old != nil {
		l.out = appendClose(l.out, old.name)
	}
	l.out = appendPrepare(l.out, st.name, sql)
	return st
}

// forget gives up a statement that does not serve any more.
func (l *Lane) forget(st *statement, exists bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.prepared.drop(st) && exists {
		l.out = appendClose(l.out, st.name)
	}
}

// Close takes no more calls, waits for the answers that are due, or until ctx
// ends, and closes the connection.
func (l *Lane) Close(ctx context.Context) error {
	l.refuse(closed())
	var err error
	select {
	case <-l.drained:
	case <-l.stop:
	case <-ctx.Done():
		err = fmt.Errorf("lane: close with %d in flight: %w", l.InFlight(), ctx.Err())
	}
	l.hangUp()
	l.done.Wait()
	return err
}

// refuse makes err the answer to further calls.
func (l *Lane) refuse(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
		l.settle()
	}
}

// settle tells Close when it need not wait any longer. It runs under the lock,
// whenever either of its conditions comes true.
func (l *Lane) settle() {
	if l.err != nil && l.InFlight() == 0 && !l.settled {
		l.settled = true
		close(l.drained)
	}
}

// landed counts a call that is about to be answered.
func (l *Lane) landed() {
	if l.inFlight.Add(-1) > 0 {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.settle()
}

// hangUp says good-bye to the server. A connection that cannot take even that is
// none, so it does not matter whether the message arrives.
func (l *Lane) hangUp() {
	_ = l.conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	_, _ = l.conn.Write([]byte{'X', 0, 0, 0, 4})
	_ = l.conn.Close()
}
