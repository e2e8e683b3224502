package lane

import (
	"fmt"
	"runtime"
	"time"
)

// keepOut is the largest buffer that is kept for the next messages.
const keepOut = 1 << 20

// write sends what has been queued, all of it at once.
func (l *Lane) write() {
	var spare []byte
	for {
		select {
		case <-l.wake:
		case <-l.stop:
			return
		}
		// The callers that the last answers woke are about to ask again: let
		// them, and one write carries them all.
		runtime.Gosched()
		l.mu.Lock()
		out := l.out
		l.out = spare[:0]
		l.mu.Unlock()
		if _, err := l.conn.Write(out); err != nil {
			_ = l.lose(fmt.Errorf("write: %w", err)) // whoever waits is told
			return
		}
		spare = nil
		if cap(out) <= keepOut {
			spare = out
		}
	}
}

// watch gives the connection up when the server owes an answer and is silent: a
// peer that vanished is otherwise noticed by nobody.
func (l *Lane) watch() {
	if l.opts.Silence <= 0 {
		return
	}
	tick := time.NewTicker(max(time.Millisecond, l.opts.Silence/4))
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case now := <-tick.C:
			silent := now.Sub(l.lastHeard())
			if l.InFlight() > 0 && silent > l.opts.Silence {
				_ = l.lose(fmt.Errorf("no word from the server for %s", silent.Round(time.Millisecond)))
				return
			}
		}
	}
}

// lose takes no more calls and closes the connection, which ends the reader. It
// gives the reason of the loss, which is the one that was first.
func (l *Lane) lose(cause error) error {
	l.mu.Lock()
	if l.loss == nil {
		l.loss = broken(cause, l.opts.writes)
	}
	loss := l.loss
	l.mu.Unlock()
	l.refuse(loss)
	_ = l.conn.Close() // what matters is that it is closed, not how it took it
	return loss
}
