package room

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"athena/actors"
	"athena/persistence"
	"athena/persistence/chatdb"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

type anyDatabase struct{ db persistence.Pool }

func (d anyDatabase) DB(context.Context, string) (persistence.Pool, error) { return d.db, nil }

// bomb makes the actor that looks at it panic: the room when it asks who sends, or
// the committer when it asks what it is.
type bomb struct {
	send
	inRoom bool
}

func (b *bomb) by() chatdb.Caller {
	if b.inRoom {
		panic("room")
	}
	return b.By
}

func (b *bomb) twin() (twin, bool) { panic("committer") }

func TestAnActorThatPanicsComesBack(t *testing.T) {
	t.Parallel()
	uri := dbtest.Client(t)
	db := dbtest.Pool(t, uri)
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	t.Cleanup(system.Shutdown)
	rooms := New(system, anyDatabase{db}, Config{Policy: actors.Policy{Backoff: time.Millisecond}})
	by := chatdb.Caller{Organization: "org", User: "ann"}
	made, err := chatdb.Store{DB: db}.CreateRoom(t.Context(), by, &wire.CreateChatRoom{Kind: wire.RoomGroup})
	require.NoError(t, err)
	key := Key{"acme", made.ID}
	message := func() wire.ChatMessage {
		return wire.ChatMessage{ID: uuid.New(), RoomID: key.Room, SenderID: "ann", BodyText: new("x")}
	}
	for n := range 2 {
		m, err := rooms.Send(t.Context(), "acme", by, message())
		require.NoError(t, err)
		require.EqualValues(t, 2*n+1, m.RoomSeq)

		_, err = actors.Ask[wire.ChatMessage](t.Context(), rooms.rooms, key, &bomb{send{Send: chatdb.Send{By: by, Message: message()}}, true})
		require.ErrorContains(t, err, "failed while handling")
		m, err = rooms.Send(t.Context(), "acme", by, message())
		require.NoError(t, err, "the next life of the room reads the store")
		require.EqualValues(t, 2*n+2, m.RoomSeq)

		_, err = actors.Ask[wire.ChatMessage](t.Context(), rooms.rooms, key, &bomb{send{Send: chatdb.Send{By: by, Message: message()}}, false})
		require.ErrorContains(t, err, "not stored", "what waits at a committer is answered when it panics")
	}
}
