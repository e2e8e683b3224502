package notify_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"testing"
	"time"

	"athena/persistence/dbtest"
	"athena/persistence/notify"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"
)

const patience = time.Minute

// listener gathers what two channels tell.
type listener struct {
	t     *testing.T
	heard chan string
	ended chan struct{}
}

func listen(t *testing.T, uri func() (string, error)) (l *listener, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	l = &listener{t: t, heard: make(chan string, 1000), ended: make(chan struct{})}
	tell := func(channel string) notify.Subscription {
		return notify.Subscription{Channel: channel, Changed: func(payload string) { l.heard <- channel + ":" + payload }}
	}
	go func() {
		defer close(l.ended)
		notify.Listen(ctx, uri, slog.New(slog.DiscardHandler), tell("one"), tell(`odd "name"`))
	}()
	t.Cleanup(cancel)
	return l, cancel
}

func (l *listener) expect(want ...string) {
	l.t.Helper()
	for _, text := range want {
		select {
		case got := <-l.heard:
			require.Equal(l.t, text, got)
		case <-time.After(patience):
			require.FailNow(l.t, "not heard: "+text)
		}
	}
}

func say(t *testing.T, pool *pgxpool.Pool, channel, payload string) {
	t.Helper()
	_, err := pool.Exec(t.Context(), "SELECT pg_notify($1, $2)", channel, payload)
	require.NoError(t, err)
}

func TestEveryChangeIsHeardInOrder(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	pool := dbtest.Pool(t, uri)
	l, stop := listen(t, func() (string, error) { return uri, nil })
	l.expect("one:", `odd "name":`)
	for i := range 100 {
		say(t, pool, "one", fmt.Sprint(i))
	}
	for i := range 100 {
		l.expect(fmt.Sprintf("one:%d", i))
	}
	say(t, pool, `odd "name"`, "payload 'with' quotes")
	l.expect(`odd "name":payload 'with' quotes`)
	stop()
	<-l.ended
}

func TestLostConnectionIsMadeUpFor(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	pool := dbtest.Pool(t, uri)
	l, _ := listen(t, func() (string, error) { return uri, nil })
	l.expect("one:", `odd "name":`)
	for range 2 {
		var cut int
		require.NoError(t, pool.QueryRow(t.Context(), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND query LIKE 'LISTEN%'`).Scan(&cut))
		require.Equal(t, 1, cut)
		l.expect("one:", `odd "name":`)
		say(t, pool, "one", "again")
		l.expect("one:again")
	}
}

func TestListeningBeginsWhenTheServerIsThere(t *testing.T) {
	t.Parallel()
	uri := dbtest.New(t)
	asked := make(chan struct{}, 100)
	l, _ := listen(t, func() (string, error) {
		asked <- struct{}{}
		switch len(asked) {
		case 1:
			return "", errors.New("nobody knows")
		case 2:
			return "postgres://u:p@127.0.0.1:1/nobody", nil
		}
		return uri, nil
	})
	l.expect("one:", `odd "name":`)
	require.GreaterOrEqual(t, len(asked), 3, "the address is asked for each time")
}

func TestListeningEndsWhileNobodyAnswers(t *testing.T) {
	t.Parallel()
	l, stop := listen(t, func() (string, error) { return "postgres://u:p@127.0.0.1:1/nobody", nil })
	stop()
	select {
	case <-l.ended:
	case <-time.After(patience):
		require.FailNow(t, "it goes on")
	}
}
