package chatdb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"athena/persistence/chatdb"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

var ann = chatdb.Caller{Organization: "org", User: "ann"}

// outbox is a chat database and a connection that hears what is published of it.
type outbox struct {
	t     *testing.T
	db    *pgxpool.Pool
	store chatdb.Store
	ear   *pgx.Conn
}

func newOutbox(t *testing.T) *outbox {
	t.Helper()
	uri := dbtest.Client(t)
	o := &outbox{t: t, db: dbtest.Pool(t, uri)}
	o.store.DB = o.db
	ear, err := o.db.Acquire(t.Context())
	require.NoError(t, err)
	t.Cleanup(ear.Release)
	o.ear = ear.Conn()
	_, err = o.ear.Exec(t.Context(), "LISTEN "+chatdb.EventChannel)
	require.NoError(t, err)
	return o
}

func (o *outbox) exec(sql string, args ...any) {
	o.t.Helper()
	_, err := o.db.Exec(o.t.Context(), sql, args...)
	require.NoError(o.t, err)
}

func (o *outbox) count(sql string, args ...any) (n int) {
	o.t.Helper()
	require.NoError(o.t, o.db.QueryRow(o.t.Context(), sql, args...).Scan(&n))
	return n
}

func (o *outbox) room(members ...string) uuid.UUID {
	o.t.Helper()
	made, err := o.store.CreateRoom(o.t.Context(), ann, &wire.CreateChatRoom{Kind: wire.RoomGroup, MemberUserIDs: members})
	require.NoError(o.t, err)
	return made.ID
}

// commit sends a message to each room in one transaction, with what changes.
func (o *outbox) commit(rooms []uuid.UUID, tasks ...*chatdb.Task) *chatdb.Batch {
	o.t.Helper()
	b := &chatdb.Batch{Tasks: tasks}
	for _, id := range rooms {
		text := "text"
		b.Sends = append(b.Sends, &chatdb.Send{By: ann, Message: wire.ChatMessage{ID: uuid.Must(uuid.NewV7()), RoomID: id, SenderID: "ann", BodyText: &text}})
	}
	require.NoError(o.t, chatdb.Commit(o.t.Context(), o.db, b))
	for _, s := range b.Sends {
		require.NoError(o.t, s.Err)
	}
	for _, t := range b.Tasks {
		require.NoError(o.t, t.Err)
	}
	return b
}

// relay publishes until nothing is left, and gives how many transactions it took.
func (o *outbox) relay() (total int) {
	o.t.Helper()
	for {
		n, err := o.store.Relay(o.t.Context(), 10, 0)
		require.NoError(o.t, err)
		if n == 0 {
			return total
		}
		total += n
	}
}

// heard gives what was published since the last time, "room:last" or
// "room:last:arrival" each, in the order in which it came.
func (o *outbox) heard() (notices []string) {
	o.t.Helper()
	o.exec("SELECT pg_notify($1, 'end')", chatdb.EventChannel)
	for {
		n, err := o.ear.WaitForNotification(o.t.Context())
		require.NoError(o.t, err)
		if n.Payload == "end" {
			return notices
		}
		notices = append(notices, strings.Split(n.Payload, " ")...)
	}
}

func task[T any](room uuid.UUID, c chatdb.Change[T]) *chatdb.Task {
	return chatdb.NewTask(room, ann, c, new(T))
}

