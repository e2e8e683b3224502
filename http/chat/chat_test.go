package chat_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"athena/actors"
	"athena/actors/room"
	"athena/http/apitest"
	"athena/http/chat"
	"athena/persistence"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

// world is a chat server over a database of its own.
type world struct {
	t   *testing.T
	api *apitest.API
	db  *pgxpool.Pool
}

// oneDatabase holds the chat of the client "acme".
type oneDatabase struct{ db persistence.Pool }

func (o oneDatabase) DB(_ context.Context, client string) (persistence.Pool, error) {
	if client != "acme" {
		return nil, wire.Fail(wire.ClientUnknown, "no client %s", client)
	}
	return o.db, nil
}

func newWorld(t *testing.T) *world {
	t.Helper()
	return newWorldOn(t, dbtest.Client(t))
}

func newWorldOn(t *testing.T, uri string) *world {
	t.Helper()
	w := &world{t: t, db: dbtest.Pool(t, uri)}
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	t.Cleanup(system.Shutdown)
	databases := oneDatabase{w.db}
	api := chat.API{Rooms: room.New(system, databases, room.Config{}), Databases: databases}
	t.Cleanup(func() { require.NoError(t, api.Rooms.Drain(context.Background())) })
	w.api = apitest.New(t, api.Routes())
	return w
}

// do calls as a user of the organization "org" and reads the answer.
func do[T any](w *world, user, operation, body string, status int) T {
	w.t.Helper()
	reply := w.api.Do(w.t, operation, body, apitest.As("acme", "org", user)...)
	require.Equal(w.t, status, reply.Status, reply.Body)
	return read[T](w.t, reply)
}

func read[T any](t *testing.T, reply apitest.Reply) (out T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(reply.Body), &out), reply.Body)
	return out
}

// refused calls and expects a failure whose words hold a text.
func (w *world) refused(user, operation, body string, status int, words string) wire.Failure {
	w.t.Helper()
	f := do[wire.Failure](w, user, operation, body, status)
	require.Contains(w.t, f.Error, words)
	return f
}

// room makes a group of ann, the owner, and others.
func (w *world) room(others ...string) uuid.UUID {
	w.t.Helper()
	body, err := json.Marshal(map[string]any{"kind": "group", "title": "Room", "member_user_ids": others})
	require.NoError(w.t, err)
	return do[wire.CreatedChatRoom](w, "ann", "POST /chat/rooms", string(body), 201).Data.ID
}

func (w *world) send(user string, room uuid.UUID, text string) wire.ChatMessage {
	w.t.Helper()
	return do[wire.Success[wire.ChatMessage]](w, user, at("POST /chat/rooms/%s/messages", room), `{"body_text":"`+text+`"}`, 201).Data
}

func (w *world) history(user string, room uuid.UUID, query string) wire.ChatMessagePage {
	w.t.Helper()
	return do[wire.ChatMessagePage](w, user, at("GET /chat/rooms/%s/messages", room)+query, "", 200)
}

// events are the room's events, oldest first.
func (w *world) events(room uuid.UUID) []wire.ChatEvent {
	w.t.Helper()
	rows, err := w.db.Query(w.t.Context(), "SELECT payload_json::text FROM athena.chat_outbox WHERE room_id = $1 ORDER BY id", room)
	require.NoError(w.t, err)
	payloads, err := pgx.CollectRows(rows, pgx.RowTo[string])
	require.NoError(w.t, err)
	list := make([]wire.ChatEvent, len(payloads))
	for i, text := range payloads {
		require.NoError(w.t, json.Unmarshal([]byte(text), &list[i]), text)
	}
	return list
}

// since gives the events after the first n, and their types in one string.
func (w *world) since(room uuid.UUID, n int) ([]wire.ChatEvent, string) {
	w.t.Helper()
	list := w.events(room)[n:]
	types := make([]string, len(list))
	for i, e := range list {
		types[i] = e.Type
	}
	return list, strings.Join(types, " ")
}

func at(operation string, args ...any) string { return fmt.Sprintf(operation, args...) }
