// Package redistest gives tests a real Redis of their own, on a free port, without
// anything on disk. A test never skips for want of it: it fails and says what is
// missing.
package redistest

import (
	"context"
	"fmt"
	"net"
	"os/exec"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"athena/persistence/cache"
)

// patience is long for a loaded machine.
const patience = time.Minute

// Server is a Redis that can be stopped and started again at the same address.
type Server struct {
	// URL is its address.
	URL  string
	port string
	cmd  *exec.Cmd
}

// New starts a Redis that lives as long as the test.
func New(t testing.TB) *Server {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	_, port, err := net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	s := &Server{URL: "redis://127.0.0.1:" + port, port: port}
	s.Start(t)
	t.Cleanup(func() { s.Stop(t) })
	return s
}

// Start starts a server that was stopped, empty.
func (s *Server) Start(t testing.TB) {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	require.NoError(t, err, "tests need redis-server: run cmd/setup/redis.sh")
	s.cmd = exec.Command(path, "--bind", "127.0.0.1", "--port", s.port, "--save", "", "--appendonly", "no", "--dir", t.TempDir())
	require.NoError(t, s.cmd.Start())
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for err = fmt.Errorf("not asked"); err != nil; {
		require.NoError(t, ctx.Err(), "redis-server does not answer")
		err = cache.Ping(ctx, s.URL)
	}
}

// Stop kills the server, which loses everything.
func (s *Server) Stop(t testing.TB) {
	t.Helper()
	if s.cmd == nil {
		return
	}
	require.NoError(t, s.cmd.Process.Kill())
	_ = s.cmd.Wait() // it tells of the kill
	s.cmd = nil
}

// Pause has the server take connections and answer nothing; it keeps what it has.
func (s *Server) Pause(t testing.TB) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGSTOP))
}

// Resume lets a paused server go on.
func (s *Server) Resume(t testing.TB) {
	t.Helper()
	require.NoError(t, s.cmd.Process.Signal(syscall.SIGCONT))
}
