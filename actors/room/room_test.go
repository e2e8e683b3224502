package room_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"athena/actors"
	"athena/actors/room"
	"athena/persistence"
	"athena/persistence/chatdb"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

var ann = chatdb.Caller{Organization: "org", User: "ann"}

// databases gives one database to every client; lend may put something before it.
type databases struct {
	db   *pgxpool.Pool
	lend func(persistence.Pool) (persistence.Pool, error)
}

func (d databases) DB(context.Context, string) (persistence.Pool, error) {
	if d.lend == nil {
		return d.db, nil
	}
	return d.lend(d.db)
}

func newDatabase(t *testing.T) *pgxpool.Pool {
	t.Helper()
	return dbtest.Pool(t, dbtest.Client(t))
}

func newRooms(t *testing.T, d room.Databases, c room.Config) *room.Rooms {
	t.Helper()
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	t.Cleanup(system.Shutdown)
	return room.New(system, d, c)
}

// newRoom makes a room of ann and others in the store.
func newRoom(t testing.TB, db persistence.DB, others ...string) uuid.UUID {
	t.Helper()
	made, err := chatdb.Store{DB: db}.CreateRoom(context.Background(), ann, &wire.CreateChatRoom{Kind: wire.RoomGroup, MemberUserIDs: others})
	require.NoError(t, err)
	return made.ID
}

// text is a message as a handler makes it.
func text(room uuid.UUID, sender, body string) wire.ChatMessage {
	return wire.ChatMessage{
		ID: uuid.Must(uuid.NewV7()), RoomID: room, SenderID: sender, BodyText: &body,
		Attachments: []wire.ChatAttachmentView{}, Reactions: []wire.ChatReactionCount{},
	}
}

func send(ctx context.Context, r *room.Rooms, m wire.ChatMessage) (wire.ChatMessage, error) {
	return r.Send(ctx, "acme", chatdb.Caller{Organization: "org", User: m.SenderID}, m)
}

// storedTexts are the bodies of a room's messages in order; the numbers must be 1, 2, 3...
func storedTexts(t *testing.T, db *pgxpool.Pool, room uuid.UUID) []string {
	t.Helper()
	rows, err := db.Query(t.Context(), "SELECT room_seq, body_text FROM athena.chat_messages WHERE room_id = $1 ORDER BY room_seq", room)
	require.NoError(t, err)
	var texts []string
	var seq int64
	var body string
	_, err = pgx.ForEachRow(rows, []any{&seq, &body}, func() error {
		texts = append(texts, body)
		require.EqualValues(t, len(texts), seq, "numbers have no gap")
		return nil
	})
	require.NoError(t, err)
	var last, events int64
	require.NoError(t, db.QueryRow(t.Context(), `SELECT last_message_seq, (SELECT count(*) FROM athena.chat_outbox WHERE room_id = $1 AND event_type = 'chat.message.created')
		FROM athena.chat_rooms WHERE id = $1`, room).Scan(&last, &events))
	require.EqualValues(t, len(texts), last)
	require.EqualValues(t, len(texts), events)
	return texts
}

func code(err error) string {
	if p, ok := wire.AsProblem(err); ok {
		return p.Code.Name
	}
	return fmt.Sprint(err)
}

// gate holds the first transaction back, so that what is sent meanwhile makes one
// batch.
type gate struct {
	persistence.Pool
	held  *atomic.Bool
	begun chan<- struct{}
	open  <-chan struct{}
}

func (g gate) Acquire(ctx context.Context) (*persistence.Conn, error) {
	if g.held.CompareAndSwap(false, true) {
		close(g.begun)
		<-g.open
	}
	return g.Pool.Acquire(ctx)
}

