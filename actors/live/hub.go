// Package live brings chat's events to those who follow rooms. Each followed room
// has a stream, an actor that knows how far the room's events have been given out;
// each client has a relay, an actor that publishes the outbox, listens to what
// other nodes published, and knows who is connected.
//
// It promises that a follower gets the events of a room in their order, each once,
// and without a gap from the place on where it joined: what a transaction of this
// process stored comes straight from the committer; what another node stored, or
// what a lost connection hid, is read from the outbox as soon as the places show
// that it is missing. Where that cannot be, the follower is told to read anew. Who
// is removed from a room gets the event that says so and nothing after it. Every
// run of events is encoded once, for all who get it.
//
// It does not wait for a follower: a Sink that cannot keep up has to say so to its
// own reader.
package live

import (
	"cmp"
	"context"
	"log/slog"
	"sync"
	"time"

	"athena/actors"
	"athena/actors/room"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
)

// ListenFunc listens to notification channels of a client's database until ctx
// ends. changed gets each payload, and an empty one after every (re)connect, when
// something may have been missed.
type ListenFunc func(ctx context.Context, client string, changed map[string]func(payload string))

// Config bounds the hub. Zero values take the defaults.
type Config struct {
	// Replay is how many events a follower may have missed; default 1000. Who
	// missed more is told to read anew.
	Replay int
	// Pace is the shortest time between two rounds of a relay; default 20 ms.
	Pace time.Duration
	// Patience is how long followers wait for a listener that cannot connect; default
	// 2 s.
	Patience time.Duration
	// Tick is how often a relay looks for what others left unpublished; default 5 s.
	Tick time.Duration
	// Retention is how long published events are kept; zero keeps them for ever.
	Retention time.Duration
	// Check is how often it is looked up whether followers are still members, in
	// case that was changed by hand; default one minute.
	Check time.Duration
	// Typing is how long a user counts as writing without saying so again; default 6 s.
	Typing time.Duration
	// Signs is the shortest time between two events of typing, or of presence, in a
	// room; default half a second.
	Signs time.Duration
	// Idle is how long an unused stream or relay is kept; default one minute.
	Idle time.Duration
	// Listen brings notifications; nil hears of no other node.
	Listen ListenFunc
}

func (c Config) withDefaults() Config {
	c.Replay = cmp.Or(c.Replay, 1000)
	c.Pace = cmp.Or(c.Pace, 20*time.Millisecond)
	c.Patience = cmp.Or(c.Patience, 2*time.Second)
	c.Tick = cmp.Or(c.Tick, 5*time.Second)
	c.Check = cmp.Or(c.Check, time.Minute)
	c.Typing = cmp.Or(c.Typing, 6*time.Second)
	c.Signs = cmp.Or(c.Signs, 500*time.Millisecond)
	c.Idle = cmp.Or(c.Idle, time.Minute)
	return c
}

// ioTimeout bounds what streams and relays do with a database.
const ioTimeout = 10 * time.Second

// Hub is where events come in and followers connect.
type Hub struct {
	config    Config
	node      string // unlike any other node's
	system    *actors.System
	databases room.Databases
	streams   *actors.Family[room.Key]
	relays    *actors.Family[string]
	ctx       context.Context
	end       context.CancelFunc
	closing   sync.RWMutex   // orders what begins before the end
	beside    sync.WaitGroup // work outside of mailboxes
}

// New starts the families of streams and relays.
func New(system *actors.System, databases room.Databases, config Config) *Hub {
	h := &Hub{config: config.withDefaults(), node: uuid.NewString(), system: system, databases: databases}
	h.ctx, h.end = context.WithCancel(context.Background())
	policy := actors.Policy{Idle: h.config.Idle}
	h.streams = actors.NewFamily(system, "stream", policy, func(key room.Key) actors.Actor { return newStream(h, key) })
	h.relays = actors.NewFamily(system, "relay", policy, func(client string) actors.Actor { return &relay{hub: h, client: client} })
	return h
}

// Publish takes the events of a transaction after its commit; see room.Config.
func (h *Hub) Publish(client string, events []chatdb.Event) {
	var byRoom map[uuid.UUID][]chatdb.Event
	for _, e := range events {
		if !h.streams.Runs(room.Key{Client: client, Room: e.Room}) {
			continue
		}
		if byRoom == nil {
			byRoom = map[uuid.UUID][]chatdb.Event{}
		}
		byRoom[e.Room] = append(byRoom[e.Room], e)
	}
	for id, list := range byRoom {
		h.streams.Send(room.Key{Client: client, Room: id}, happened{list})
	}
	if !h.relays.Send(client, poke{}) {
		h.aside(func(ctx context.Context) { h.ask(ctx, client, &rouse{}) })
	}
}

// ask puts a question to a client's relay, started where it does not run.
func (h *Hub) ask(ctx context.Context, client string, q actors.Question[struct{}]) {
	if _, err := actors.Ask(ctx, h.relays, client, q); err != nil && h.ctx.Err() == nil {
		h.log().Warn("chat relay not reached", "client", client, "error", err)
	}
}

// aside runs what may wait, outside of any mailbox, unless the hub is closed.
func (h *Hub) aside(do func(context.Context)) {
	h.run(func() {
		ctx, cancel := context.WithTimeout(h.ctx, ioTimeout)
		defer cancel()
		do(ctx)
	})
}

func (h *Hub) run(do func()) {
	h.closing.RLock()
	defer h.closing.RUnlock()
	if h.ctx.Err() == nil {
		h.beside.Go(do)
	}
}

// later is aside after a pause.
func (h *Hub) later(pause time.Duration, do func(context.Context)) {
	time.AfterFunc(pause, func() { h.aside(do) })
}

func (h *Hub) store(ctx context.Context, client string) (chatdb.Store, error) {
	db, err := h.databases.DB(ctx, client)
	return chatdb.Store{DB: db}, err
}

func (h *Hub) log() *slog.Logger { return h.system.Log() }

// Len counts the rooms that have a stream.
func (h *Hub) Len() int { return h.streams.Len() }

// Close ends all streams and relays. Followers hear nothing any more; what is not
// published yet is left to the next relay.
func (h *Hub) Close(ctx context.Context) error {
	h.closing.Lock()
	h.end()
	h.closing.Unlock()
	err := h.streams.Drain(ctx)
	if err == nil {
		err = h.relays.Drain(ctx)
	}
	h.beside.Wait() // it ends with h.ctx
	return err
}

// Batch is a run of events of one room for all who follow it.
type Batch struct {
	Room   uuid.UUID
	Events []chatdb.Event

	once  sync.Once
	bytes []byte
}

// Encoded gives the events as encode writes them, which happens once.
func (b *Batch) Encoded(encode func([]chatdb.Event) []byte) []byte {
	b.once.Do(func() { b.bytes = encode(b.Events) })
	return b.bytes
}

// frame makes an event of what is no change of a room.
func frame(id uuid.UUID, place chatdb.Place, kind string, content any) chatdb.Event {
	text, err := json.Marshal(content)
	if err != nil {
		panic(err) // its types are ours: a mistake that any test shows
	}
	return chatdb.Event{Room: id, RoomSeq: place.RoomSeq, Type: kind, Payload: string(text)}
}

func syncRequired(id uuid.UUID, place chatdb.Place, reason string) chatdb.Event {
	return frame(id, place, wire.EventSync, wire.LiveSync{Type: wire.EventSync, RoomID: &id, Reason: reason})
}
