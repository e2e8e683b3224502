package main

import (
	"fmt"
	"syscall"
	"testing"
	"time"

	"athena/persistence/dbtest"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// chatter is a user of a running server's chat, and the database behind it.
type chatter struct {
	t       *testing.T
	server  *process
	headers []string
	db      *pgxpool.Pool
}

// room makes a room with one message.
func (c *chatter) room() string {
	c.t.Helper()
	made := c.server.do(c.t, "POST", "/chat/rooms", `{"kind":"group"}`, c.headers...)
	require.Equal(c.t, 201, made.status, made.body)
	var reply struct{ Data struct{ ID uuid.UUID } }
	require.NoError(c.t, json.Unmarshal([]byte(made.body), &reply))
	id := reply.Data.ID.String()
	c.send(id, 201)
	return id
}

func (c *chatter) send(room string, status int) {
	c.t.Helper()
	r := c.server.do(c.t, "POST", "/chat/rooms/"+room+"/messages", `{"body_text":"kept?"}`, c.headers...)
	require.Equal(c.t, status, r.status, r.body)
}

// history reads a room and gives the status.
func (c *chatter) history(room string) int {
	c.t.Helper()
	return c.server.do(c.t, "GET", "/chat/rooms/"+room+"/messages", "", c.headers...).status
}

// count asks the database.
func (c *chatter) count(query string, args ...any) (n int) {
	c.t.Helper()
	require.NoError(c.t, c.db.QueryRow(c.t.Context(), query, args...).Scan(&n))
	return n
}

// age moves what has happened in a room back, once its events are given out.
func (c *chatter) age(room string, by time.Duration) {
	c.t.Helper()
	require.Eventually(c.t, func() bool {
		return c.count("SELECT count(*) FROM athena.chat_outbox_unpublished") == 0
	}, patience, 20*time.Millisecond)
	for _, statement := range []string{
		"UPDATE athena.chat_outbox SET created_at = created_at - $2::interval WHERE room_id = $1",
		"UPDATE athena.chat_rooms SET created_at = created_at - $2::interval, updated_at = updated_at - $2::interval, last_message_at = last_message_at - $2::interval WHERE id = $1",
	} {
		_, err := c.db.Exec(c.t.Context(), statement, room, by)
		require.NoError(c.t, err)
	}
}

// TestRoomRetention lets a server run that keeps rooms for ever, and then one that
// keeps them for an hour.
func TestRoomRetention(t *testing.T) {
	t.Parallel()
	control, chat := dbtest.New(t), dbtest.New(t)
	h := newHome(t)
	h.config = configFile(t, "postgres_clients: {demo: {pg_uri_env_var: CHAT}}\n")
	h.env = []string{"ATHENA_CONTROL_URI=" + control, "CHAT=" + chat}
	h.succeed(t, "migrate", "--client", "demo")
	token := h.succeed(t, "session", "create", "--user", "ann", "--organization", "acme", "--client", "demo")
	c := &chatter{t, serve(t, h), []string{"X-Athena-Client: demo", "Authorization: Bearer " + token}, dbtest.Pool(t, chat)}
	old, used, young := c.room(), c.room(), c.room()
	c.age(old, 2*time.Hour)
	c.age(used, 2*time.Hour)
	c.send(used, 201)
	require.Zero(t, c.server.end(t, syscall.SIGTERM))

	c.server = serve(t, h)
	for _, room := range []string{old, used, young} {
		require.Equal(t, 200, c.history(room), "rooms are kept for ever unless it is said otherwise")
	}
	require.Zero(t, c.server.end(t, syscall.SIGTERM))

	h.env = append(h.env, "ATHENA_CHAT_ROOM_RETENTION=1h")
	c.server = serve(t, h)
	require.Eventually(t, func() bool { return c.history(old) == 404 }, patience, 20*time.Millisecond)
	c.send(old, 404)
	for table, column := range map[string]string{
		"chat_rooms": "id", "chat_room_members": "room_id", "chat_messages": "room_id", "chat_outbox": "room_id",
	} {
		query := fmt.Sprintf("SELECT count(*) FROM athena.%s WHERE %s = $1", table, column)
		require.Eventually(t, func() bool { return c.count(query, old) == 0 }, patience, 20*time.Millisecond, table)
		require.Positive(t, c.count(query, used), table)
		require.Positive(t, c.count(query, young), table)
	}
	for _, room := range []string{used, young} {
		require.Equal(t, 200, c.history(room))
		c.send(room, 201)
	}
	require.Zero(t, c.server.end(t, syscall.SIGTERM))
}
