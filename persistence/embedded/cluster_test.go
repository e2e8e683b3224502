package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
	"golang.org/x/sync/errgroup"
)

func TestClusterKeepsDataPasswordAndPort(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), "made", "on", "demand")
	first := open(t, Config{Dir: dir, Settings: map[string]string{"work_mem": "3MB"}})
	require.Equal(t, Ready, first.State())
	run(t, first, "CREATE TABLE kept AS SELECT 'still here' AS text")
	require.Equal(t, "3MB", show(t, first, "SHOW work_mem"))
	require.Equal(t, "on", show(t, first, "SHOW fsync"))
	require.Equal(t, "UTF8 C", show(t, first, "SELECT current_setting('server_encoding') || ' ' || datcollate FROM pg_database LIMIT 1"))
	require.NoError(t, first.Close(t.Context()))
	require.NoError(t, first.Close(t.Context()), "closing twice")
	require.Equal(t, Stopped, first.State())

	second := open(t, Config{Dir: dir})
	require.Equal(t, first.URI("postgres"), second.URI("postgres"))
	require.Equal(t, "still here", show(t, second, "SELECT text FROM kept"))
}

func TestPasswordIsAskedForAndPrivate(t *testing.T) {
	t.Parallel()
	c := open(t, Config{Dir: made(t)})
	_, err := pgx.Connect(t.Context(), strings.Replace(c.URI("postgres"), c.password, "wrong", 1))
	require.ErrorContains(t, err, "password authentication failed")
	info, err := os.Stat(filepath.Join(c.home.dir, "password"))
	require.NoError(t, err)
	require.EqualValues(t, 0o600, info.Mode().Perm())
	command, err := os.ReadFile(filepath.Join(c.home.data(), "postmaster.opts"))
	require.NoError(t, err)
	require.NotContains(t, string(command), c.password)
}

func TestSocketLeadsToTheSameServer(t *testing.T) {
	t.Parallel()
	c := open(t, Config{Dir: made(t)})
	require.NoError(t, c.CreateDatabase(t.Context(), "a b"))
	conn, err := pgx.Connect(t.Context(), c.SocketURI("a b"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	var database string
	var local bool
	const ask = "SELECT current_database(), inet_server_addr() IS NULL"
	require.NoError(t, conn.QueryRow(t.Context(), ask).Scan(&database, &local))
	require.Equal(t, "a b", database)
	require.True(t, local)
}

func TestSecondOwnerIsRefusedByProcessNumber(t *testing.T) {
	t.Parallel()
	dir := made(t)
	child := startChild(t, dir)
	_, err := Open(t.Context(), Config{Dir: dir})
	require.ErrorIs(t, err, ErrInUse)
	require.ErrorContains(t, err, fmt.Sprintf("process %d", child.Process.Pid))
}

func TestPortThatIsTakenIsChanged(t *testing.T) {
	t.Parallel()
	other, c := open(t, Config{Dir: made(t)}), Config{Dir: made(t)}
	require.NoError(t, os.WriteFile(filepath.Join(c.Dir, "port"), fmt.Append(nil, other.port), 0o600))
	require.NotEqual(t, other.port, open(t, c).port)
}

func TestUnfinishedClusterIsMadeAnew(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	half := filepath.Join(dir, "pgdata.new")
	require.NoError(t, os.MkdirAll(filepath.Join(half, "base"), 0o700))
	require.NoError(t, os.WriteFile(filepath.Join(half, "PG_VERSION"), []byte("15\n"), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "password"), []byte("kept\n"), 0o600))
	c := open(t, Config{Dir: dir})
	require.Equal(t, "1", show(t, c, "SELECT '1'"))
	require.Equal(t, "kept", c.password)
	require.NoDirExists(t, half)
	require.NoFileExists(t, half+".password")
}

func TestLongPathGetsItsSocketElsewhere(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(folder(t), strings.Repeat("long", 25))
	c := open(t, Config{Dir: dir, Ephemeral: true})
	socket := c.home.socket()
	require.Equal(t, socket, show(t, c, "SHOW unix_socket_directories"))
	require.FileExists(t, filepath.Join(socket, fmt.Sprintf(".s.PGSQL.%d.lock", c.port)))
	require.NoError(t, c.Close(t.Context()))
	require.NoDirExists(t, socket)
	require.NoDirExists(t, dir)
}

func TestCreateDatabaseTwiceAndAtOnce(t *testing.T) {
	t.Parallel()
	c := open(t, Config{Dir: made(t)})
	var all errgroup.Group
	for range 4 {
		all.Go(func() error { return c.CreateDatabase(t.Context(), `odd "name`) })
	}
	require.NoError(t, all.Wait())
	require.NoError(t, c.CreateDatabase(t.Context(), `odd "name`))
	conn, err := pgx.Connect(t.Context(), c.URI(`odd "name`))
	require.NoError(t, err)
	require.NoError(t, conn.Close(t.Context()))
}

func TestServerOfAnotherVersionIsRefused(t *testing.T) {
	t.Parallel()
	dir, b := made(t), Binaries{Dir: "/somewhere", Major: 9}
	_, err := Open(t.Context(), Config{Dir: dir, Binaries: b})
	require.ErrorContains(t, err, "point ATHENA_PG_BIN to a version")
	open(t, Config{Dir: dir}) // and the lock was given up
}

func TestWrongSettingIsReportedInTheServersWords(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), Config{Dir: made(t), Settings: map[string]string{"work_mem": "plenty"}})
	require.ErrorContains(t, err, `invalid value for parameter "work_mem"`)
}

func TestOpenEndsWithItsContext(t *testing.T) {
	t.Parallel()
	dir := made(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Open(ctx, Config{Dir: dir})
	require.ErrorIs(t, err, context.Canceled)
	open(t, Config{Dir: dir})
}

func TestProcessFileOfAnotherProgramIsForgotten(t *testing.T) {
	t.Parallel()
	dir := made(t)
	sleeper := exec.Command("sleep", "3600")
	account, err := serverAccount(dir)
	require.NoError(t, err)
	sleeper.SysProcAttr = account.attributes() // one that the server may signal
	require.NoError(t, sleeper.Start())
	t.Cleanup(func() {
		_ = sleeper.Process.Kill()
		_ = sleeper.Wait()
	})
	file := fmt.Sprintf("%d\n%s/pgdata\n1700000000\n15432\n\n127.0.0.1\n  0  0\nready\n", sleeper.Process.Pid, dir)
	require.NoError(t, os.WriteFile(pidFile(filepath.Join(dir, "pgdata")), []byte(file), 0o600))
	open(t, Config{Dir: dir})
	require.NoError(t, sleeper.Process.Signal(syscall.Signal(0)), "the other program is left alone")
}

func TestMissingPasswordIsNamed(t *testing.T) {
	t.Parallel()
	dir := made(t)
	require.NoError(t, os.Remove(filepath.Join(dir, "password")))
	_, err := Open(t.Context(), Config{Dir: dir})
	require.ErrorContains(t, err, "password file is gone")
}
