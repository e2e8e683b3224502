package live

import (
	"context"
	"slices"
	"time"

	"athena/actors"
	"athena/persistence/chatdb"
	"athena/wire"
)

// join reads how far the room has got and what the follower missed. Whatever is
// given out meanwhile is kept for it.
func (s *stream) join(c actors.Context, j *join) {
	s.unseat(j.follower) // one who joins again gets nothing twice
	s.joining++
	self := c.Self()
	s.hub.aside(func(context.Context) {
		m := &joined{by: s, join: j}
		m.place, m.missed, m.err = s.missed(j)
		s.hub.system.Send(self, m)
	})
}

func (s *stream) missed(j *join) (chatdb.Place, []chatdb.Event, error) {
	ctx := j.Context()
	store, err := s.hub.store(ctx, s.key.Client)
	if err != nil {
		return chatdb.Place{}, nil, err
	}
	place, err := store.Follow(ctx, j.follower.by, s.key.Room)
	if err != nil || j.after == nil {
		return place, nil, err
	}
	events, err := s.replay(ctx, store, *j.after, place)
	return place, events, err
}

// replay reads the events after a message, up to a place; instead of too many, or
// where some are gone, the one that says so.
func (s *stream) replay(ctx context.Context, store chatdb.Store, after int64, place chatdb.Place) ([]chatdb.Event, error) {
	limit := s.hub.config.Replay
	if after > place.RoomSeq || place.RoomSeq-after > int64(limit) {
		return []chatdb.Event{syncRequired(s.key.Room, place, wire.SyncTooFar)}, nil
	}
	events, err := store.Events(ctx, s.key.Room, chatdb.Place{RoomSeq: after}, limit+2)
	if err != nil {
		return nil, err
	}
	events = slices.DeleteFunc(events, func(e chatdb.Event) bool { return e.EventSeq > place.EventSeq })
	switch {
	case len(events) == 0 && place.EventSeq == 0:
		return nil, nil
	case len(events) > limit+1:
		return []chatdb.Event{syncRequired(s.key.Room, place, wire.SyncTooFar)}, nil
	case !beginsAt(events, after):
		return []chatdb.Event{syncRequired(s.key.Room, place, wire.SyncPruned)}, nil
	case after > 0:
		events = events[1:] // the message that the follower has
	}
	return events, nil
}

// beginsAt reports whether nothing is missing before the first of the events: it
// is the message that the follower has, or the room's very first event.
func beginsAt(events []chatdb.Event, after int64) bool {
	if len(events) == 0 {
		return false
	}
	first := events[0]
	if after == 0 {
		return first.EventSeq == 1
	}
	return first.Type == wire.EventMessageCreated && first.RoomSeq == after
}

// seat gives a follower its seat, and the sink what it missed.
func (s *stream) seat(c actors.Context, m *joined) {
	if m.err == nil {
		s.learn(m.place) // which may give out more, kept for this follower too
		if m.place.EventSeq < s.floor {
			// It was read before the stream's place was, and arrived later: what stands
			// between the two was neither read nor kept for it.
			s.join(c, m.join)
			s.joining-- // for the one that is over
			return
		}
	}
	recent := s.recent
	if s.joining--; s.joining == 0 {
		s.recent = nil
	}
	if m.err != nil {
		m.join.Fail(chatdb.Explain(m.err))
		return
	}
	f := m.join.follower
	if !f.Follows(s.key.Room) { // it left while this was read
		m.join.Reply(struct{}{})
		return
	}
	batch, removed := s.catchUp(m, recent)
	f.sink.Send(batch)
	if removed {
		f.dismiss(s.key.Room, batch.Events[len(batch.Events)-1].EventSeq)
	} else {
		s.seats[f] = &seat{after: max(m.place.EventSeq, s.place.EventSeq), since: time.Now()}
		s.signs.came(f)
	}
	m.join.Reply(struct{}{})
}

// learn takes up how far the room has got, where that is not known yet.
func (s *stream) learn(place chatdb.Place) {
	s.target = max(s.target, place.EventSeq)
	if s.known {
		return
	}
	s.known, s.place, s.floor = true, place, place.EventSeq
	for seq := range s.ahead {
		if seq <= place.EventSeq {
			delete(s.ahead, seq)
		}
	}
	s.give(s.withAhead(nil))
}

// catchUp puts together what a follower gets with its seat: that it has one, what
// was read, and what was given out since. removed says that its user was taken out
// of the room meanwhile; then that is the last event.
func (s *stream) catchUp(m *joined, recent []chatdb.Event) (b *Batch, removed bool) {
	user := m.join.follower.by.User
	from := m.place.RoomSeq + 1
	if m.join.after != nil {
		from = min(*m.join.after+1, from)
	}
	events := append([]chatdb.Event{frame(s.key.Room, chatdb.Place{RoomSeq: from - 1}, wire.EventSubscribed, wire.LiveSubscribed{
		Type: wire.EventSubscribed, RoomID: s.key.Room, FromSeq: from,
	})}, m.missed...)
	for _, e := range recent {
		if e.EventSeq <= m.place.EventSeq {
			continue
		}
		events = append(events, e)
		if gone, err := e.Removed(); err == nil && slices.Contains(gone, user) {
			removed = true
			break
		}
	}
	return &Batch{Room: s.key.Room, Events: events}, removed
}

// check looks up who is a member, for changes made by hand.
func (s *stream) check(c actors.Context) {
	s.hub.system.After(s.hub.config.Check, c.Self(), check{s})
	if len(s.seats) == 0 {
		return
	}
	self := c.Self()
	m := &checked{by: s, began: time.Now()}
	s.hub.aside(func(ctx context.Context) {
		var store chatdb.Store
		if store, m.err = s.hub.store(ctx, s.key.Client); m.err == nil {
			m.standing, m.err = store.Standing(ctx, s.key.Room)
		}
		s.hub.system.Send(self, m)
	})
}

func (s *stream) unseatStrangers(m *checked) {
	if m.err != nil {
		return // it is looked up again soon
	}
	for f, seat := range s.seats {
		if seat.since.Before(m.began) && m.standing.Refuse(f.by, s.key.Room) != nil {
			f.forget(s.key.Room)
			s.unseat(f)
		}
	}
}
