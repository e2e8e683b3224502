package room

import (
	"context"
	"time"

	"athena/actors"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/asynkron/protoactor-go/actor"
)

// loadTimeout bounds one attempt at reading who belongs to a room.
const loadTimeout = 10 * time.Second

// room is one room's actor. Its fields belong to its mailbox.
type room struct {
	rooms *Rooms
	key   Key

	known    bool             // whether standing was read and is not known to be old
	standing *chatdb.Standing // nil for a room that does not exist
	loading  bool
	asked    []work // came before the load under way began: it decides on them
	waiting  []work // came later, and what is remembered speaks against them
	rates    rates
}

// Messages to a room beside questions.
type (
	// loaded is what a load, begun by one life of the actor, has found.
	loaded struct {
		by       *room
		standing *chatdb.Standing
		err      error
	}
	// committed says that a transaction with work of the room has ended.
	committed struct{ version int64 }
)

// Receive never waits: loads and transactions run elsewhere.
func (r *room) Receive(c actors.Context) {
	switch m := c.Message().(type) {
	case *send:
		if err := r.rates.admit(m.By.User, r.rooms.config.Rate, time.Now()); err != nil {
			m.Fail(err)
			return
		}
		r.take(c, m)
	case work:
		r.take(c, m)
	case *loaded:
		if m.by == r {
			r.judge(c, m)
		}
	case committed:
		r.known = r.known && r.standing != nil && r.standing.Version == m.version
	case *actor.Restarting, *actors.Stopping:
		r.abandon()
	}
}

// Quiet reports whether the room can be forgotten.
func (r *room) Quiet() bool { return !r.loading && len(r.waiting) == 0 }

// take passes work on where what is remembered allows it. Otherwise the work waits
// for a reading of the store that is younger than itself.
func (r *room) take(c actors.Context, w work) {
	if r.admits(w) {
		r.offer(w)
		return
	}
	if len(r.waiting) >= r.rooms.config.Waiting {
		w.Fail(wire.Fail(wire.Overloaded, "too many requests wait at this room").After(time.Second))
		return
	}
	r.waiting = append(r.waiting, w)
	if !r.loading {
		r.load(c)
	}
}

func (r *room) admits(w work) bool {
	return r.known && r.standing.Refuse(w.by(), r.key.Room) == nil
}

func (r *room) offer(w work) {
	r.rooms.committers.Send(r.key.Client, offer{w})
}

// load reads who belongs to the room, for all that wait by now.
func (r *room) load(c actors.Context) {
	r.loading = true
	r.asked, r.waiting = r.waiting, nil
	self, end := c.Self(), latest(r.asked)
	go func() {
		m := &loaded{by: r}
		m.err = guarded(func() error {
			ctx, cancel := context.WithDeadline(context.Background(), end)
			defer cancel()
			return patiently(ctx, func() (err error) {
				m.standing, err = r.rooms.standing(ctx, r.key)
				return err
			})
		})
		r.rooms.system.Send(self, m)
	}()
}

// judge decides on the work that waited for a load.
func (r *room) judge(c actors.Context, m *loaded) {
	r.loading = false
	r.known, r.standing = m.err == nil, m.standing
	for _, w := range r.asked {
		r.decide(w, m.err)
	}
	r.asked = nil
	later := r.waiting
	r.waiting = nil
	for _, w := range later {
		if r.admits(w) {
			r.offer(w)
		} else {
			r.waiting = append(r.waiting, w)
		}
	}
	if len(r.waiting) > 0 {
		r.load(c)
	}
}

func (r *room) decide(w work, failure error) {
	if failure == nil {
		failure = r.standing.Refuse(w.by(), r.key.Room)
	}
	if failure != nil {
		w.Fail(chatdb.Explain(failure))
		return
	}
	r.offer(w)
}

// abandon answers what waits when this life of the actor ends.
func (r *room) abandon() {
	for _, list := range [][]work{r.asked, r.waiting} {
		for _, w := range list {
			w.Fail(wire.Fail(wire.ChatUnavailable, "the room is being restarted").After(time.Second))
		}
	}
	r.asked, r.waiting = nil, nil
}

// standing reads who belongs to a room, and sees to it that the room's committer
// runs.
func (r *Rooms) standing(ctx context.Context, key Key) (*chatdb.Standing, error) {
	ctx, cancel := context.WithTimeout(ctx, loadTimeout)
	defer cancel()
	if _, err := actors.Ask(ctx, r.committers, key.Client, &ready{}); err != nil {
		return nil, err
	}
	db, err := r.databases.DB(ctx, key.Client)
	if err != nil {
		return nil, err
	}
	return chatdb.Store{DB: db}.Standing(ctx, key.Room)
}
