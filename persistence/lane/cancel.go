package lane

import (
	"context"
	"time"
)

const (
	// cancelAfter is how long a statement whose caller has left may go on: most end
	// sooner than the server could be told.
	cancelAfter = 25 * time.Millisecond
	// cancelTimeout bounds the telling.
	cancelTimeout = 5 * time.Second
)

// giveUp cancels the call of a place if it goes on.
func (l *Lane) giveUp(place int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.done.Go(func() { l.cancel(place) })
	}
}

// cancel waits for the call's turn, since the server cancels whatever it is at. Should
// the call end on the way there, the next one is cancelled in its place, and undone.
func (l *Lane) cancel(place int64) {
	tick := time.NewTicker(cancelAfter)
	defer tick.Stop()
	for {
		select {
		case <-l.stop:
			return
		case <-tick.C:
		}
		finished := l.finished.Load()
		if finished >= place {
			return
		}
		if finished == place-1 {
			ctx, cancel := context.WithTimeout(context.Background(), cancelTimeout)
			defer cancel()
			_ = l.canceller.CancelRequest(ctx) // the statement's own time-out ends it otherwise
			return
		}
	}
}