func TestWhateverWritesEventsHasThemPublished(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		name string
		do   func(o *outbox, room uuid.UUID)
		want string // of the room, after its creation
	}{
		{"message", func(o *outbox, id uuid.UUID) { o.commit([]uuid.UUID{id}) }, ":2"},
		{"several of one room", func(o *outbox, id uuid.UUID) { o.commit([]uuid.UUID{id, id, id}) }, ":4"},
		{"change", func(o *outbox, id uuid.UUID) { o.commit(nil, task(id, chatdb.Archive{})) }, ":2"},
		{"members", func(o *outbox, id uuid.UUID) { o.commit(nil, task(id, chatdb.AddMembers{Users: []string{"eve"}})) }, ":2:2"},
		{"message, change and members", func(o *outbox, id uuid.UUID) {
			o.commit([]uuid.UUID{id}, task(id, chatdb.AddMembers{Users: []string{"eve"}}), task(id, chatdb.Archive{}))
		}, ":4:3"},
		{"message and a change that changes nothing", func(o *outbox, id uuid.UUID) {
			o.commit([]uuid.UUID{id}, task(id, chatdb.AddMembers{Users: []string{"bob"}}))
		}, ":2"},
		{"direct room found again", func(o *outbox, _ uuid.UUID) {
			direct, _, err := o.store.DirectRoom(o.t.Context(), ann, "bob", nil)
			require.NoError(o.t, err)
			o.exec("UPDATE athena.chat_room_members SET hidden_at = now() WHERE room_id = $1 AND user_id = 'bob'", direct.ID)
			o.relay()
			require.Equal(o.t, []string{direct.ID.String() + ":1:1"}, o.heard())
			_, found, err := o.store.DirectRoom(o.t.Context(), ann, "bob", nil)
			require.NoError(o.t, err)
			require.True(o.t, found)
			o.relay()
			require.Equal(o.t, []string{direct.ID.String() + ":2:2"}, o.heard())
		}, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := newOutbox(t)
			id := o.room("bob")
			require.Equal(t, 1, o.relay())
			require.Equal(t, []string{id.String() + ":1:1"}, o.heard())
			tc.do(o, id)
			if tc.want == "" {
				return
			}
			require.Equal(t, 1, o.relay(), "one transaction")
			require.Equal(t, []string{id.String() + tc.want}, o.heard())
			require.Equal(t, o.count("SELECT last_event_seq FROM athena.chat_rooms"), o.count("SELECT max(event_seq) FROM athena.chat_outbox"))
		})
	}
}

func TestALargeTransactionIsPublishedWhole(t *testing.T) {
	t.Parallel()
	o := newOutbox(t)
	var rooms []uuid.UUID
	for range 5 {
		rooms = append(rooms, o.room())
	}
	o.exec(`INSERT INTO athena.chat_rooms (id, organization_id, kind, created_by) SELECT gen_random_uuid(), 'org', 'group', 'ann' FROM generate_series(1, 1000)`)
	o.exec(`INSERT INTO athena.chat_room_members (room_id, user_id) SELECT id, 'ann' FROM athena.chat_rooms ON CONFLICT DO NOTHING`)
	rows, err := o.db.Query(t.Context(), "SELECT id FROM athena.chat_rooms WHERE id <> ALL ($1)", rooms)
	require.NoError(t, err)
	many, err := pgx.CollectRows(rows, pgx.RowTo[uuid.UUID])
	require.NoError(t, err)
	o.relay()
	o.heard()
	o.commit(many)
	require.Equal(t, 1, o.relay())
	var want []string
	for _, id := range many {
		want = append(want, id.String()+":1")
	}
	require.ElementsMatch(t, want, o.heard())
}

func TestRelaysShareWhatThereIs(t *testing.T) {
	t.Parallel()
	o := newOutbox(t)
	rooms := []uuid.UUID{o.room(), o.room(), o.room()}
	for range 60 {
		o.commit(rooms)
	}
	var all errgroup.Group
	taken := make([]int, 4)
	for i := range taken {
		all.Go(func() error {
			for {
				n, err := o.store.Relay(t.Context(), 2, 0)
				if taken[i] += n; err != nil || n == 0 {
					return err
				}
			}
		})
	}
	require.NoError(t, all.Wait())
	total := o.relay() // what one of them held while the others looked
	for _, n := range taken {
		total += n
	}
	require.Equal(t, 63, total, "each transaction once")
	last := map[string]bool{}
	for _, notice := range o.heard() {
		last[notice] = true
	}
	for _, id := range rooms {
		require.True(t, last[id.String()+":61"], "the last event is told")
	}
}

func TestWhatADyingRelayTookIsPublishedByTheNext(t *testing.T) {
	t.Parallel()
	o := newOutbox(t)
	id := o.room()
	tx, err := o.db.Begin(t.Context())
	require.NoError(t, err)
	n, err := chatdb.Store{DB: tx}.Relay(t.Context(), 10, 0)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	n, err = o.store.Relay(t.Context(), 10, 0)
	require.NoError(t, err)
	require.Zero(t, n, "what another relay has taken is not waited for")
	require.NoError(t, tx.Rollback(t.Context()))
	require.Empty(t, o.heard())
	require.Equal(t, 1, o.relay())
	require.Equal(t, []string{id.String() + ":1:1"}, o.heard())
}

