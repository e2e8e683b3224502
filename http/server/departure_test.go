package server

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// pair is a connection as the server sees it, with its client's end.
func pair(t *testing.T, d *departures) (*conn, net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	require.NoError(t, err)
	t.Cleanup(func() { client.Close() })
	served, err := listener{Listener: l, owner: d}.Accept()
	require.NoError(t, err)
	t.Cleanup(func() { served.Close() })
	return served.(*conn), client
}

func TestOnlyRequestsOfClientsWhoLeftAreCanceled(t *testing.T) {
	t.Parallel()
	began := time.Now()
	for _, tc := range []struct {
		name     string
		client   func(net.Conn) error
		before   time.Time
		canceled bool
	}{
		{"waits", func(net.Conn) error { return nil }, began.Add(time.Hour), false},
		{"sends the next request", func(c net.Conn) error { _, err := c.Write([]byte("GET")); return err }, began.Add(time.Hour), false},
		{"left a moment ago", net.Conn.Close, began, false},
		{"left", net.Conn.Close, began.Add(time.Hour), true},
		{"was cut off", func(c net.Conn) error { return errors.Join(c.(*net.TCPConn).SetLinger(0), c.Close()) }, began.Add(time.Hour), true},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			var d departures
			c, client := pair(t, &d)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			c.now.Store(&serving{began: began, cancel: cancel})
			require.NoError(t, tc.client(client))
			if tc.canceled { // the end arrives when the network likes
				require.Eventually(t, func() bool { d.look(tc.before); return ctx.Err() != nil }, 10*time.Second, time.Millisecond)
				return
			}
			d.look(tc.before)
			require.NoError(t, ctx.Err())
		})
	}
}

func TestWatchForgetsWhatIsOver(t *testing.T) {
	t.Parallel()
	var d departures
	c, client := pair(t, &d)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	c.now.Store(&serving{began: time.Now(), cancel: cancel})
	c.end()
	require.NoError(t, client.Close())
	d.look(time.Now().Add(time.Hour))
	require.NoError(t, ctx.Err())

	require.NoError(t, c.Close())
	d.conns.Range(func(any, any) bool {
		require.Fail(t, "a closed connection is still watched")
		return false
	})
	(*conn)(nil).end()
}
