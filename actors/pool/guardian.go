package pool

import (
	"context"
	"reflect"
	"time"

	"athena/actors"
	"athena/persistence/gatewaydb"
	"athena/wire"

	"github.com/asynkron/protoactor-go/actor"
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
	// Config is what an operator set for the client, nil for nothing.
	Config *wire.ClientConfig
}

// sameAs reports whether a guardian has nothing to do about the difference.
func (t *Target) sameAs(other *Target) bool {
	return t.URI == other.URI && reflect.DeepEqual(t.resilience(), other.resilience()) && t.Frozen == other.Frozen && (t.Broken == nil) == (other.Broken == nil)
}

func (t *Target) resilience() *wire.ResilienceConfig {
	if t.Config == nil {
		return nil
	}
	return t.Config.Resilience
}

// Messages of a guardian.
type (
	// open asks for the way into the database. uri is that of a direct database,
	// which stands in no catalog.
	open struct {
		actors.For[*Pool]
		uri string
	}
	// configure tells that the client's catalog entry changed.
	configure struct{ target Target }
	// opened is the outcome of a connect that one life of the actor began.
	opened struct {
		by     *guardian
		uri    string
		limits limits
		store  *gatewaydb.Store
		err    error
	}
	// retry follows up on an address that could not be opened.
	retry struct{}
)

const (
	// openTimeout bounds one opening, with reading a schema of tens of thousands of tables.
	openTimeout = time.Minute
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
	// catalogued says that the target stands in the catalog.
	catalogued bool
	successor  func(context.Context) (*Pool, error)

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
	case retry:
		g.follow(c)
	case *actor.Restarting, *actors.Stopping:
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
	g.catchUp(c, m)
	switch {
	case g.pool != nil:
		m.Reply(g.pool)
	case g.target.Broken != nil:
		m.Fail(g.broken())
	case g.failure != nil && time.Now().Before(g.retryAt):
		m.Fail(g.unreachable())
	default:
		g.waiting = append(g.waiting, m)
		g.connect(c)
	}
}

// catchUp takes up what the catalog says now: a change that came while this actor
// was being started was told to nobody.
func (g *guardian) catchUp(c actors.Context, m *open) {
	if !g.catalogued {
		g.target.URI = m.uri
		g.successor = func(ctx context.Context) (*Pool, error) { return g.clients.Direct(ctx, m.uri) }
	} else if now := g.clients.targetOf(g.target.Name); !now.sameAs(&g.target) {
		g.configure(c, now)
	}
}

func (g *guardian) broken() error {
	if problem, ok := wire.AsProblem(g.target.Broken); ok && problem.Code == wire.ClientUnknown {
		return problem
	}
	return wire.Fail(wire.BackendUnavailable, "the address of the client %s is not known to this server", g.target.Name).Because(g.target.Broken)
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
	uri, l, self, system := g.target.URI, g.limits(), c.Self(), g.clients.system
	go func() {
		ctx, cancel := context.WithTimeout(context.Background(), openTimeout)
		defer cancel()
		store, err := gatewaydb.Open(ctx, uri, l.options)
		system.Send(self, opened{g, uri, l, store, err})
	}()
}

func (g *guardian) take(c actors.Context, m opened) {
	if m.by != g { // asked for by a life that has ended
		g.drop(m)
		return
	}
	g.opening = false
	if m.uri != g.target.URI || !m.limits.equal(g.limits()) { // it changed meanwhile
		g.drop(m)
		g.follow(c)
		return
	}
	g.tell(m.err)
	if m.err != nil {
		g.fail(c, m.err)
		return
	}
	g.failure, g.pause = nil, 0
	g.install(g.tenancyOf(&m))
	for _, w := range g.waiting {
		w.Reply(g.pool)
	}
	g.waiting = nil
}

// tell has noted how opening went. A failure counts when a request waited for it,
// not when an address is tried again while the one before still serves.
func (g *guardian) tell(err error) {
	if !g.catalogued || g.clients.config.Loaded == nil || (err != nil && len(g.waiting) == 0) {
		return
	}
	target := g.target
	g.clients.closing.Go(func() { g.clients.config.Loaded(&target, err) })
}

func (g *guardian) drop(m opened) {
	if m.store != nil {
		g.clients.discard(g.tenancyOf(&m))
	}
}

func (g *guardian) tenancyOf(m *opened) *tenancy {
	return newTenancy(g.target.Name, m.uri, m.store, &m.limits)
}

// limits are those that the client has now.
func (g *guardian) limits() limits { return limitsOf(g.options, g.limit, g.target.Config) }

// current reports whether a database is open as the client has it now.
func (g *guardian) current() bool {
	t := g.pool.tenancy.Load()
	return t.uri == g.target.URI && t.limits.equal(g.limits())
}

// install puts an open database into the pool; the one before serves those who
// use it to the end.
func (g *guardian) install(t *tenancy) {
	if g.pool != nil {
		g.clients.discard(g.pool.tenancy.Swap(t))
		return
	}
	g.pool = newPool(g.target.Name, t, g.successor)
	g.pool.frozen.Store(g.target.Frozen)
	g.clients.publish(g.target.Name, g.pool)
}

// follow goes on to where the target leads by now.
func (g *guardian) follow(c actors.Context) {
	switch {
	case g.target.Broken != nil:
		g.dismiss(g.broken())
	case !g.catalogued && g.pool == nil && !g.opening && len(g.waiting) == 0:
		g.clients.direct.Retire(g.target.Name) // bad addresses must not use up the room for good ones
	case len(g.waiting) > 0 || (g.pool != nil && !g.current()):
		g.connect(c)
	}
}

// dismiss answers who waits with an error.
func (g *guardian) dismiss(err error) {
	for _, w := range g.waiting {
		w.Fail(err)
	}
	g.waiting = nil
}

func (g *guardian) fail(c actors.Context, err error) {
	g.failure = err
	g.pause = min(max(2*g.pause, firstRetry), lastRetry)
	g.retryAt = time.Now().Add(g.pause)
	g.clients.system.Log().Warn("client cannot be opened", "client", g.target.Name, "error", err, "retry_in", g.pause)
	g.dismiss(g.unreachable())
	if g.pool != nil || !g.catalogued { // nobody else will see to it
		g.clients.system.After(g.pause, c.Self(), retry{})
	}
}

// configure takes up a changed entry. A new address, or the old one with new
// limits, is opened while the one before still serves; an address that is not known any more serves nobody.
func (g *guardian) configure(c actors.Context, target Target) {
	moved := target.URI != g.target.URI || !reflect.DeepEqual(target.resilience(), g.target.resilience())
	g.target = target
	if target.Broken != nil {
		g.close()
	}
	if g.pool != nil {
		g.pool.frozen.Store(target.Frozen)
		if target.Frozen {
			g.pool.tenancy.Load().store.Forget()
		}
	}
	if moved {
		g.failure, g.pause = nil, 0
		g.follow(c)
	}
}

// stop ends one life of the actor: the next one begins with nothing.
func (g *guardian) stop() {
	g.dismiss(wire.Fail(wire.ShuttingDown, "the client %s is being closed", g.target.Name).After(time.Second))
	g.close()
}

func (g *guardian) close() {
	if g.pool != nil {
		t := g.pool.retire()
		t.store.Forget()
		g.clients.withdraw(g.target.Name, g.pool)
		g.clients.discard(t)
		g.pool = nil
	}
}