func TestABatchIsSplitUntilTheBadMessageStandsAlone(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	begun, open := make(chan struct{}), make(chan struct{})
	held := &atomic.Bool{}
	rooms := newRooms(t, databases{db, func(db persistence.Pool) (persistence.Pool, error) {
		return gate{db, held, begun, open}, nil
	}}, room.Config{AtOnce: 1, Overdue: time.Hour})
	ids := []uuid.UUID{newRoom(t, db), newRoom(t, db), newRoom(t, db)}
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := send(t.Context(), rooms, text(ids[0], "ann", "first"))
		require.NoError(t, err)
	})
	<-begun
	var refused atomic.Int32
	for i := range 30 {
		m := text(ids[i%3], "ann", fmt.Sprint(i))
		if i%10 == 4 {
			m.BodyJSON = wire.JSONObject(`{"n":1e999999}`) // more than numeric holds
		}
		wg.Go(func() {
			_, err := send(t.Context(), rooms, m)
			if m.BodyJSON == nil {
				require.NoError(t, err)
			} else if code(err) == wire.InvalidValue.Name {
				refused.Add(1)
			}
		})
	}
	close(open)
	wg.Wait()
	require.EqualValues(t, 3, refused.Load())
	total := 0
	for _, id := range ids {
		total += len(storedTexts(t, db, id))
	}
	require.Equal(t, 28, total)
}

func TestALostReplyToACommitMakesNoDouble(t *testing.T) {
	t.Parallel()
	for _, stored := range []bool{true, false} {
		t.Run(fmt.Sprintf("stored=%t", stored), func(t *testing.T) {
			t.Parallel()
			within := cutBeforeCommit
			if stored {
				within = cutAfterCommit
			}
			cut := within(t)
			id := newRoom(t, cut.db, "bob")
			rooms := newRooms(t, databases{db: cut.db}, room.Config{})
			for i := range 5 {
				cut.begin(1)
				m := text(id, "ann", fmt.Sprint(i))
				if i%2 == 0 {
					m.ClientMessageID = m.BodyText
				}
				got, err := send(t.Context(), rooms, m)
				require.NoError(t, err)
				require.Equal(t, m.ID, got.ID)
				require.EqualValues(t, i+1, got.RoomSeq)
				require.True(t, cut.over())
			}
			require.Equal(t, []string{"0", "1", "2", "3", "4"}, storedTexts(t, cut.db, id))

			cut.begin(1)
			renamed, err := room.Do(t.Context(), rooms, room.Key{Client: "acme", Room: id}, ann, chatdb.Rename{Title: new("x")})
			require.NoError(t, err)
			require.EqualValues(t, 2, renamed.Version, "a change is made once, too")
		})
	}
}

func TestALossThatLastsIsTold(t *testing.T) {
	t.Parallel()
	cut := cutBeforeCommit(t)
	id := newRoom(t, cut.db)
	rooms := newRooms(t, databases{db: cut.db}, room.Config{})
	cut.begin(math.MaxInt32)
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	_, err := send(ctx, rooms, text(id, "ann", "lost"))
	require.Equal(t, wire.ChatUnavailable.Name, code(err))
	p, _ := wire.AsProblem(err)
	require.Positive(t, p.RetryAfter)
	require.Contains(t, p.Detail, "stored or not")
	cut.begin(0)
	_, err = send(t.Context(), rooms, text(id, "ann", "kept"))
	require.NoError(t, err)
	require.Equal(t, []string{"kept"}, storedTexts(t, cut.db, id), "a message whose sender has given up is left out")
}

func TestTwoNodesShareARoom(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	ids := []uuid.UUID{newRoom(t, db), newRoom(t, db), newRoom(t, db), newRoom(t, db)}
	nodes := []*room.Rooms{newRooms(t, databases{db: db}, room.Config{}), newRooms(t, databases{db: db}, room.Config{})}
	var wg sync.WaitGroup
	for s := range 16 {
		wg.Go(func() {
			for i := range 20 {
				m := text(ids[(s+i)%len(ids)], "ann", fmt.Sprint(s, i))
				_, err := send(t.Context(), nodes[s%2], m)
				require.NoError(t, err)
			}
		})
	}
	wg.Wait()
	for _, id := range ids {
		require.Len(t, storedTexts(t, db, id), 80)
	}
}

