package live_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"time"

	"athena/actors"
	"athena/actors/live"
	"athena/actors/room"
	"athena/persistence"
	"athena/persistence/chatdb"
	"athena/persistence/dbtest"
	"athena/persistence/notify"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

const patience = 20 * time.Second

var quick = live.Config{Pace: time.Millisecond, Tick: 50 * time.Millisecond, Signs: 5 * time.Millisecond}

func as(user string) chatdb.Caller { return chatdb.Caller{Organization: "org", User: user} }

// base is a database that several nodes share.
type base struct {
	uri string
	db  *pgxpool.Pool
}

func newBase(t *testing.T) base {
	t.Helper()
	uri := dbtest.Client(t)
	return base{uri, dbtest.Pool(t, uri)}
}

func (b base) DB(context.Context, string) (persistence.Pool, error) { return b.db, nil }

func (b base) room(t *testing.T, users ...string) uuid.UUID {
	t.Helper()
	made, err := chatdb.Store{DB: b.db}.CreateRoom(t.Context(), as("ann"), &wire.CreateChatRoom{Kind: wire.RoomGroup, MemberUserIDs: users})
	require.NoError(t, err)
	return made.ID
}

// node is one process's part of chat.
type node struct {
	hub   *live.Hub
	rooms *room.Rooms
}

func (b base) node(t *testing.T, config live.Config) *node {
	t.Helper()
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	if config.Listen == nil {
		config.Listen = func(ctx context.Context, _ string, changed map[string]func(string)) {
			var list []notify.Subscription
			for channel, do := range changed {
				list = append(list, notify.Subscription{Channel: channel, Changed: do})
			}
			notify.Listen(ctx, func() (string, error) { return b.uri, nil }, slog.New(slog.DiscardHandler), list...)
		}
	}
	n := &node{hub: live.New(system, b, config)}
	n.rooms = room.New(system, b, room.Config{Publish: n.hub.Publish})
	t.Cleanup(func() {
		require.NoError(t, n.rooms.Drain(context.Background()))
		require.NoError(t, n.hub.Close(context.Background()))
		system.Shutdown()
	})
	return n
}

func (n *node) send(t *testing.T, id uuid.UUID, user, text string) wire.ChatMessage {
	t.Helper()
	m, err := n.rooms.Send(t.Context(), "acme", as(user), wire.ChatMessage{
		ID: uuid.Must(uuid.NewV7()), RoomID: id, SenderID: user, BodyText: &text,
		Attachments: []wire.ChatAttachmentView{}, Reactions: []wire.ChatReactionCount{},
	})
	require.NoError(t, err)
	return m
}

func do[T any](t *testing.T, n *node, id uuid.UUID, user string, c chatdb.Change[T]) T {
	t.Helper()
	out, err := room.Do(t.Context(), n.rooms, room.Key{Client: "acme", Room: id}, as(user), c)
	require.NoError(t, err)
	return out
}

// ear is a sink that keeps what it hears, but for signs of life.
type ear struct {
	mu      sync.Mutex
	heard   []chatdb.Event
	signs   []chatdb.Event
	changed chan struct{}
}

func (e *ear) Send(b *live.Batch) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, event := range b.Events {
		if event.Type == wire.EventTyping || event.Type == wire.EventPresence {
			e.signs = append(e.signs, event)
		} else {
			e.heard = append(e.heard, event)
		}
	}
	close(e.changed)
	e.changed = make(chan struct{})
}

// follow connects a user and subscribes to rooms.
func (n *node) follow(t *testing.T, user string, after *int64, rooms ...uuid.UUID) (*live.Follower, *ear) {
	t.Helper()
	e := &ear{changed: make(chan struct{})}
	f, err := n.hub.Connect(t.Context(), "acme", as(user), e)
	require.NoError(t, err)
	t.Cleanup(f.Close)
	for _, id := range rooms {
		require.NoError(t, f.Subscribe(t.Context(), id, after))
	}
	return f, e
}

func (e *ear) await(t *testing.T, what string, done func(heard, signs []chatdb.Event) bool) {
	t.Helper()
	timeout := time.After(patience)
	for {
		e.mu.Lock()
		ok, changed := done(e.heard, e.signs), e.changed
		e.mu.Unlock()
		if ok {
			return
		}
		select {
		case <-changed:
		case <-timeout:
			require.FailNow(t, "not heard: "+what, "%v", e.types())
		}
	}
}

