package window_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"athena/actors/window"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func TestAClientsOwnSettingsCountAtOnce(t *testing.T) {
	t.Parallel()
	var set atomic.Pointer[wire.InsertConfig]
	f := newFixture(t, dbtest.New(t, tables), window.Config{Client: func(name string) *wire.InsertConfig {
		if name != client {
			t.Errorf("settings of %q asked for", name)
		}
		return set.Load()
	}})
	next := 0
	// transactions stores n rows at once and counts the transactions that it took.
	transactions := func(n int, delay time.Duration) string {
		first := next
		next += n
		together(n, func(i int) {
			_, err := f.insert(t.Context(), t, "items", fmt.Sprintf(`{"name": "%d", "n": %d}`, first+i, first+i), delay)
			require.NoError(t, err)
		})
		return f.value(t, fmt.Sprintf("SELECT count(DISTINCT xact) FROM items WHERE n >= %d", first))
	}
	yes, no, second, four := true, false, 1000, 4
	set.Store(&wire.InsertConfig{WindowMS: &second})
	require.Equal(t, "1", transactions(8, 0), "rows wait for each other as the client's settings say")
	set.Store(&wire.InsertConfig{WindowMS: &second, BatchCap: &four})
	require.Equal(t, "2", transactions(8, 0))
	set.Store(&wire.InsertConfig{Share: &no, WindowMS: &second})
	require.Equal(t, "8", transactions(8, 0))
	require.Equal(t, "1", transactions(8, time.Second), "a caller may still ask for a window")
	set.Store(&wire.InsertConfig{Share: &yes})
	_ = transactions(8, 0)
	set.Store(nil)
	_ = transactions(8, 0)
}

func TestAClientMayShareWhereOthersDoNot(t *testing.T) {
	t.Parallel()
	yes, minute, all := true, 60_000, 8 // the window ends when it is full
	f := newFixture(t, dbtest.New(t, tables), window.Config{Alone: true, Client: func(string) *wire.InsertConfig {
		return &wire.InsertConfig{Share: &yes, WindowMS: &minute, BatchCap: &all}
	}})
	together(8, func(i int) {
		_, err := f.insert(t.Context(), t, "items", fmt.Sprintf(`{"name": "%d"}`, i), 0)
		require.NoError(t, err)
	})
	require.Equal(t, "1", f.value(t, "SELECT count(DISTINCT xact) FROM items"))
}
