package embedded

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"
)

// childFolder makes the test binary open the cluster of that folder and wait to
// be killed.
const childFolder, childEphemeral = "EMBEDDED_TEST_FOLDER", "EMBEDDED_TEST_EPHEMERAL"

func TestMain(m *testing.M) {
	if dir := os.Getenv(childFolder); dir != "" {
		runChild(dir)
	}
	code := m.Run()
	if made := imageMade; made != "" {
		os.RemoveAll(made)
	}
	os.Exit(code)
}

func runChild(dir string) {
	cfg := Config{Dir: dir, Ephemeral: os.Getenv(childEphemeral) != ""}
	if _, err := Open(context.Background(), cfg); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("open")
	select {}
}

// startChild gives another process that has the cluster open.
func startChild(t *testing.T, dir string, env ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(append(os.Environ(), childFolder+"="+dir), env...)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	var said string
	_, err = fmt.Fscanln(out, &said)
	require.NoError(t, err)
	require.Equal(t, "open", said)
	return cmd
}

func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait(), "killed")
}

// folder is an empty folder that the server's account can enter, in memory where
// there is such a thing, since these tests sync a lot.
func folder(t testing.TB) string {
	t.Helper()
	base := ""
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		base = "/dev/shm"
	}
	dir, err := os.MkdirTemp(base, "embedded-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o711))
	t.Cleanup(func() { require.NoError(t, os.RemoveAll(dir)) })
	return dir
}

var (
	imageMade string
	imageOnce = sync.OnceValues(func() (string, error) {
		dir, err := os.MkdirTemp("", "embedded-image-")
		imageMade = dir
		if err != nil {
			return "", err
		}
		return dir, Make(context.Background(), Config{Dir: dir})
	})
)

// made is a folder with a cluster that was never started.
func made(t testing.TB) string {
	t.Helper()
	image, err := imageOnce()
	require.NoError(t, err)
	dir := folder(t)
	out, err := exec.Command("cp", "-Rp", image+"/.", dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
	return dir
}

func open(t testing.TB, cfg Config) *Cluster {
	t.Helper()
	c, err := Open(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { _ = c.Close(context.Background()) })
	return c
}

func run(t testing.TB, c *Cluster, sql string) {
	t.Helper()
	conn := dial(t, c)
	_, err := conn.Exec(t.Context(), sql)
	require.NoError(t, err)
}

func show(t testing.TB, c *Cluster, sql string) (text string) {
	t.Helper()
	require.NoError(t, dial(t, c).QueryRow(t.Context(), sql).Scan(&text))
	return text
}

func dial(t testing.TB, c *Cluster) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), c.URI("postgres"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func serverPID(c *Cluster) int { return readPostmaster(c.home.data()).pid }

// gone waits until a path has disappeared, which another process sees to.
func gone(t testing.TB, path string) {
	t.Helper()
	for {
		if _, err := os.Stat(path); os.IsNotExist(err) {
			return
		}
		require.NoError(t, pause(t.Context(), pollEvery), "%s is still there", filepath.Base(path))
	}
}

func killServer(t testing.TB, c *Cluster) {
	t.Helper()
	require.NoError(t, syscall.Kill(serverPID(c), syscall.SIGKILL))
}
