package pool

import (
	"context"
	"time"

	"athena/actors"
	"athena/persistence/gatewaydb"
	"athena/wire"
)

// Target is a client as the catalog has it.
type Target struct {
	Name string
	// URI is the whole address; it is a secret.
	URI      string
	Frozen   bool
	Inactive bool
	// Broken says why the address cannot be known, such as an environment
	// variable that is not set.
	Broken error
	Record wire.AthenaClient
}

// Messages of a guardian.
type (
	// open asks for the way into the database.
	open struct{ actors.For[*Pool] }
	// configure tells that the client's catalog entry changed.
	configure struct{ target Target }
	opened    struct {
		uri   string
		store *gatewaydb.Store
		err   error
	}
)

const (
	openTimeout = 15 * time.Second
	// firstRetry and lastRetry bound the pause after an address that could not
	// be opened; it doubles with each failure.
	firstRetry = 200 * time.Millisecond
	lastRetry  = 10 * time.Second
	closeGrace = 30 * time.Second
)

// guardian is the actor of one client. Its fields belong to its mailbox.
type guardian struct {
	clients *Clients
	options gatewaydb.Options
	limit   int64
	idle    time.Duration

	target  Target
	pool    *Pool
	opening bool
	waiting []*open
	failure error
	retryAt time.Time
	pause   time.Duration
}

// Receive never waits: connecting and closing run beside it.
func (g *guardian) Receive(c actors.Context) {
	switch m := c.Message().(type) {
	case *open:
		g.answer(c, m)
	case configure:
		g.configure(c, m.target)
	case opened:
		g.take(c, m)
	case *actors.Stopping:
		g.stop()
	}
}

// Quiet lets a client go that nobody has used for the idle time.
func (g *guardian) Quiet() bool {
	if g.opening {
		return false
	}
	return g.pool == nil || time.Now().UnixNano()-g.pool.lastUsed.Load() > int64(g.idle)
}

func (g *guardian) answer(c actors.Context, m *open) {
	switch {
	case g.pool != nil:
		m.Reply(g.pool)
	case g.target.Broken != nil:
		m.Fail(wire.Fail(wire.BackendUnavailable, "the address of the client %s is not known to this server", g.target.Name).Because(g.target.Broken))
	case g.failure != nil && time.Now().Before(g.retryAt):
		m.Fail(g.unreachable())
	default:
		g.waiting = append(g.waiting, m)
		g.connect(c)
	}
}

func (g *guardian) unreachable() error {
	if problem, ok := wire.AsProblem(g.failure); ok && problem.Code.Status != 503 {
		return wire.Fail(wire.BackendUnavailable, "the database of the client %s cannot be opened: %s", g.target.Name, problem.Detail).After(g.pause).Because(g.failure)
	}
	return wire.Fail(wire.BackendUnavailable, "the database of the client %s cannot be reached", g.target.Name).After(g.pause).Because(g.failure)
}

func (g *guardian) connect(c actors.Context) {
	if g.opening {
		return
	}
	g.opening = true
	uri, options, self, system := g.target.URI, g.options, c.Self(), g.clients.system
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
		defer cancel()
		store, err := gatewaydb.Open(ctx, uri, options)
		system.Send(self, opened{uri, store, err})
	}()
}

func (g *guardian) take(c actors.Context, m opened) {
	g.opening = false
	if m.uri != g.target.URI { // the address changed meanwhile
		g.clients.discard(m.store)
		g.connect(c)
		return
	}
	if m.err != nil {
		g.fail(m.err)
		return
	}
	g.failure, g.pause = nil, 0
	if g.pool == nil {
		g.pool = newPool(g.target.Name, g.limit, m.store)
		g.pool.frozen.Store(g.target.Frozen)
		g.clients.publish(g.target.Name, g.pool)
	} else {
		g.clients.discard(g.pool.store.Swap(m.store))
	}
	for _, w := range g.waiting {
		w.Reply(g.pool)
	}
	g.waiting = nil
}

func (g *guardian) fail(err error) {
	g.failure = err
	g.pause = min(max(2*g.pause, firstRetry), lastRetry)
	g.retryAt = time.Now().Add(g.pause)
	g.clients.system.Log().Warn("client cannot be opened", "client", g.target.Name, "error", err, "retry_in", g.pause)
	for _, w := range g.waiting {
		w.Fail(g.unreachable())
	}
	g.waiting = nil
}

// configure takes up a changed entry. A new address is opened while the old one
// still serves.
func (g *guardian) configure(c actors.Context, target Target) {
	moved := target.URI != g.target.URI
	g.target = target
	if g.pool != nil {
		g.pool.frozen.Store(target.Frozen)
	}
	if moved {
		g.failure, g.pause = nil, 0
		if g.pool != nil {
			g.connect(c)
		}
	}
}

func (g *guardian) stop() {
	for _, w := range g.waiting {
		w.Fail(wire.Fail(wire.ShuttingDown, "the client %s is being closed", g.target.Name).After(time.Second))
	}
	if g.pool != nil {
		g.pool.closed.Store(true)
		g.clients.withdraw(g.target.Name, g.pool)
		g.clients.discard(g.pool.store.Load())
	}
}
