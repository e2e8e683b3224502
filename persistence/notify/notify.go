// Package notify listens to PostgreSQL's notifications. It promises that a
// subscriber hears of every change or, after a lost connection, is told once to
// look at everything again.
package notify

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
)

// Subscription is what to do on one channel.
type Subscription struct {
	Channel string
	// Changed is called with each payload, and with an empty one whenever
	// something may have been missed: after every (re)connect.
	Changed func(payload string)
}

const (
	firstPause = 50 * time.Millisecond
	longPause  = 2 * time.Second
)

// Listen serves the subscriptions until ctx ends, reconnecting as needed. uri
// gives the address anew for each connection, since it may change.
func Listen(ctx context.Context, uri func() string, log *slog.Logger, subscriptions ...Subscription) {
	pause := firstPause
	for ctx.Err() == nil {
		listened, err := session(ctx, uri(), subscriptions)
		if ctx.Err() != nil {
			return
		}
		if listened {
			pause = firstPause
		}
		log.Warn("notifications interrupted", "error", err, "retry_in", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longPause)
	}
}

// session listens over one connection and reports whether it ever did.
func session(ctx context.Context, uri string, subscriptions []Subscription) (bool, error) {
	conn, err := pgx.Connect(ctx, uri)
	if err != nil {
		return false, fmt.Errorf("connect for notifications: %w", err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	byChannel := map[string]func(string){}
	for _, s := range subscriptions {
		if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{s.Channel}.Sanitize()); err != nil {
			return false, fmt.Errorf("listen on %s: %w", s.Channel, err)
		}
		byChannel[s.Channel] = s.Changed
	}
	for _, s := range subscriptions {
		s.Changed("")
	}
	for {
		n, err := conn.WaitForNotification(ctx)
		if err != nil {
			return true, fmt.Errorf("wait for notifications: %w", err)
		}
		byChannel[n.Channel](n.Payload)
	}
}
