package live

import (
	"context"
	"sync/atomic"
	"time"

	"athena/actors"
	"athena/persistence/chatdb"

	"github.com/asynkron/protoactor-go/actor"
)

// relay publishes the outbox of one client's database, hears what other nodes
// published, and knows who is connected here. Its fields belong to its mailbox.
type relay struct {
	hub    *Hub
	client string

	users map[user]map[*Follower]struct{}
	stop  context.CancelFunc // of the listening

	listening bool
	entering  []*attach    // wait for it, so that nothing is missed between
	heard     atomic.Int64 // unix nanoseconds of the last notification

	used    time.Time // when it was last of use to anybody here
	poked   bool      // there may be something to publish
	sweep   bool      // the next round looks at all that is unpublished
	pausing bool      // a round begins soon
	running bool
	clean   bool      // the last round found nothing
	last    time.Time // when it began
	pruned  time.Time
	signals []string
	failed  int
}

type user struct{ organization, id string }

// Messages to a relay.
type (
	// rouse starts the relay and pokes it.
	rouse struct{ actors.For[struct{}] }
	// poke says that there may be something to publish.
	poke struct{}
	// attach notes that a follower is connected.
	attach struct {
		actors.For[struct{}]
		follower *Follower
	}
	detach struct{ follower *Follower }
	// signal has other nodes told of a sign.
	signal struct{ text string }
	// round says that a round has ended.
	round struct {
		by        *relay
		published int // transactions
		err       error
	}
	// begin begins a round after a pause.
	begin struct{ by *relay }
	tick  struct{ by *relay }
	// listens says that notifications come in, or that they were waited for long
	// enough.
	listens struct{ by *relay }
	// arrived brings events to users who may not follow their room yet.
	arrived struct{ list []chatdb.Arrival }
)

const (
	// relayBatch is of how many transactions a round publishes the events.
	relayBatch = 200
	// relayLatest is among how many transactions most rounds look for those. One that
	// took longer to commit waits for a round that looks at all, of which there is one
	// with each tick.
	relayLatest = 10 * relayBatch
	pruneEvery  = time.Minute
	// pruneBatch is how many events a round removes. A relay that always removes
	// more than its client adds keeps up.
	pruneBatch = 20_000
	// maxSignals is how many signs may wait; the older ones are worth least.
	maxSignals = 1000
)

// Receive never waits: rounds and listening run elsewhere.
func (r *relay) Receive(c actors.Context) {
	switch m := c.Message().(type) {
	case *actors.Started:
		r.start(c)
	case *rouse:
		r.poked, r.used = true, time.Now()
		m.Reply(struct{}{})
	case poke:
		r.poked, r.used = true, time.Now()
	case *attach:
		r.enter(m)
	case listens:
		if m.by == r {
			r.listening = true
			r.admit()
		}
	case detach:
		r.detach(m.follower)
	case signal:
		r.signals = append(r.signals, m.text)
		r.signals = r.signals[max(0, len(r.signals)-maxSignals):]
	case arrived:
		r.bring(m.list)
	case begin:
		if m.by == r {
			r.begin(c)
		}
		return
	case round:
		if m.by == r {
			r.end(c, m)
		}
	case tick:
		if m.by == r {
			r.poked, r.sweep = true, true
			r.hub.system.After(r.hub.config.Tick, c.Self(), tick{r})
		}
	case *actors.Stopping:
		r.admit()
		r.stop()
		return
	case *actor.Restarting:
		r.handOver()
		return
	}
	r.schedule(c)
}

// Quiet reports whether nobody is connected and nothing is left to publish.
func (r *relay) Quiet() bool {
	return len(r.users) == 0 && !r.running && r.clean && time.Since(r.used) > r.hub.config.Idle
}

func (r *relay) start(c actors.Context) {
	r.users = map[user]map[*Follower]struct{}{}
	r.poked, r.sweep, r.used = true, true, time.Now() // what was left unpublished before
	r.listen(c.Self())
	r.hub.system.After(r.hub.config.Patience, c.Self(), listens{r})
	r.hub.system.After(r.hub.config.Tick, c.Self(), tick{r})
}

