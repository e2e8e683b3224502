package wss

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// newTestOutlet writes to a pipe that nobody reads yet, and has begun with "first".
func newTestOutlet(t *testing.T) (*outlet, net.Conn) {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	say := func(words string) func() []byte { return func() []byte { return []byte(words) } }
	o := newOutlet(Limits{Queue: 20, Write: time.Minute}, say("<sync>"), say("<slow>"))
	o.open(ours, []byte("<first>"))
	first := make([]byte, 1)
	_, err := io.ReadFull(theirs, first) // the writer has taken it and waits
	require.NoError(t, err)
	return o, theirs
}

func readAll(t *testing.T, o *outlet, conn net.Conn) string {
	t.Helper()
	o.finish([]byte("<end>"))
	text := make(chan string, 1)
	go func() {
		var all strings.Builder
		piece := make([]byte, 64)
		for !strings.HasSuffix(all.String(), "<end>") && !strings.HasSuffix(all.String(), "<slow>") {
			n, err := conn.Read(piece)
			if err != nil {
				break
			}
			all.Write(piece[:n])
		}
		text <- all.String()
	}()
	<-o.done
	return <-text
}

func TestEventsThatDoNotFitAreLeftOutAndThatIsSaid(t *testing.T) {
	t.Parallel()
	o, conn := newTestOutlet(t)
	o.put([]byte("<answer>"))
	o.tell([]byte("<event 1>"))
	o.tell([]byte("<event 2>")) // too much: both events go
	o.tell([]byte("<3>"))
	require.Equal(t, "first><answer><sync><3><end>", readAll(t, o, conn))
}

func TestWhoCannotEvenReadThatIsClosed(t *testing.T) {
	t.Parallel()
	o, conn := newTestOutlet(t)
	for range 20 {
		o.tell([]byte("<an event>"))
	}
	require.True(t, o.isEnded())
	require.Equal(t, "first><slow>", readAll(t, o, conn))
}

func TestAReaderWhoCaughtUpMayFallBehindAgain(t *testing.T) {
	t.Parallel()
	o, conn := newTestOutlet(t)
	for range 3 {
		o.tell([]byte("<an event>"))
	}
	told := make([]byte, len("first><sync>"))
	_, err := io.ReadFull(conn, told)
	require.NoError(t, err)
	require.Equal(t, "first><sync>", string(told))
	require.Eventually(t, func() bool {
		o.mu.Lock()
		defer o.mu.Unlock()
		return !o.lagging
	}, 10*time.Second, time.Millisecond)
	o.tell([]byte("<x>"))
	_, err = io.ReadFull(conn, told[:1])
	require.NoError(t, err)
	for range 3 {
		o.tell([]byte("<an event>"))
	}
	require.Equal(t, "x><sync><end>", readAll(t, o, conn))
}

func TestAFailingConnectionEndsItsOutlet(t *testing.T) {
	t.Parallel()
	o, conn := newTestOutlet(t)
	conn.Close()
	<-o.done
	require.True(t, o.isEnded())
	o.put([]byte("nobody hears this"))
}