func TestATransactionThatCommitsLateIsPublished(t *testing.T) {
	t.Parallel()
	o := newOutbox(t)
	id := o.room()
	o.relay()
	o.heard()
	tx, err := o.db.Begin(t.Context())
	require.NoError(t, err)
	_, _, err = chatdb.Store{DB: tx}.DirectRoom(t.Context(), ann, "late", nil)
	require.NoError(t, err)
	for range 3 {
		o.commit([]uuid.UUID{id})
	}
	n, err := o.store.Relay(t.Context(), 10, 2)
	require.NoError(t, err)
	require.Equal(t, 2, n, "of the latest two")
	require.NoError(t, tx.Commit(t.Context()))
	n, err = o.store.Relay(t.Context(), 10, 2)
	require.NoError(t, err)
	require.Zero(t, n)
	require.Equal(t, 2, o.relay(), "of all")
	require.Len(t, o.heard(), 3)
}

func TestPublishedEventsArePruned(t *testing.T) {
	t.Parallel()
	o := newOutbox(t)
	old, waiting := o.room(), o.room()
	o.relay()
	o.commit([]uuid.UUID{waiting})
	o.exec("UPDATE athena.chat_outbox SET created_at = now() - interval '2 hours'")
	o.commit([]uuid.UUID{old})
	o.exec("DELETE FROM athena.chat_outbox_unpublished WHERE $1 = ANY (room_ids)", old)
	prune := func() int64 {
		n, err := o.store.Prune(t.Context(), time.Hour, 100)
		require.NoError(t, err)
		return n
	}
	const left = "SELECT count(*) FROM athena.chat_outbox WHERE room_id = $1"
	require.EqualValues(t, 1, prune())
	require.Equal(t, 1, o.count(left, old), "what is young stays")
	require.Equal(t, 2, o.count(left, waiting), "what is not published stays")
	require.Equal(t, 1, o.relay())
	require.EqualValues(t, 2, prune())
	require.Zero(t, o.count(left, waiting))
	require.Zero(t, prune())
}

func TestArrivalsAreFoundHoweverMuchFollowed(t *testing.T) {
	t.Parallel()
	o := newOutbox(t)
	before := o.room()
	since := time.Now()
	o.exec("UPDATE athena.chat_outbox SET created_at = $1::timestamptz - interval '1 minute'", since)
	id := o.room("bob")
	o.exec(`INSERT INTO athena.chat_outbox (aggregate_type, aggregate_id, room_id, room_seq, event_seq, event_type, payload_json, created_at)
		SELECT 'chat_message', gen_random_uuid(), CASE n % 2 WHEN 0 THEN $1::uuid ELSE $2 END, n, n + 1, 'chat.message.created', '{}', now() FROM generate_series(1, 12000) AS n`, id, before)
	o.exec("UPDATE athena.chat_outbox SET created_at = $2::timestamptz + interval '1 second' WHERE room_id = $1 AND event_seq = 1", id, since)
	recent, err := o.store.RecentArrivals(t.Context(), since)
	require.NoError(t, err)
	require.Equal(t, map[uuid.UUID]int64{id: 1}, recent)
	list, err := o.store.Arrivals(t.Context(), id, 1, 10)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Equal(t, wire.EventRoomCreated, list[0].Type)
	require.Equal(t, []string{"ann", "bob"}, list[0].Users)

	for i := range 5 {
		o.commit(nil, task(id, chatdb.AddMembers{Users: []string{fmt.Sprint("user", i)}}))
	}
	list, err = o.store.Arrivals(t.Context(), id, 2, 3)
	require.NoError(t, err)
	require.Len(t, list, 3)
	rest, err := o.store.Arrivals(t.Context(), id, list[2].EventSeq+1, 3)
	require.NoError(t, err)
	require.Len(t, rest, 2)
}
