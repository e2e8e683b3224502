package dbtest

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"athena/persistence/embedded"
)

// Standby starts a server that follows a cluster: it can be read, and does what is done
// there. It is stopped and removed when the test ends.
func Standby(t testing.TB, primary *embedded.Cluster) *embedded.Cluster {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	dir, err := os.MkdirTemp(base(), "athena-test-")
	require.NoError(t, err)
	data := filepath.Join(dir, "pgdata")
	label := backup(ctx, t, primary, dir)
	require.NoError(t, os.Remove(filepath.Join(data, "postmaster.pid")))
	lay(t, data, "backup_label", label)
	lay(t, data, "standby.signal", "")
	c, err := open(ctx, dir, primary.Binaries(), map[string]string{"primary_conninfo": primary.URI("postgres")})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, c.Close(context.Background())) })
	return c
}

// lay writes a file into a server's folder and gives it to its owner.
func lay(t testing.TB, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, name)
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	info, err := os.Stat(dir)
	require.NoError(t, err)
	stat, ok := info.Sys().(*syscall.Stat_t)
	require.True(t, ok)
	require.NoError(t, os.Chown(path, int(stat.Uid), int(stat.Gid)))
}

// backup copies a running cluster into a folder and gives the label of the copy, which
// says where replay begins.
// (https://www.postgresql.org/docs/current/continuous-archiving.html#BACKUP-LOWLEVEL-BASE-BACKUP)
func backup(ctx context.Context, t testing.TB, primary *embedded.Cluster, dir string) (label string) {
	t.Helper()
	conn, err := pgx.Connect(ctx, primary.URI("postgres"))
	require.NoError(t, err)
	defer conn.Close(ctx)
	var data string
	require.NoError(t, conn.QueryRow(ctx, "SELECT current_setting('data_directory')").Scan(&data))
	_, err = conn.Exec(ctx, "SELECT pg_backup_start('standby', true)")
	require.NoError(t, err)
	home := filepath.Dir(data)
	out, err := exec.CommandContext(ctx, "cp", "-Rp", data, filepath.Join(home, "password"), dir).CombinedOutput()
	require.NoError(t, err, string(out))
	require.NoError(t, conn.QueryRow(ctx, "SELECT labelfile FROM pg_backup_stop(false)").Scan(&label))
	return label
}
