package live

import (
	"context"
	"sync"

	"athena/actors"
	"athena/actors/room"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/google/uuid"
)

// Sink takes the events of a follower. Send must not wait.
type Sink interface{ Send(*Batch) }

// Follower is one connection of a user.
type Follower struct {
	hub    *Hub
	client string
	by     chatdb.Caller
	sink   Sink

	mu     sync.Mutex
	rooms  map[uuid.UUID]struct{} // followed, or about to be
	ended  map[uuid.UUID]int64    // rooms that the user was taken out of, and by which event
	closed bool
}

// Connect makes a follower of nothing yet. It hears when its user comes into a
// room, and of the rooms that it subscribes to, until Close.
func (h *Hub) Connect(ctx context.Context, client string, by chatdb.Caller, sink Sink) (*Follower, error) {
	f := &Follower{hub: h, client: client, by: by, sink: sink, rooms: map[uuid.UUID]struct{}{}}
	if _, err := actors.Ask(ctx, h.relays, client, &attach{follower: f}); err != nil {
		return nil, err
	}
	return f, nil
}

// Subscribe follows a room: after the number of the last message that the follower
// has, or from now on where that is nil. The sink gets chat.subscribed, then what
// was missed, then what happens.
func (f *Follower) Subscribe(ctx context.Context, id uuid.UUID, after *int64) error {
	if !f.note(id) {
		return wire.Fail(wire.ShuttingDown, "the connection is closed")
	}
	_, err := actors.Ask(ctx, f.hub.streams, f.key(id), &join{follower: f, after: after})
	if err != nil {
		f.Unsubscribe(id)
	}
	return err
}

// note remembers that a room is followed, unless the follower is closed.
func (f *Follower) note(id uuid.UUID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if !f.closed {
		f.rooms[id] = struct{}{}
		delete(f.ended, id)
	}
	return !f.closed
}

// forget notes that a room is followed no more, and reports whether it was.
func (f *Follower) forget(id uuid.UUID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, was := f.rooms[id]
	delete(f.rooms, id)
	return was
}

// dismiss notes that an event took the user out of a room.
func (f *Follower) dismiss(id uuid.UUID, eventSeq int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.rooms, id)
	if f.ended == nil {
		f.ended = map[uuid.UUID]int64{}
	}
	f.ended[id] = eventSeq
}

// knows reports whether the follower gets an event from the room's stream, or has
// got it as the last one from there.
func (f *Follower) knows(e *chatdb.Event) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, follows := f.rooms[e.Room]
	return follows || f.ended[e.Room] >= e.EventSeq
}

// Follows reports whether a room is followed.
func (f *Follower) Follows(id uuid.UUID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	_, ok := f.rooms[id]
	return ok
}

// Len counts the rooms that are followed.
func (f *Follower) Len() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.rooms)
}

// Unsubscribe follows a room no longer.
func (f *Follower) Unsubscribe(id uuid.UUID) {
	if f.forget(id) {
		f.hub.streams.Send(f.key(id), leave{f})
	}
}

// Type says that the user writes in a followed room, or no longer does.
func (f *Follower) Type(id uuid.UUID, on bool) error {
	if !f.Follows(id) {
		return wire.Fail(wire.ChatBadRequest, "the room is not subscribed to").At("room_id")
	}
	f.hub.streams.Send(f.key(id), types{f.by.User, on})
	return nil
}

// Heartbeat says which room the user looks at, if any.
func (f *Follower) Heartbeat(active *uuid.UUID) error {
	if active != nil && !f.Follows(*active) {
		return wire.Fail(wire.ChatBadRequest, "the active room is not subscribed to").At("active_room_id")
	}
	for _, id := range f.followed() {
		f.hub.streams.Send(f.key(id), looks{f, active})
	}
	return nil
}

func (f *Follower) followed() []uuid.UUID {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := make([]uuid.UUID, 0, len(f.rooms))
	for id := range f.rooms {
		list = append(list, id)
	}
	return list
}

// Close follows nothing any more.
func (f *Follower) Close() {
	f.mu.Lock()
	f.closed = true
	f.mu.Unlock()
	for _, id := range f.followed() {
		f.Unsubscribe(id)
	}
	f.hub.relays.Send(f.client, detach{f})
}

func (f *Follower) key(id uuid.UUID) room.Key { return room.Key{Client: f.client, Room: id} }
