package live_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"athena/actors"
	"athena/actors/live"
	"athena/persistence"
	"athena/wire"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
)

// away is a database out of reach.
type away struct{}

func (away) DB(context.Context, string) (persistence.Pool, error) {
	return nil, wire.Fail(wire.BackendUnavailable, "out of reach").After(time.Second)
}

// TestNobodyWaitsForAListenerOfADatabaseOutOfReach: what the follower asks for next
// says what is the matter.
func TestNobodyWaitsForAListenerOfADatabaseOutOfReach(t *testing.T) {
	t.Parallel()
	system := actors.NewSystem(slog.New(slog.DiscardHandler))
	hub := live.New(system, away{}, live.Config{Patience: time.Hour, Listen: func(ctx context.Context, _ string, _ map[string]func(string)) {
		<-ctx.Done()
	}})
	t.Cleanup(func() {
		require.NoError(t, hub.Close(context.Background()))
		system.Shutdown()
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	for range 2 { // the second comes while the relay runs
		f, err := hub.Connect(ctx, "acme", as("ann"), &ear{})
		require.NoError(t, err)
		p, ok := wire.AsProblem(f.Subscribe(ctx, uuid.New(), nil))
		require.True(t, ok)
		require.Equal(t, wire.BackendUnavailable, p.Code)
		f.Close()
	}
}
