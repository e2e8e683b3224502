package notify_test

import (
	"io"
	"net"
	"net/url"
	"sync/atomic"
	"testing"

	"athena/persistence/dbtest"

	"github.com/stretchr/testify/require"
)

// line carries connections to a server until it goes silent: then what is said is
// swallowed on both sides, and no connection is ever closed.
type line struct {
	listener net.Listener
	server   string
	silent   atomic.Bool
}

// newLine gives a line to the server of an address, and the address through it.
func newLine(t *testing.T, uri string) (l *line, through string) {
	t.Helper()
	u, err := url.Parse(uri)
	require.NoError(t, err)
	l = &line{server: u.Host}
	l.listener, err = net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { l.listener.Close() })
	u.Host = l.listener.Addr().String()
	go func() {
		for {
			near, err := l.listener.Accept()
			if err != nil {
				return
			}
			go l.carry(near)
		}
	}()
	return l, u.String()
}

func (l *line) carry(near net.Conn) {
	far, err := net.Dial("tcp", l.server)
	if err != nil {
		near.Close()
		return
	}
	go func() { _, _ = io.Copy(hush{near, &l.silent}, far); near.Close() }()
	_, _ = io.Copy(hush{far, &l.silent}, near)
	far.Close()
}

// hush swallows what is written while it is silent.
type hush struct {
	io.Writer
	silent *atomic.Bool
}

func (h hush) Write(text []byte) (int, error) {
	if h.silent.Load() {
		return len(text), nil
	}
	return h.Writer.Write(text)
}

func TestSilentConnectionIsGivenUp(t *testing.T) {
	t.Parallel()
	direct := dbtest.New(t)
	pool := dbtest.Pool(t, direct)
	silent, through := newLine(t, direct)
	asked := make(chan struct{}, 1000)
	l, _ := listen(t, func() (string, error) {
		asked <- struct{}{}
		if len(asked) == 1 {
			return through, nil
		}
		return direct, nil
	})
	l.expect("one:", `odd "name":`)
	say(t, pool, "one", "before")
	l.expect("one:before")
	silent.silent.Store(true)
	say(t, pool, "one", "lost on the way")
	l.expect("one:", `odd "name":`)
	say(t, pool, "one", "after")
	l.expect("one:after")
}

func TestServerThatNeverAnswersIsGivenUp(t *testing.T) {
	t.Parallel()
	direct := dbtest.New(t)
	hole, err := net.Listen("tcp", "127.0.0.1:0") // connections wait in its queue for ever
	require.NoError(t, err)
	t.Cleanup(func() { hole.Close() })
	asked := make(chan struct{}, 1000)
	l, _ := listen(t, func() (string, error) {
		asked <- struct{}{}
		if len(asked) == 1 {
			return "postgres://u:p@" + hole.Addr().String() + "/d?sslmode=disable", nil
		}
		return direct, nil
	})
	l.expect("one:", `odd "name":`)
}
