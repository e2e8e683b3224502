package deferral_test

import (
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"athena/wire"

	"github.com/stretchr/testify/require"
)

// line is the way to a database that can be cut.
type line struct {
	net.Listener
	to    string
	mu    sync.Mutex
	cut   bool
	conns []net.Conn
}

// throughLine gives an address of a database behind a line.
func throughLine(t *testing.T, uri string) (*line, string) {
	t.Helper()
	u, err := url.Parse(uri)
	require.NoError(t, err)
	l := &line{to: u.Host}
	l.Listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.set(true); _ = l.Close() })
	go l.serve()
	u.Host = l.Addr().String()
	return l, u.String()
}

func (l *line) serve() {
	for {
		near, err := l.Accept()
		if err != nil {
			return
		}
		far, err := net.Dial("tcp", l.to)
		if err != nil || !l.keep(near, far) {
			_ = near.Close()
			continue
		}
		go func() { _, _ = io.Copy(far, near); _ = far.Close() }()
		go func() { _, _ = io.Copy(near, far); _ = near.Close() }()
	}
}

func (l *line) keep(pair ...net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.cut {
		_ = pair[1].Close()
		return false
	}
	l.conns = append(l.conns, pair...)
	return true
}

// set cuts the line, or mends it.
func (l *line) set(cut bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = cut
	for _, c := range l.conns {
		_ = c.Close()
	}
	l.conns = nil
}

func TestAWriteWaitsForItsDatabase(t *testing.T) {
	t.Parallel()
	f := newFixtureThrough(t, throughLine)
	f.doing.Attempts = 1000
	_, problem := f.insert(t.Context()) // the database is known
	require.Nil(t, problem)
	f.line.set(true)
	for range 4 {
		again, w := f.do(t)
		require.Positive(t, again)
		require.Equal(t, wire.DeferredQueued, w.Status)
		require.Contains(t, string(w.Error), "unavailable")
	}
	f.line.set(false)
	require.Eventually(t, func() bool {
		_, w := f.do(t)
		return w.Status == wire.DeferredCompleted
	}, time.Minute, 10*time.Millisecond)
	require.Equal(t, 2, f.rows(t), "the first was no deferred one")
}
