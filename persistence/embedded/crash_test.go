package embedded

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestServerThatDiesIsStartedAgain(t *testing.T) {
	t.Parallel()
	c := open(t, Config{Dir: made(t)})
	uri := c.URI("postgres")
	run(t, c, "CREATE TABLE kept AS SELECT 'still here' AS text")
	for range 2 {
		before := serverPID(c)
		killServer(t, c)
		require.NoError(t, c.WaitState(t.Context(), Restarting))
		require.NoError(t, c.WaitReady(t.Context()))
		require.NotEqual(t, before, serverPID(c))
		require.Equal(t, uri, c.URI("postgres"))
		require.Equal(t, "still here", show(t, c, "SELECT text FROM kept"))
	}
}

func TestCloseWhileTheServerIsDown(t *testing.T) {
	t.Parallel()
	dir := made(t)
	c := open(t, Config{Dir: dir})
	killServer(t, c)
	require.NoError(t, c.WaitState(t.Context(), Restarting))
	require.NoError(t, c.Close(t.Context()))
	<-c.Done()
	require.ErrorIs(t, c.WaitReady(t.Context()), ErrStopped)
	open(t, Config{Dir: dir})
}

func TestCloseWithoutPatienceStillKeepsCommits(t *testing.T) {
	t.Parallel()
	dir := made(t)
	c := open(t, Config{Dir: dir})
	run(t, c, "CREATE TABLE kept AS SELECT 'still here' AS text")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorContains(t, c.Close(ctx), "the next start recovers")
	require.Equal(t, "still here", show(t, open(t, Config{Dir: dir}), "SELECT text FROM kept"))
}

func TestOwnerKilledAndOpenedAgainAtOnce(t *testing.T) {
	t.Parallel()
	dir := made(t)
	for range 3 {
		child := startChild(t, dir)
		joined, err := Attach(t.Context(), Config{Dir: dir})
		require.NoError(t, err)
		run(t, joined, "CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1)")
		kill(t, child)
	}
	c := open(t, Config{Dir: dir})
	require.Equal(t, "3", show(t, c, "SELECT count(*)::text FROM kept"))
}

func TestServerEndsWithItsOwner(t *testing.T) {
	t.Parallel()
	dir := made(t)
	child := startChild(t, dir)
	kill(t, child)
	gone(t, pidFile(filepath.Join(dir, "pgdata")))
}

func TestThrowawayFolderGoesWithItsOwner(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "throwaway")
	child := startChild(t, dir, childEphemeral+"=yes")
	kill(t, child)
	gone(t, dir)
}

// A server without owner and guard is what is left when both were killed.
func TestStrayServerIsEndedBeforeTheNextStarts(t *testing.T) {
	t.Parallel()
	dir := made(t)
	h, err := newHome(dir)
	require.NoError(t, err)
	c := newCluster(Config{Dir: dir}, h)
	stray, err := c.begin(t.Context())
	require.NoError(t, err)
	run(t, c, "CREATE TABLE kept AS SELECT 'still here' AS text")

	next := open(t, Config{Dir: dir})
	<-stray.exited
	require.NoError(t, stray.err, "ended in an orderly way")
	require.Equal(t, "still here", show(t, next, "SELECT text FROM kept"))
}

func TestAttachJoinsOrOpens(t *testing.T) {
	t.Parallel()
	dir := made(t)
	owner := open(t, Config{Dir: dir})
	joined, err := Attach(t.Context(), Config{Dir: dir})
	require.NoError(t, err)
	require.Equal(t, owner.URI("x"), joined.URI("x"))
	require.Equal(t, owner.Binaries(), joined.Binaries())
	require.NoError(t, joined.Close(t.Context()))
	require.Equal(t, "1", show(t, owner, "SELECT '1'"), "the owner's server goes on")
	require.NoError(t, owner.Close(t.Context()))

	alone, err := Attach(t.Context(), Config{Dir: dir})
	require.NoError(t, err)
	require.Equal(t, "1", show(t, alone, "SELECT '1'"))
	require.NoError(t, alone.Close(t.Context()))
	require.NoFileExists(t, pidFile(alone.home.data()))
}

func TestAttachMakesNothing(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "mistyped")
	_, err := Attach(t.Context(), Config{Dir: dir})
	require.ErrorContains(t, err, "holds no cluster")
	require.NoDirExists(t, dir)
}

func TestAttachWaitsForAnOwnerThatStarts(t *testing.T) {
	t.Parallel()
	dir := made(t)
	held, err := takeLock(filepath.Join(dir, "lock"))
	require.NoError(t, err)
	ctx, cancel := context.WithTimeout(t.Context(), 5*pollEvery)
	defer cancel()
	_, err = Attach(ctx, Config{Dir: dir})
	require.ErrorIs(t, err, ErrInUse)
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.NoError(t, held.release())
	c, err := Attach(t.Context(), Config{Dir: dir})
	require.NoError(t, err)
	require.NoError(t, c.Close(t.Context()))
}

func TestLogStartsOverWhenLarge(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "server.log")
	require.NoError(t, capLog(path, 5), "no log yet")
	require.NoError(t, os.WriteFile(path, []byte("12345"), 0o600))
	require.NoError(t, capLog(path, 5))
	require.NoFileExists(t, path+".1")

	require.NoError(t, os.WriteFile(path, []byte("123456"), 0o600))
	l, err := openLog(path)
	require.NoError(t, err)
	defer l.close()
	require.NoError(t, capLog(path, 5))
	_, err = l.file.WriteString("new\n")
	require.NoError(t, err)
	require.Equal(t, "new", l.tail())
	old, err := os.ReadFile(path + ".1")
	require.NoError(t, err)
	require.Equal(t, "123456", string(old))
}
