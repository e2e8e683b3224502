package live

import (
	"context"
	"slices"
	"time"

	"athena/actors"
	"athena/actors/room"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/asynkron/protoactor-go/actor"
)

// stream gives out one room's events. Its fields belong to its mailbox.
type stream struct {
	hub *Hub
	key room.Key

	known bool         // whether place is one
	place chatdb.Place // of the last event given out
	floor int64        // what stands up to here may have been given to nobody
	seats map[*Follower]*seat

	joining int            // how many joins are being read
	recent  []chatdb.Event // given out while somebody joins

	ahead   map[int64]chatdb.Event // came before their predecessors
	target  int64                  // the farthest place that was heard of
	reading bool                   // what is missing up to there
	failed  int                    // how often in a row that did not work

	signs signs
}

// seat is a follower's place at a stream.
type seat struct {
	after int64 // events up to here it has already
	since time.Time
}

// Messages to a stream.
type (
	// happened brings the events of one transaction of this process.
	happened struct{ events []chatdb.Event }
	// elsewhere says that the room has got somewhere.
	elsewhere struct{ eventSeq int64 }
	// join asks for a seat; it is answered when the sink has what was missed.
	join struct {
		actors.For[struct{}]
		follower *Follower
		after    *int64
	}
	leave struct{ follower *Follower }
	// joined is what was read for a join.
	joined struct {
		by     *stream
		join   *join
		place  chatdb.Place
		missed []chatdb.Event
		err    error
	}
	// readOn is what was read because it was missing.
	readOn struct {
		by     *stream
		target int64 // what was stored for certain when the reading began
		events []chatdb.Event
		err    error
	}
	// retry reads on after a pause.
	retry struct{ by *stream }
	// check looks up who is still a member.
	check struct{ by *stream }
	// checked is what was found.
	checked struct {
		by       *stream
		began    time.Time
		standing *chatdb.Standing
		err      error
	}
)

// maxAhead bounds what is kept of events that came too early; what does not fit is
// read again.
const maxAhead = 4096

func newStream(h *Hub, key room.Key) *stream {
	return &stream{hub: h, key: key, seats: map[*Follower]*seat{}, ahead: map[int64]chatdb.Event{}, signs: newSigns()}
}

// Receive never waits: reading runs elsewhere.
func (s *stream) Receive(c actors.Context) {
	switch m := c.Message().(type) {
	case *actors.Started:
		s.hub.system.After(s.hub.config.Check, c.Self(), check{s})
	case happened:
		s.take(m.events)
		s.readMissing(c)
	case elsewhere:
		s.target = max(s.target, m.eventSeq)
		s.readMissing(c)
	case *join:
		s.join(c, m)
	case leave:
		s.unseat(m.follower)
		s.scheduleSigns(c)
	case *joined:
		if m.by == s {
			s.seat(c, m)
			s.readMissing(c)
			s.scheduleSigns(c)
		}
	case *readOn:
		if m.by == s {
			s.takeRead(c, m)
		}
	case *actor.Restarting:
		s.handOver()
	default:
		s.receiveRest(c)
	}
}

func (s *stream) receiveRest(c actors.Context) {
	switch m := c.Message().(type) {
	case retry:
		if m.by == s {
			s.readMissing(c)
		}
	case check:
		if m.by == s {
			s.check(c)
		}
	case *checked:
		if m.by == s {
			s.unseatStrangers(m)
		}
	default:
		s.receiveSign(c)
	}
}

// Quiet reports whether nobody follows the room.
func (s *stream) Quiet() bool { return len(s.seats) == 0 && s.joining == 0 }

// take gives out the events whose turn it is and keeps those that came early.
func (s *stream) take(events []chatdb.Event) {
	var run []chatdb.Event
	for _, e := range events {
		s.target = max(s.target, e.EventSeq)
		switch next := s.place.EventSeq + int64(len(run)) + 1; {
		case s.known && e.EventSeq == next:
			run = append(run, e)
		case (!s.known || e.EventSeq > next) && len(s.ahead) < maxAhead:
			s.ahead[e.EventSeq] = e
		}
	}
	s.give(s.withAhead(run))
}

// withAhead adds what was kept and now follows.
func (s *stream) withAhead(run []chatdb.Event) []chatdb.Event {
	if !s.known {
		return nil
	}
	for {
		next := s.place.EventSeq + int64(len(run)) + 1
		e, ok := s.ahead[next]
		if !ok {
			return run
		}
		delete(s.ahead, next)
		run = append(run, e)
	}
}