func (e *ear) types() (list []string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, event := range e.heard {
		list = append(list, fmt.Sprintf("%s@%d", event.Type, event.RoomSeq))
	}
	return list
}

// messages are the texts of the created events heard, whose numbers must follow
// each other from a first one on.
func (e *ear) messages(t *testing.T, first int64) (texts []string) {
	t.Helper()
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, event := range e.heard {
		if event.Type != wire.EventMessageCreated {
			continue
		}
		c := content(t, event)
		require.Equal(t, first+int64(len(texts)), *c.RoomSeq, "no gap and no double")
		texts = append(texts, *c.Message.BodyText)
	}
	return texts
}

func content(t *testing.T, e chatdb.Event) (c wire.ChatEvent) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(e.Payload), &c), e.Payload)
	return c
}

func (e *ear) awaitMessages(t *testing.T, n int) {
	t.Helper()
	e.await(t, fmt.Sprint(n, " messages"), func(heard, _ []chatdb.Event) bool { return count(heard, wire.EventMessageCreated) >= n })
}

func (e *ear) awaitType(t *testing.T, kind string) {
	t.Helper()
	e.await(t, kind, func(heard, signs []chatdb.Event) bool { return count(heard, kind)+count(signs, kind) > 0 })
}

func count(list []chatdb.Event, kind string) (n int) {
	for _, e := range list {
		if e.Type == kind {
			n++
		}
	}
	return n
}

func TestTwoNodesTellTheSameOrder(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	nodes := []*node{b.node(t, quick), b.node(t, quick)}
	id := b.room(t, "bob")
	var ears []*ear
	for i := range 6 { // half join now, half in the middle
		if i < 3 {
			_, e := nodes[i%2].follow(t, "bob", new(int64(0)), id)
			ears = append(ears, e)
		}
	}
	const senders, each = 8, 25
	var all sync.WaitGroup
	for i := range senders {
		all.Go(func() {
			for k := range each {
				nodes[(i+k)%2].send(t, id, "ann", fmt.Sprintf("%d/%d", i, k))
			}
		})
	}
	ears[0].awaitMessages(t, senders*each/2)
	for i := range 3 {
		_, e := nodes[i%2].follow(t, "ann", new(int64(i*40)), id)
		ears = append(ears, e)
	}
	all.Wait()
	var told []string
	for i, e := range ears {
		after := max(0, i-3) * 40
		e.awaitMessages(t, senders*each-after)
		texts := e.messages(t, int64(after)+1)
		if i == 0 {
			told = texts
		}
		require.Equal(t, told[after:], texts, "every follower hears the same order")
	}
}

func TestWhatWasMissedComesFirst(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	n := b.node(t, quick)
	id := b.room(t, "bob")
	first := n.send(t, id, "ann", "one")
	n.send(t, id, "ann", "two")
	do(t, n, id, "ann", chatdb.EditMessage{Edit: &wire.EditChatMessage{ChatMessagePath: wire.ChatMessagePath{MessageID: first.ID}, BodyText: wire.Maybe[string]{Set: true, Value: new("edited")}}})
	n.send(t, id, "ann", "three")
	gone := n.send(t, id, "ann", "secret")
	do(t, n, id, "ann", chatdb.DeleteMessage{ID: gone.ID})

	_, e := n.follow(t, "bob", new(int64(2)), id)
	n.send(t, id, "bob", "five")
	e.awaitMessages(t, 3)
	require.Equal(t, []string{
		"chat.subscribed@2", "chat.message.updated@2", "chat.message.created@3",
		"chat.message.created@4", "chat.message.deleted@4", "chat.message.created@5",
	}, e.types())
	require.NotContains(t, e.heard[3].Payload, "secret", "a deleted message has no content any more")
	require.Contains(t, e.heard[0].Payload, `"from_seq":3`)

	_, e = n.follow(t, "bob", nil, id)
	require.Equal(t, []string{"chat.subscribed@5"}, e.types(), "who names no place hears what is to come")
	_, e = n.follow(t, "bob", new(int64(99)), id)
	require.Equal(t, []string{"chat.subscribed@5", "chat.sync.required@5"}, e.types())
}

