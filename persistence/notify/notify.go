// Package notify listens to PostgreSQL's notifications. It promises that a
// subscriber hears of every change or, after a lost connection, is told once to
// look at everything again; a connection that went silent is found lost within
// seconds.
package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"athena/persistence"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Subscription is what to do on one channel.
type Subscription struct {
	Channel string
	// Changed is called with each payload, and with an empty one whenever
	// something may have been missed: after every (re)connect.
	Changed func(payload string)
	// Lost, where it is not nil, is called when changes may be missed from now on,
	// until Changed is called again.
	Lost func()
}

const (
	firstPause = 50 * time.Millisecond
	longPause  = 2 * time.Second
	// connectTimeout bounds one attempt to reach the server.
	connectTimeout = 5 * time.Second
	// quiet is how long a connection says nothing before the server is asked for an
	// answer, which is due within answerDue. Nothing else tells a quiet channel from
	// a dead connection.
	quiet     = time.Second
	answerDue = 2 * time.Second
)

// Listen serves the subscriptions until ctx ends, reconnecting as needed. uri
// gives the address anew for each connection, since it may change.
func Listen(ctx context.Context, uri func() (string, error), log *slog.Logger, subscriptions ...Subscription) {
	pause := firstPause
	for ctx.Err() == nil {
		listened, err := session(ctx, uri, subscriptions)
		if ctx.Err() != nil {
			return
		}
		if listened {
			pause = firstPause
			lost(subscriptions)
		}
		log.Warn("notifications interrupted", "error", err, "retry_in", pause)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longPause)
	}
}

func lost(subscriptions []Subscription) {
	for _, s := range subscriptions {
		if s.Lost != nil {
			s.Lost()
		}
	}
}

// session listens over one connection and reports whether it ever did.
func session(ctx context.Context, uri func() (string, error), subscriptions []Subscription) (bool, error) {
	conn, err := connect(ctx, uri)
	if err != nil {
		return false, err
	}
	defer hangUp(ctx, conn)
	byChannel, err := subscribe(ctx, conn, subscriptions)
	if err != nil {
		return false, err
	}
	for _, s := range subscriptions {
		s.Changed("")
	}
	for {
		n, err := next(ctx, conn)
		if err != nil {
			return true, fmt.Errorf("wait for notifications: %w", err)
		}
		byChannel[n.Channel](n.Payload)
	}
}

func connect(ctx context.Context, uri func() (string, error)) (*pgx.Conn, error) {
	address, err := uri()
	if err != nil {
		return nil, fmt.Errorf("find out where to listen: %w", err)
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, errors.New("the database address cannot be parsed") // the cause may repeat the password
	}
	persistence.Dial(&config.Config, connectTimeout)
	conn, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("connect for notifications: %w", err)
	}
	return conn, nil
}

// hangUp closes a connection, with a word to the server only where it listens.
func hangUp(ctx context.Context, conn *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerDue)
	defer cancel()
	_ = conn.Close(ctx) // it is often lost already, and nothing is left to do about it
}

func subscribe(ctx context.Context, conn *pgx.Conn, subscriptions []Subscription) (map[string]func(string), error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	byChannel := map[string]func(string){}
	for _, s := range subscriptions {
		if _, err := conn.Exec(ctx, "LISTEN "+pgx.Identifier{s.Channel}.Sanitize()); err != nil {
			return nil, fmt.Errorf("listen on %s: %w", s.Channel, err)
		}
		byChannel[s.Channel] = s.Changed
	}
	return byChannel, nil
}

// next waits for a notification, however long that takes while the server answers.
func next(ctx context.Context, conn *pgx.Conn) (*pgconn.Notification, error) {
	for {
		n, err := within(ctx, quiet, conn.WaitForNotification)
		if err == nil || ctx.Err() != nil || conn.IsClosed() || !pgconn.Timeout(err) {
			return n, err
		}
		if _, err := within(ctx, answerDue, func(ctx context.Context) (struct{}, error) { return struct{}{}, conn.Ping(ctx) }); err != nil {
			return nil, err
		}
	}
}

func within[T any](ctx context.Context, limit time.Duration, do func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return do(ctx)
}
