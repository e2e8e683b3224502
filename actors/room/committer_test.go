package room_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"athena/actors/room"
	"athena/persistence"

	"github.com/stretchr/testify/require"
)

// TestATransactionThatTakesLongHoldsUpItsOwnRoomAlone: one transaction is held back, and
// only one may be in flight.
func TestATransactionThatTakesLongHoldsUpItsOwnRoomAlone(t *testing.T) {
	t.Parallel()
	db := newDatabase(t)
	stuck, free := newRoom(t, db, "bob"), newRoom(t, db)
	begun, open := make(chan struct{}), make(chan struct{})
	held := &atomic.Bool{}
	rooms := newRooms(t, databases{db, func(db persistence.Pool) (persistence.Pool, error) {
		return gate{db, held, begun, open}, nil
	}}, room.Config{AtOnce: 1, Overdue: time.Millisecond})
	var wg sync.WaitGroup
	wg.Go(func() {
		_, err := send(t.Context(), rooms, text(stuck, "ann", "first"))
		require.NoError(t, err)
	})
	<-begun
	wg.Go(func() {
		_, err := send(t.Context(), rooms, text(stuck, "bob", "second"))
		require.NoError(t, err)
	})
	for range 3 {
		_, err := send(t.Context(), rooms, text(free, "ann", "passes"))
		require.NoError(t, err)
	}
	require.Empty(t, storedTexts(t, db, stuck))
	close(open)
	wg.Wait()
	require.Equal(t, []string{"first", "second"}, storedTexts(t, db, stuck))
	require.Len(t, storedTexts(t, db, free), 3)
}
