package chat_test

import (
	"testing"
	"time"

	"athena/persistence/chatdb"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// chatTables hold what belongs to a room.
var chatTables = map[string]string{
	"chat_rooms": "id", "chat_direct_rooms": "room_id", "chat_room_members": "room_id", "chat_messages": "room_id", "chat_outbox": "room_id",
}

// rows counts what is stored of a room, by table.
func (w *world) rows(room uuid.UUID) map[string]int {
	w.t.Helper()
	counts := map[string]int{}
	for table, column := range chatTables {
		var n int
		require.NoError(w.t, w.db.QueryRow(w.t.Context(), "SELECT count(*) FROM athena."+table+" WHERE "+column+" = $1", room).Scan(&n))
		if n > 0 {
			counts[table] = n
		}
	}
	return counts
}

// count gives how many rows a table has.
func (w *world) count(table string) (n int) {
	w.t.Helper()
	require.NoError(w.t, w.db.QueryRow(w.t.Context(), "SELECT count(*) FROM athena."+table).Scan(&n))
	return n
}

// age moves all that has happened two hours back, and has it published.
func (w *world) age() {
	w.t.Helper()
	_, err := w.db.Exec(w.t.Context(), `
		DELETE FROM athena.chat_outbox_unpublished;
		UPDATE athena.chat_outbox SET created_at = created_at - interval '2 hours';
		UPDATE athena.chat_rooms SET created_at = created_at - interval '2 hours', updated_at = updated_at - interval '2 hours',
		       last_message_at = last_message_at - interval '2 hours'`)
	require.NoError(w.t, err)
}

func (w *world) forget(limit int) int64 {
	w.t.Helper()
	n, err := chatdb.Store{DB: w.db}.Forget(w.t.Context(), time.Hour, limit)
	require.NoError(w.t, err)
	return n
}

func TestOldRoomsGoAsAWhole(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	old := w.room("bob")
	direct := do[wire.CreatedChatRoom](w, "ann", "POST /chat/rooms", `{"kind":"dm","member_user_ids":["bob"]}`, 201).Data.ID
	var last wire.ChatMessage
	for range 7 {
		last = w.send("ann", old, "to be forgotten")
	}
	do[wire.ChatReactionSummary](w, "bob", at("POST /chat/messages/%s/reactions", last.ID), `{"emoji":"👍"}`, 200)
	require.Zero(t, w.forget(2), "nothing is old")
	w.age()
	young := w.room("bob")
	w.send("ann", young, "to be kept")
	before := w.rows(young)

	require.EqualValues(t, 2, w.forget(2))
	require.Empty(t, w.rows(old))
	require.Empty(t, w.rows(direct))
	require.Equal(t, before, w.rows(young))
	require.Zero(t, w.count("chat_message_reactions"))
	require.Zero(t, w.count("chat_forgotten_rooms"))
	require.Zero(t, w.forget(2))

	w.refused("ann", at("POST /chat/rooms/%s/messages", old), `{"body_text":"anyone?"}`, 404, "was not found")
	w.refused("ann", at("GET /chat/rooms/%s/messages", old), "", 404, "was not found")
	again := do[wire.CreatedChatRoom](w, "ann", "POST /chat/rooms", `{"kind":"dm","member_user_ids":["bob"]}`, 201).Data.ID
	require.NotEqual(t, direct, again)
	require.EqualValues(t, 2, w.send("bob", young, "on").RoomSeq)
}

func TestRoomsInWhichSomethingHappenedStay(t *testing.T) {
	t.Parallel()
	for name, happen := range map[string]func(*world, uuid.UUID, wire.ChatMessage){
		"message": func(w *world, id uuid.UUID, _ wire.ChatMessage) { w.send("bob", id, "new") },
		"reaction": func(w *world, id uuid.UUID, m wire.ChatMessage) {
			do[wire.ChatReactionSummary](w, "bob", at("POST /chat/messages/%s/reactions", m.ID), `{"emoji":"👍"}`, 200)
		},
		"rename": func(w *world, id uuid.UUID, _ wire.ChatMessage) {
			do[wire.ChatRoom](w, "ann", at("PATCH /chat/rooms/%s", id), `{"title":"new"}`, 200)
		},
		"event on its way": func(w *world, id uuid.UUID, _ wire.ChatMessage) {
			_, err := w.db.Exec(w.t.Context(), "INSERT INTO athena.chat_outbox_unpublished (room_ids, event_seqs, arrival_seqs) VALUES (ARRAY[gen_random_uuid(), $1], '{1,1}', '{NULL,NULL}')", id)
			require.NoError(w.t, err)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			id := w.room("bob")
			m := w.send("ann", id, "old")
			w.age()
			happen(w, id, m)
			require.Zero(t, w.forget(10))
			require.NotEmpty(t, w.history("bob", id, "").Items)
		})
	}
}

func TestRoomsInUseAreLeftForTheNextTime(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room()
	w.age()
	tx, err := w.db.Begin(t.Context())
	require.NoError(t, err)
	_, err = tx.Exec(t.Context(), "SELECT FROM athena.chat_rooms WHERE id = $1 FOR NO KEY UPDATE", id)
	require.NoError(t, err)
	require.Zero(t, w.forget(10))
	require.NoError(t, tx.Rollback(t.Context()))
	require.EqualValues(t, 1, w.forget(10))
}

func TestWhatAnEarlierRunLeftIsRemoved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	id := w.room()
	w.send("ann", id, "left")
	_, err := w.db.Exec(t.Context(), "INSERT INTO athena.chat_forgotten_rooms (room_id) SELECT id FROM athena.chat_rooms; DELETE FROM athena.chat_rooms")
	require.NoError(t, err)
	require.Zero(t, w.forget(10))
	require.Empty(t, w.rows(id))
}

func TestNothingIsForgottenWhereThereIsNoChat(t *testing.T) {
	t.Parallel()
	n, err := chatdb.Store{DB: dbtest.Pool(t, dbtest.New(t))}.Forget(t.Context(), time.Hour, 10)
	require.NoError(t, err)
	require.Zero(t, n)
}
