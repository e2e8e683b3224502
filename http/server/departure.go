package server

import (
	"context"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/valyala/fasthttp"
)

// lookEvery is how often the connections of long requests are looked at, and the
// age from which a request counts as long.
const lookEvery = 100 * time.Millisecond

// serving is the request that a connection is busy with.
type serving struct {
	began  time.Time
	cancel context.CancelFunc
}

// conn is a client's connection that knows what is being served on it.
type conn struct {
	*net.TCPConn
	now   atomic.Pointer[serving]
	owner *departures
}

// Close also takes the connection out of sight.
func (c *conn) Close() error {
	c.owner.conns.Delete(c)
	return c.TCPConn.Close()
}

// gone reports whether the client has closed its side. What it may have sent
// already stays unread.
func (c *conn) gone() bool {
	raw, err := c.SyscallConn()
	if err != nil {
		return false
	}
	gone := false
	err = raw.Control(func(fd uintptr) {
		var one [1]byte
		n, _, err := syscall.Recvfrom(int(fd), one[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		waiting := err == syscall.EAGAIN || err == syscall.EINTR //nolint:errorlint // a number from the kernel
		gone = n <= 0 && !waiting
	})
	return err == nil && gone
}

// departures ends requests whose clients went away, so that their statements do
// not run on for nobody. fasthttp reads nothing while a handler runs and would
// notice only when it writes the answer. Watching costs a request two stores; the
// sockets are asked only about requests that take long.
type departures struct{ conns sync.Map }

// listener makes the connections of another one visible.
type listener struct {
	net.Listener
	owner *departures
}

func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tcp, ok := c.(*net.TCPConn)
	if !ok {
		return c, nil
	}
	seen := &conn{TCPConn: tcp, owner: l.owner}
	l.owner.conns.Store(seen, nil)
	return seen, nil
}

// begin says that a request is being served on a connection, which may be nil:
// one of a kind that cannot be watched.
func begin(rc *fasthttp.RequestCtx, began time.Time, cancel context.CancelFunc) *conn {
	c, _ := rc.Conn().(*conn)
	if c != nil {
		c.now.Store(&serving{began: began, cancel: cancel})
	}
	return c
}

// end says that the request is done with.
func (c *conn) end() {
	if c != nil {
		c.now.Store(nil)
	}
}

// watch looks until ctx ends.
func (d *departures) watch(ctx context.Context) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			d.look(now.Add(-lookEvery))
		}
	}
}

// look cancels requests that began before the given time and whose clients left.
func (d *departures) look(before time.Time) {
	d.conns.Range(func(key, _ any) bool {
		c := key.(*conn)
		if s := c.now.Load(); s != nil && s.began.Before(before) && c.gone() {
			s.cancel()
		}
		return true
	})
}
