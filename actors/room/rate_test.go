package room_test

import (
	"testing"

	"athena/actors/room"
	"athena/persistence/chatdb"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func TestSendsAreLimitedForEachUserAndRoom(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	rooms := newRooms(t, databases{db: db}, room.Config{Rate: 1})
	id, other := newRoom(t, db, "bob"), newRoom(t, db)
	_, err := send(t.Context(), rooms, text(id, "ann", "one"))
	require.NoError(t, err)
	_, err = send(t.Context(), rooms, text(id, "ann", "two"))
	problem, ok := wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, wire.ChatRateLimited, problem.Code)
	require.Positive(t, problem.RetryAfter)
	_, err = send(t.Context(), rooms, text(id, "bob", "another user"))
	require.NoError(t, err)
	_, err = send(t.Context(), rooms, text(other, "ann", "another room"))
	require.NoError(t, err)
	_, err = room.Do(t.Context(), rooms, room.Key{Client: "acme", Room: id}, ann, chatdb.Rename{})
	require.NoError(t, err, "changes are not limited")
	require.Equal(t, []string{"one", "another user"}, storedTexts(t, db, id))
}
