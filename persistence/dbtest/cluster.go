package dbtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"athena/persistence/embedded"
)

// server is what the databases of this process are made on.
type server struct {
	uri string // of a superuser, in any database
}

// theServer is started by the first test that needs it.
var theServer = sync.OnceValues(func() (server, error) {
	if uri := os.Getenv("ATHENA_TEST_POSTGRES"); uri != "" {
		return server{uri: uri}, sweep(uri)
	}
	c, err := start(nil)
	if err != nil {
		return server{}, err
	}
	return server{uri: c.URI("postgres")}, nil
})

func shared(t testing.TB) server {
	t.Helper()
	s, err := theServer()
	require.NoError(t, err, "tests need a PostgreSQL server")
	return s
}

// start runs a throwaway cluster on a copy of the image.
func start(settings map[string]string) (*embedded.Cluster, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	b, err := embedded.Find()
	if err != nil {
		return nil, err
	}
	img, err := image(ctx, b)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(base(), "athena-test-")
	if err != nil {
		return nil, fmt.Errorf("dbtest: make a folder: %w", err)
	}
	// The trailing dot copies what is in the folder; -p keeps modes and owners.
	if out, err := exec.CommandContext(ctx, "cp", "-Rp", img+"/.", dir).CombinedOutput(); err != nil {
		return nil, fmt.Errorf("dbtest: copy %s: %w: %s", img, errors.Join(err, os.RemoveAll(dir)), out)
	}
	return open(ctx, dir, b, settings)
}

func open(ctx context.Context, dir string, b embedded.Binaries, extra map[string]string) (*embedded.Cluster, error) {
	settings := map[string]string{
		"max_connections": "400",
		"shared_buffers":  "64MB",
		"min_wal_size":    "32MB",
		"max_wal_size":    "256MB",
		"autovacuum":      "off", // it would lock and analyse at moments of its own
	}
	maps.Copy(settings, extra)
	c, err := embedded.Open(ctx, embedded.Config{
		Dir: dir, Binaries: b, Ephemeral: true,
		Settings: settings,
	})
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	return c, nil
}

// image is a stopped, empty cluster to copy from. Of several processes that make
// it at once, one wins, and the others throw their work away.
func image(ctx context.Context, b embedded.Binaries) (string, error) {
	path := filepath.Join(base(), fmt.Sprintf("athena-test-image-%d-%d", os.Getuid(), b.Major))
	if _, err := os.Lstat(path); err == nil {
		return path, checkOwner(path)
	}
	dir, err := os.MkdirTemp(base(), "athena-test-image-")
	if err != nil {
		return "", fmt.Errorf("dbtest: make a folder: %w", err)
	}
	defer os.RemoveAll(dir)
	if err := embedded.Make(ctx, embedded.Config{Dir: dir, Binaries: b, Ephemeral: true}); err != nil {
		return "", err
	}
	if err := os.Rename(dir, path); err != nil {
		if _, lost := os.Lstat(path); lost != nil {
			return "", fmt.Errorf("dbtest: keep the image: %w", err)
		}
	}
	return path, checkOwner(path)
}

// checkOwner refuses an image that someone else laid into a folder open to all.
func checkOwner(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return fmt.Errorf("dbtest: look at the image: %w", err)
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !info.IsDir() || !ok || int(stat.Uid) != os.Getuid() {
		return fmt.Errorf("dbtest: %s is not a folder of ours", path)
	}
	return nil
}

const (
	memory = "/dev/shm"
	// roomy is the free memory below which the disk is used instead, as in
	// containers, whose memory folder is often 64 MB.
	roomy = 1 << 30
)

// base is the folder for clusters and the image.
func base() string {
	var fs syscall.Statfs_t
	if os.Getenv("TMPDIR") != "" || syscall.Statfs(memory, &fs) != nil {
		return os.TempDir()
	}
	if uint64(fs.Bavail)*uint64(fs.Bsize) < roomy {
		return os.TempDir()
	}
	return memory
}
