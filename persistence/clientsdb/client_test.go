package clientsdb_test

import (
	"testing"

	"athena/persistence/clientsdb"
	"athena/persistence/dbtest"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func newCatalog(t *testing.T) clientsdb.Store {
	t.Helper()
	return clientsdb.Store{DB: dbtest.Pool(t, dbtest.Control(t))}
}

func save(name, uri string) *wire.SaveAthenaClient {
	return &wire.SaveAthenaClient{ClientName: name, PgURI: &uri}
}

// addresses gives the clients of the catalog in its order.
func addresses(t *testing.T, s clientsdb.Store) (list [][2]string) {
	t.Helper()
	clients, err := s.List(t.Context())
	require.NoError(t, err)
	require.NotNil(t, clients)
	for _, c := range clients {
		list = append(list, [2]string{c.ClientName, *c.PgURI})
	}
	return list
}

func TestCatalog(t *testing.T) {
	t.Parallel()
	s := newCatalog(t)
	require.Empty(t, addresses(t, s))
	for _, name := range []string{"b", "a"} {
		made, err := s.Create(t.Context(), save(name, "postgres://h/"+name))
		require.NoError(t, err)
		require.True(t, made.IsActive)
	}
	require.Equal(t, [][2]string{{"a", "postgres://h/a"}, {"b", "postgres://h/b"}}, addresses(t, s))
	_, err := s.Create(t.Context(), save("a", "postgres://h/other"))
	p, ok := wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, 409, p.Code.Status)

	removed, err := s.Remove(t.Context(), "a")
	require.NoError(t, err)
	require.NotNil(t, removed.DeletedAt)
	_, err = s.Remove(t.Context(), "a")
	p, ok = wire.AsProblem(err)
	require.True(t, ok)
	require.Equal(t, 404, p.Code.Status)
	_, err = s.Create(t.Context(), save("a", "postgres://h/again"))
	require.NoError(t, err, "a removed client leaves its name free")
	require.Equal(t, [][2]string{{"a", "postgres://h/again"}, {"b", "postgres://h/b"}}, addresses(t, s))
}

func TestInactiveClient(t *testing.T) {
	t.Parallel()
	off := false
	request := save("a", "postgres://h/a")
	request.IsActive = &off
	made, err := newCatalog(t).Create(t.Context(), request)
	require.NoError(t, err)
	require.False(t, made.IsActive)
}

func TestEnsureFollowsTheAddressAndRespectsRemoval(t *testing.T) {
	t.Parallel()
	s := newCatalog(t)
	for _, uri := range []string{"postgres://h/1", "postgres://h/1", "postgres://h/2"} {
		require.NoError(t, s.Ensure(t.Context(), "demo", "about", uri))
		require.Equal(t, [][2]string{{"demo", uri}}, addresses(t, s))
	}
	_, err := s.Remove(t.Context(), "demo")
	require.NoError(t, err)
	require.NoError(t, s.Ensure(t.Context(), "demo", "about", "postgres://h/3"))
	require.Empty(t, addresses(t, s))
	_, err = s.Create(t.Context(), save("demo", "postgres://h/mine"))
	require.NoError(t, err)
	require.NoError(t, s.Ensure(t.Context(), "demo", "about", "postgres://h/4"))
	require.Equal(t, [][2]string{{"demo", "postgres://h/mine"}}, addresses(t, s), "the operator's own is left alone")
}