func TestWhatAnotherNodeChangedIsNoticed(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	id := newRoom(t, db, "bob")
	here, there := newRooms(t, databases{db: db}, room.Config{}), newRooms(t, databases{db: db}, room.Config{})
	key := room.Key{Client: "acme", Room: id}
	say := func(user string) error {
		_, err := send(t.Context(), here, text(id, user, "hi"))
		return err
	}
	require.NoError(t, say("bob"))
	_, err := room.Do(t.Context(), there, key, ann, chatdb.RemoveMember{User: "bob"})
	require.NoError(t, err)
	require.Equal(t, wire.ChatForbidden.Name, code(say("bob")))
	_, err = room.Do(t.Context(), there, key, ann, chatdb.AddMembers{Users: []string{"bob", "cy"}})
	require.NoError(t, err)
	require.NoError(t, say("bob"))
	require.NoError(t, say("cy"))
	_, err = db.Exec(t.Context(), "UPDATE athena.chat_room_members SET hidden_at = now() WHERE user_id = 'cy'")
	require.NoError(t, err)
	require.Equal(t, wire.ChatForbidden.Name, code(say("cy")), "also what was changed by hand")
	_, err = room.Do(t.Context(), there, key, ann, chatdb.Archive{})
	require.NoError(t, err)
	require.Equal(t, wire.ChatConflict.Name, code(say("bob")))
}

func TestAStrangerDoesNotHoldUpMembers(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	id := newRoom(t, db)
	rooms := newRooms(t, databases{db: db}, room.Config{})
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			if i%2 == 0 {
				_, err := send(t.Context(), rooms, text(id, "ann", "hi"))
				require.NoError(t, err)
				return
			}
			_, err := send(t.Context(), rooms, text(id, "zoe", "hi"))
			require.Equal(t, wire.ChatForbidden.Name, code(err))
		})
	}
	wg.Wait()
	require.Len(t, storedTexts(t, db, id), 20)
}

func TestALockedRoomStopsOnlyItself(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	locked, free := newRoom(t, db), newRoom(t, db)
	rooms := newRooms(t, databases{db: db}, room.Config{AtOnce: 1})
	tx, err := db.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM athena.chat_rooms WHERE id = $1 FOR UPDATE", locked)
	require.NoError(t, err)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			_, err := send(t.Context(), rooms, text(locked, "ann", "no"))
			require.Equal(t, wire.ChatUnavailable.Name, code(err))
		})
		wg.Go(func() {
			_, err := send(t.Context(), rooms, text(free, "ann", "yes"))
			require.NoError(t, err)
		})
	}
	wg.Wait()
	require.NoError(t, tx.Rollback(t.Context()))
	require.Empty(t, storedTexts(t, db, locked))
	require.Len(t, storedTexts(t, db, free), 4)
}

func TestAnExpiredSenderIsDroppedUnsent(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	id := newRoom(t, db)
	begun, open := make(chan struct{}), make(chan struct{})
	held := &atomic.Bool{}
	rooms := newRooms(t, databases{db, func(db persistence.Pool) (persistence.Pool, error) { return gate{db, held, begun, open}, nil }}, room.Config{AtOnce: 1, Overdue: time.Hour})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := send(t.Context(), rooms, text(id, "ann", "first"))
		require.NoError(t, err)
	})
	<-begun
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := send(ctx, rooms, text(id, "ann", "gone"))
	require.Error(t, err)
	wg.Go(func() {
		_, err := send(t.Context(), rooms, text(id, "ann", "second"))
		require.NoError(t, err)
	})
	close(open)
	wg.Wait()
	require.Equal(t, []string{"first", "second"}, storedTexts(t, db, id))
}