func TestTooMuchOrPrunedIsToBeReadAnew(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	config := quick
	config.Replay = 3
	n := b.node(t, config)
	id := b.room(t)
	for i := range 6 {
		n.send(t, id, "ann", fmt.Sprint(i))
	}
	_, e := n.follow(t, "ann", new(int64(1)), id)
	require.Equal(t, []string{"chat.subscribed@1", "chat.sync.required@6"}, e.types())
	require.Contains(t, e.heard[1].Payload, wire.SyncTooFar)

	_, err := b.db.Exec(t.Context(), "DELETE FROM athena.chat_outbox WHERE room_seq < 6")
	require.NoError(t, err)
	_, e = n.follow(t, "ann", new(int64(4)), id)
	require.Contains(t, e.heard[1].Payload, wire.SyncPruned)
	_, e = n.follow(t, "ann", new(int64(5)), id)
	require.Contains(t, e.heard[1].Payload, wire.SyncPruned, "the message before may have been edited")
	n.send(t, id, "ann", "more")
	e.awaitMessages(t, 1)
	require.Equal(t, []string{"more"}, e.messages(t, 7), "the stream goes on")
}

func TestWhoIsRemovedHearsNothingMore(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	here, there := b.node(t, quick), b.node(t, quick)
	id := b.room(t, "bob", "eve")
	bob, bobs := here.follow(t, "bob", nil, id)
	_, others := here.follow(t, "eve", nil, id)
	for i, n := range []*node{here, there} {
		do(t, n, id, "ann", chatdb.RemoveMember{User: "bob"})
		n.send(t, id, "ann", "without bob")
		others.awaitMessages(t, i+1)
		require.Equal(t, []string{"chat.subscribed@" + fmt.Sprint(i), fmt.Sprint("chat.members.updated@", i)}, bobs.types(), "the removal is the last event")
		require.Error(t, bob.Subscribe(t.Context(), id, nil))
		require.False(t, bob.Follows(id))
		do(t, n, id, "ann", chatdb.AddMembers{Users: []string{"bob"}})
		bob, bobs = here.follow(t, "bob", nil, id)
	}
	_, err := here.hub.Connect(t.Context(), "acme", as("x"), bobs)
	require.NoError(t, err)
	stranger, _ := here.follow(t, "stranger", nil)
	err = stranger.Subscribe(t.Context(), id, nil)
	require.ErrorContains(t, err, "not a member")
	err = stranger.Subscribe(t.Context(), uuid.New(), nil)
	require.ErrorContains(t, err, "was not found")
}

func TestARemovalByHandIsNoticed(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	config := quick
	config.Check = 10 * time.Millisecond
	n := b.node(t, config)
	id := b.room(t, "bob")
	bob, _ := n.follow(t, "bob", nil, id)
	_, err := b.db.Exec(t.Context(), "UPDATE athena.chat_room_members SET hidden_at = now() WHERE user_id = 'bob'")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return !bob.Follows(id) }, patience, time.Millisecond)
}

func TestNewRoomsReachTheirMembersOnEveryNode(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	here, there := b.node(t, quick), b.node(t, quick)
	_, bob := there.follow(t, "bob", nil)
	_, eve := there.follow(t, "eve", nil)
	id := b.room(t, "bob")
	here.rooms.Told("acme")
	bob.awaitType(t, wire.EventRoomCreated)
	do(t, here, id, "ann", chatdb.AddMembers{Users: []string{"eve"}})
	eve.awaitType(t, wire.EventMembers)
	require.Equal(t, []string{"chat.members.updated@0"}, eve.types())
}

func TestWhatADeadNodeLeftIsPublished(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	dead := room.New(actors.NewSystem(slog.New(slog.DiscardHandler)), b, room.Config{}) // publishes nothing
	n := b.node(t, quick)
	id := b.room(t, "bob")
	_, e := n.follow(t, "bob", new(int64(0)), id)
	(&node{rooms: dead}).send(t, id, "ann", "left behind")
	e.awaitMessages(t, 1)
	n.send(t, id, "ann", "next")
	e.awaitMessages(t, 2)
	require.Equal(t, []string{"left behind", "next"}, e.messages(t, 1))
	require.Eventually(t, func() bool {
		var waiting int
		require.NoError(t, b.db.QueryRow(t.Context(), "SELECT count(*) FROM athena.chat_outbox_unpublished").Scan(&waiting))
		return waiting == 0
	}, patience, time.Millisecond)
}

