package room

import (
	"context"
	"time"

	"athena/persistence"
	"athena/wire"
)

// firstPause and lastPause bound the pause between two attempts to reach a
// database; it doubles from the one to the other. A lost connection is replaced at
// once, a server that starts again takes about a second.
const (
	firstPause = 10 * time.Millisecond
	lastPause  = 250 * time.Millisecond
)

// patiently repeats what meets a database that is away, until ctx ends.
func patiently(ctx context.Context, do func() error) error {
	for pause := firstPause; ; pause = min(2*pause, lastPause) {
		err := do()
		if err == nil || !away(err) {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// away reports whether the database cannot be reached now and may be later. One
// that its operator switched off names no time to come back.
func away(err error) bool {
	if err == nil {
		return false
	}
	if p, ok := wire.AsProblem(err); ok {
		return p.Code == wire.BackendUnavailable && p.RetryAfter > 0
	}
	return persistence.Disconnected(err)
}

// unconfirmed says what it means to a caller that its deadline passed: what it asked
// for is left out of the transactions that begin later, but one may have been under
// way.
func unconfirmed(err error) error {
	if p, ok := wire.AsProblem(err); ok && p.Code == wire.DeadlineExceeded {
		return doubtful(err)
	}
	return err
}

// doubtful tells a caller that nobody knows what came of its request.
func doubtful(err error) error {
	return wire.Fail(wire.ChatUnavailable, "the database did not confirm this in time; it may be stored or not").
		WithHint("Ask again; a message that is sent again under its client_message_id is stored once.").
		After(time.Second).Because(err)
}
