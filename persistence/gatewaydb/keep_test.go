package gatewaydb_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"athena/persistence/cache"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"

	"github.com/stretchr/testify/require"
)

// keeper is a store whose answers are kept.
type keeper struct{ *world }

func newKeeper(t *testing.T) *keeper {
	t.Helper()
	return &keeper{newWorld(t, keeping(t))}
}

// keeping has a store keep its answers.
func keeping(t *testing.T) gatewaydb.Options {
	t.Helper()
	c, err := cache.New(cache.Options{})
	require.NoError(t, err)
	t.Cleanup(c.Close)
	return gatewaydb.Options{Cache: c, Client: "acme"}
}

// outcome reads the things and says how.
func (k *keeper) outcome() string {
	k.t.Helper()
	return k.outcomeIn("public")
}

// outcomeIn reads the things of a schema.
func (k *keeper) outcomeIn(schema string) string {
	k.t.Helper()
	st, err := k.Prepare(k.t.Context(), &sqltext.Read{From: sqltext.Name{Schema: schema, Table: "things"}}, public, nil)
	require.NoError(k.t, err)
	require.True(k.t, st.Keepable())
	look := cache.Lookup{TTL: time.Hour}
	_, err = k.Kept(k.t.Context(), st, &look, k.Run)
	require.NoError(k.t, err)
	outcome, _ := look.Name()
	return outcome
}

// TestWhatAnotherDidOutdates: a write whose result is given again was committed by a
// process that may not have told of it.
func TestWhatAnotherDidOutdates(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	done := gatewaydb.WithOnce(t.Context(), &gatewaydb.Once{Done: &gatewaydb.Kept{Tag: "UPDATE 1", JSON: []byte("[]")}})
	k.outcome()
	require.Equal(t, "hit", k.outcome())
	_, err := k.Query(done, gatewaydb.Raw{SQL: "UPDATE things SET name = 'x' WHERE id = 1"})
	require.NoError(t, err)
	require.Equal(t, "miss", k.outcome())

	st, err := k.Prepare(t.Context(), &sqltext.Delete{
		From:  sqltext.Name{Schema: "public", Table: "things"},
		Where: &sqltext.Compare{Operand: sqltext.Operand{Name: "id"}, Op: sqltext.Eq, Value: sqltext.Value{Kind: sqltext.KindNumber, Text: "1"}},
	}, public, nil)
	require.NoError(t, err)
	require.Equal(t, "hit", k.outcome())
	_, err = k.Run(done, st)
	require.NoError(t, err)
	require.Equal(t, "miss", k.outcome())
}

// TestOutside: what reached the database by another way outdates like a write.
func TestOutside(t *testing.T) {
	t.Parallel()
	k := newKeeper(t)
	for _, write := range []string{"UPDATE things SET name = 'x'", "UPDATE unheard_of SET a = 1", "TRUNCATE things", "not SQL"} {
		k.outcome()
		k.Outside(t.Context(), nil, "SELECT count(*) FROM things")
		require.Equal(t, "hit", k.outcome(), "a read outdates nothing")
		k.Outside(context.Background(), errors.New("the connection is lost"), write)
		require.Equal(t, "miss", k.outcome(), write)
	}
}
