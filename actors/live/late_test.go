package live_test

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"athena/actors"
	"athena/actors/live"
	"athena/actors/room"
	"athena/persistence"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// slowBase hands over late what the first reading of how far a room has got found.
type slowBase struct {
	base
	first *atomic.Bool
	read  chan<- struct{}
	open  <-chan struct{}
}

type slowDB struct {
	persistence.Pool
	base slowBase
}

func (b slowBase) DB(context.Context, string) (persistence.Pool, error) { return slowDB{b.db, b}, nil }

func (d slowDB) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	rows, err := d.Pool.Query(ctx, sql, args...)
	if strings.Contains(sql, "AS is_member") && d.base.first.CompareAndSwap(false, true) {
		close(d.base.read)
		<-d.base.open
	}
	return rows, err
}

func TestAJoinThatReadsBeforeTheFirstOneToArriveMissesNothing(t *testing.T) {
	t.Parallel()
	b := newBase(t)
	id := b.room(t, "bob")
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	read, open := make(chan struct{}), make(chan struct{})
	config := quick
	config.Listen = func(ctx context.Context, _ string, _ map[string]func(string)) { <-ctx.Done() }
	n := &node{hub: live.New(system, slowBase{b, &atomic.Bool{}, read, open}, config)}
	n.rooms = room.New(system, b, room.Config{}) // whose events the hub is not told
	t.Cleanup(func() {
		require.NoError(t, n.rooms.Drain(context.Background()))
		require.NoError(t, n.hub.Close(context.Background()))
		system.Shutdown()
	})

	late := &ear{changed: make(chan struct{})}
	f, err := n.hub.Connect(t.Context(), "acme", as("bob"), late)
	require.NoError(t, err)
	t.Cleanup(f.Close)
	joined := make(chan error, 1)
	go func() { joined <- f.Subscribe(t.Context(), id, new(int64)) }()
	<-read
	n.send(t, id, "ann", "one")
	_, early := n.follow(t, "ann", new(int64), id)
	early.awaitMessages(t, 1)
	close(open)
	require.NoError(t, <-joined)
	late.awaitMessages(t, 1)
	require.Equal(t, []string{"one"}, late.messages(t, 1))
}