// enter attaches a follower, once notifications come in. Where the database is out
// of reach it does not wait for them: they are caught up with when they come.
func (r *relay) enter(m *attach) {
	r.attach(m.follower)
	r.entering = append(r.entering, m)
	if r.listening || r.failed > 0 {
		r.admit()
	}
}

func (r *relay) admit() {
	for _, m := range r.entering {
		m.Reply(struct{}{})
	}
	r.entering = nil
}

func (r *relay) attach(f *Follower) {
	r.used = time.Now()
	of := user{f.by.Organization, f.by.User}
	if r.users[of] == nil {
		r.users[of] = map[*Follower]struct{}{}
	}
	r.users[of][f] = struct{}{}
}

func (r *relay) detach(f *Follower) {
	r.used = time.Now()
	of := user{f.by.Organization, f.by.User}
	delete(r.users[of], f)
	if len(r.users[of]) == 0 {
		delete(r.users, of)
	}
}

// bring gives arrivals to the connected users whom they concern and who do not
// follow the room: those get them from its stream.
func (r *relay) bring(list []chatdb.Arrival) {
	for i := range list {
		b := &Batch{Room: list[i].Room, Events: []chatdb.Event{list[i].Event}}
		for _, id := range list[i].Users {
			for f := range r.users[user{list[i].OrganizationID, id}] {
				if !f.knows(&list[i].Event) {
					f.sink.Send(b)
				}
			}
		}
	}
}

// schedule begins a round where there is reason to, but not too soon after the
// last one: the longer it waits, the more a round carries.
func (r *relay) schedule(c actors.Context) {
	if r.running || r.pausing || (!r.poked && len(r.signals) == 0) {
		return
	}
	pause := r.hub.config.Pace
	if r.failed > 0 {
		pause = backoff(r.failed)
	}
	if wait := pause - time.Since(r.last); wait > 0 {
		r.pausing = true
		r.hub.system.After(wait, c.Self(), begin{r})
		return
	}
	r.begin(c)
}

func (r *relay) begin(c actors.Context) {
	signals, prune := r.signals, r.hub.config.Retention > 0 && time.Since(r.pruned) > pruneEvery
	latest := relayLatest
	if r.sweep {
		latest = 0
	}
	r.pausing, r.poked, r.sweep, r.running, r.signals, r.last = false, false, false, true, nil, time.Now()
	if prune {
		r.pruned = r.last
	}
	self := c.Self()
	r.hub.aside(func(ctx context.Context) {
		m := round{by: r}
		m.published, m.err = r.round(ctx, signals, latest, prune)
		r.hub.system.Send(self, m)
	})
}

// round publishes a part of the outbox, found among the latest transactions or, for 0,
// among all, and what else there is to say.
func (r *relay) round(ctx context.Context, signals []string, latest int, prune bool) (int, error) {
	store, err := r.hub.store(ctx, r.client)
	if err != nil {
		return 0, err
	}
	if len(signals) > 0 {
		if err := store.Signal(ctx, signals); err != nil {
			return 0, err
		}
	}
	published, err := store.Relay(ctx, relayBatch, latest)
	if err == nil && prune {
		_, err = store.Prune(ctx, r.hub.config.Retention, pruneBatch)
	}
	return published, err
}

func (r *relay) end(c actors.Context, m round) {
	r.running = false
	r.clean = m.err == nil && m.published == 0
	if m.err != nil {
		r.failed++
		r.poked, r.sweep = true, true
		r.admit()
		r.hub.log().Warn("chat outbox not relayed", "client", r.client, "error", m.err)
		return
	}
	r.failed = 0
	if m.published == relayBatch { // there is more
		r.poked, r.sweep = true, true
		r.begin(c)
	}
}

// handOver lets the followers attach to the next life of the actor.
func (r *relay) handOver() {
	r.stop()
	r.admit()
	for _, list := range r.users {
		for f := range list {
			r.hub.aside(func(ctx context.Context) { r.hub.ask(ctx, r.client, &attach{follower: f}) })
		}
	}
}