func TestTheDatabaseIsDown(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	id := newRoom(t, db)
	var down atomic.Bool
	rooms := newRooms(t, databases{db, func(db persistence.Pool) (persistence.Pool, error) {
		if down.Load() {
			return nil, wire.Fail(wire.BackendUnavailable, "no connection")
		}
		return db, nil
	}}, room.Config{})
	down.Store(true)
	_, err := send(t.Context(), rooms, text(id, "ann", "x"))
	require.Equal(t, wire.BackendUnavailable.Name, code(err), "while the room is loaded")
	down.Store(false)
	_, err = send(t.Context(), rooms, text(id, "ann", "up"))
	require.NoError(t, err)
	down.Store(true)
	_, err = send(t.Context(), rooms, text(id, "ann", "x"))
	require.Equal(t, wire.BackendUnavailable.Name, code(err), "while a message is written")
	require.Equal(t, []string{"up"}, storedTexts(t, db, id))
}

// panicDB panics in a transaction.
type panicDB struct{ persistence.Pool }

func (panicDB) Acquire(context.Context) (*persistence.Conn, error) { panic("no such luck") }

func TestAPanicOutsideTheMailboxIsAnswered(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	id := newRoom(t, db)
	var bad atomic.Bool
	bad.Store(true)
	rooms := newRooms(t, databases{db, func(db persistence.Pool) (persistence.Pool, error) {
		if bad.Load() {
			return panicDB{db}, nil
		}
		return db, nil
	}}, room.Config{})
	_, err := send(t.Context(), rooms, text(id, "ann", "x"))
	require.ErrorContains(t, err, "no such luck")
	bad.Store(false)
	_, err = send(t.Context(), rooms, text(id, "ann", "fine"))
	require.NoError(t, err)
	require.Equal(t, []string{"fine"}, storedTexts(t, db, id))
}

func TestIdleRoomsAreForgottenAndComeBack(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	rooms := newRooms(t, databases{db: db}, room.Config{Idle: 20 * time.Millisecond})
	ids := make([]uuid.UUID, 50)
	for i := range ids {
		ids[i] = newRoom(t, db)
	}
	for round := range 2 {
		for _, id := range ids {
			m, err := send(t.Context(), rooms, text(id, "ann", fmt.Sprint(round)))
			require.NoError(t, err)
			require.EqualValues(t, round+1, m.RoomSeq)
		}
		require.Eventually(t, func() bool { return rooms.Len() == 0 }, 20*time.Second, 5*time.Millisecond)
	}
}

func TestDrainCommitsWhatWasTaken(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	id := newRoom(t, db)
	rooms := newRooms(t, databases{db: db}, room.Config{})
	var mu sync.Mutex
	var kept []string
	var wg sync.WaitGroup
	started := make(chan struct{}, 64)
	for i := range 64 {
		wg.Go(func() {
			for n := 0; ; n++ {
				body := fmt.Sprint(i, "/", n)
				_, err := send(t.Context(), rooms, text(id, "ann", body))
				if err != nil {
					require.Contains(t, []string{wire.ShuttingDown.Name, wire.ChatUnavailable.Name}, code(err))
					return
				}
				mu.Lock()
				kept = append(kept, body)
				mu.Unlock()
				if n == 0 {
					started <- struct{}{}
				}
			}
		})
	}
	<-started
	require.NoError(t, rooms.Drain(t.Context()))
	wg.Wait()
	stored := storedTexts(t, db, id)
	slices.Sort(stored)
	slices.Sort(kept)
	require.Equal(t, kept, stored, "what is stored was answered, and the reverse")
}

func TestCommitSaysWhatIsWrongWithTheWholeBatch(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	id := newRoom(t, db)
	m := text(id, "ann", "x")
	m.BodyJSON = wire.JSONObject(`{`)
	err := chatdb.Commit(t.Context(), db, &chatdb.Batch{Sends: []*chatdb.Send{{By: ann, Message: m}}})
	var p *wire.Problem
	require.True(t, errors.As(persistence.Explain(err), &p))
	require.Equal(t, 400, p.Code.Status)
}