// give brings events to all seats. An event that removes somebody ends a batch, so
// that they get nothing after it.
func (s *stream) give(run []chatdb.Event) {
	for len(run) > 0 {
		n, removed := s.untilRemoval(run)
		part := run[:n]
		run = run[n:]
		last := part[n-1]
		s.place = chatdb.Place{EventSeq: last.EventSeq, RoomSeq: last.RoomSeq}
		if s.joining > 0 {
			s.recent = append(s.recent, part...)
		}
		s.send(part)
		s.unseatUsers(removed)
	}
}

// untilRemoval tells how many of the events to give out together, and who is
// removed by the last of them.
func (s *stream) untilRemoval(run []chatdb.Event) (int, []string) {
	for i := range run {
		removed, err := run[i].Removed()
		if err != nil {
			s.hub.log().Error("chat event is malformed", "client", s.key.Client, "room", s.key.Room, "error", err)
		}
		if len(removed) > 0 {
			return i + 1, removed
		}
	}
	return len(run), nil
}

func (s *stream) send(events []chatdb.Event) {
	whole := &Batch{Room: s.key.Room, Events: events}
	for f, seat := range s.seats {
		switch {
		case seat.after < events[0].EventSeq:
			f.sink.Send(whole)
		case seat.after < events[len(events)-1].EventSeq: // it joined further on
			f.sink.Send(&Batch{Room: s.key.Room, Events: events[seat.after-events[0].EventSeq+1:]})
		}
	}
}

func (s *stream) unseatUsers(users []string) {
	if len(users) == 0 {
		return
	}
	for f := range s.seats {
		if slices.Contains(users, f.by.User) {
			f.dismiss(s.key.Room, s.place.EventSeq)
			s.unseat(f)
		}
	}
}

// unseat takes a seat away. A seat that is being joined is not there yet: the join
// finds the room forgotten.
func (s *stream) unseat(f *Follower) {
	if _, ok := s.seats[f]; ok {
		delete(s.seats, f)
		s.signs.left(f.by.User, s.present(f.by.User))
	}
}

// present reports whether a user has a seat.
func (s *stream) present(user string) bool {
	for f := range s.seats {
		if f.by.User == user {
			return true
		}
	}
	return false
}

// readMissing reads what is missing up to the target, one reading at a time.
func (s *stream) readMissing(c actors.Context) {
	if s.reading || !s.known || s.target <= s.place.EventSeq {
		return
	}
	s.reading = true
	place, self := s.place, c.Self()
	m := &readOn{by: s, target: s.target}
	s.hub.aside(func(ctx context.Context) {
		var store chatdb.Store
		if store, m.err = s.hub.store(ctx, s.key.Client); m.err == nil {
			m.events, m.err = store.Events(ctx, s.key.Room, place, s.hub.config.Replay)
		}
		s.hub.system.Send(self, m)
	})
}

func (s *stream) takeRead(c actors.Context, m *readOn) {
	s.reading = false
	if m.err != nil {
		s.failed++
		s.hub.log().Warn("chat events not read", "client", s.key.Client, "room", s.key.Room, "error", m.err)
		s.hub.system.After(backoff(s.failed), c.Self(), retry{s})
		return
	}
	s.failed = 0
	s.leap(m.events, m.target)
	s.take(m.events)
	s.readMissing(c)
}

// backoff is the pause after failures in a row.
func backoff(failures int) time.Duration {
	return min(50*time.Millisecond<<min(failures, 6), 2*time.Second)
}

// leap goes over events that are not kept any more, and says so.
func (s *stream) leap(events []chatdb.Event, to int64) {
	if len(events) > 0 {
		to = events[0].EventSeq - 1
	}
	if to <= s.place.EventSeq {
		return
	}
	if _, early := s.ahead[s.place.EventSeq+1]; early {
		s.give(s.withAhead(nil)) // it came meanwhile by another way
		s.leap(events, to)
		return
	}
	s.place.EventSeq, s.floor = to, to
	s.tell(syncRequired(s.key.Room, s.place, wire.SyncPruned))
}

// tell sends an event that is no change of the room to all seats.
func (s *stream) tell(e chatdb.Event) {
	b := &Batch{Room: s.key.Room, Events: []chatdb.Event{e}}
	for f := range s.seats {
		f.sink.Send(b)
	}
}

// handOver lets the followers join the next life of the actor.
func (s *stream) handOver() {
	for f := range s.seats {
		after := s.place.RoomSeq
		s.hub.aside(func(ctx context.Context) {
			if err := f.Subscribe(ctx, s.key.Room, &after); err != nil {
				s.hub.log().Warn("follower lost", "client", s.key.Client, "room", s.key.Room, "error", err)
			}
		})
	}
}