// deafNode hears nothing of others; what it gives says that it listens again.
func (b base) deafNode(t *testing.T) (n *node, reconnected chan func(string)) {
	t.Helper()
	deaf := quick
	reconnected = make(chan func(string), 1)
	deaf.Listen = func(ctx context.Context, _ string, changed map[string]func(string)) {
		changed[chatdb.EventChannel]("")
		reconnected <- changed[chatdb.EventChannel]
		<-ctx.Done()
	}
	return b.node(t, deaf), reconnected
}

func TestALostListenerLearnsOfRoomsHoweverMuchElseHappened(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	here, reconnected := b.deafNode(t)
	_, bob := here.follow(t, "bob", nil)
	again := <-reconnected
	first, second := b.room(t, "bob"), b.room(t)
	there := b.node(t, quick)
	do(t, there, second, "ann", chatdb.AddMembers{Users: []string{"bob"}})
	_, err := b.db.Exec(t.Context(), `
		INSERT INTO athena.chat_outbox (aggregate_type, aggregate_id, room_id, room_seq, event_seq, event_type, payload_json, created_at)
		SELECT 'chat_message', gen_random_uuid(), $1::uuid, n, n + 1, 'chat.message.created', '{}', now() FROM generate_series(1, 12000) AS n`, first)
	require.NoError(t, err)
	again("")
	bob.await(t, "both rooms are told of", func(heard, _ []chatdb.Event) bool {
		rooms := map[uuid.UUID]string{}
		for _, e := range heard {
			rooms[e.Room] = e.Type
		}
		return rooms[first] == wire.EventRoomCreated && rooms[second] == wire.EventMembers
	})
}

func TestALostListenerCatchesUp(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	here, reconnected := b.deafNode(t)
	there := b.node(t, quick)
	id := b.room(t, "bob")
	_, e := here.follow(t, "bob", nil, id)
	there.send(t, id, "ann", "unheard")
	(<-reconnected)("")
	e.awaitMessages(t, 1)
	there.send(t, id, "ann", "unheard, too")
	here.send(t, id, "bob", "heard")
	e.awaitMessages(t, 3)
	require.Equal(t, []string{"unheard", "unheard, too", "heard"}, e.messages(t, 1))
}

func TestSignsAreSharedAndNotStored(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	here, there := b.node(t, quick), b.node(t, quick)
	id := b.room(t, "bob")
	ann, anns := here.follow(t, "ann", nil, id)
	bob, bobs := there.follow(t, "bob", nil, id)
	online := func(user, state string) func(_, signs []chatdb.Event) bool {
		return func(_, signs []chatdb.Event) bool {
			for _, s := range signs {
				var p wire.LivePresence
				if s.Type != wire.EventPresence || json.Unmarshal([]byte(s.Payload), &p) != nil {
					continue
				}
				for _, u := range p.Users {
					if u.UserID == user && u.State == state {
						return true
					}
				}
			}
			return false
		}
	}
	anns.await(t, "bob is online", online("bob", wire.Online))
	typing := func(users string) func(_, signs []chatdb.Event) bool {
		return func(_, signs []chatdb.Event) bool {
			return slices.ContainsFunc(signs, func(s chatdb.Event) bool {
				return s.Payload == `{"type":"chat.typing.updated","room_id":"`+id.String()+`","user_ids":[`+users+`]}`
			})
		}
	}
	require.NoError(t, ann.Type(id, true))
	bobs.await(t, "ann writes", typing(`"ann"`))
	require.NoError(t, ann.Type(id, false))
	bobs.await(t, "ann stopped", typing(``))
	require.NoError(t, bob.Heartbeat(&id))
	anns.await(t, "bob looks here", func(_, signs []chatdb.Event) bool {
		return slices.ContainsFunc(signs, func(s chatdb.Event) bool { return looksAt(s, id) })
	})
	bob.Close()
	anns.await(t, "bob is gone", online("bob", wire.Offline))
	require.Error(t, bob.Type(id, true))
	var events int
	require.NoError(t, b.db.QueryRow(t.Context(), "SELECT count(*) FROM athena.chat_outbox").Scan(&events))
	require.Equal(t, 1, events, "only that the room was made")
}

func looksAt(e chatdb.Event, id uuid.UUID) bool {
	var p wire.LivePresence
	return e.Type == wire.EventPresence && json.Unmarshal([]byte(e.Payload), &p) == nil && len(p.Users) > 0 && p.Users[0].ActiveRoomID != nil && *p.Users[0].ActiveRoomID == id
}
