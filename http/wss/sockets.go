package wss

import (
	"context"
	"fmt"
	"sync"
	"time"

	"athena/wire"
)

// Sockets are all open connections of a server.
type Sockets struct {
	limits Limits

	mu     sync.Mutex
	open   map[*connection]struct{}
	closed bool
	gone   sync.WaitGroup
}

// NewSockets has no connection yet.
func NewSockets(limits Limits) *Sockets {
	return &Sockets{limits: limits.withDefaults(), open: map[*connection]struct{}{}}
}

// Len counts the connections.
func (s *Sockets) Len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.open)
}

// admit tells whether there is room for another connection.
func (s *Sockets) admit() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.admitLocked()
}

func (s *Sockets) admitLocked() error {
	if s.closed {
		return wire.Fail(wire.ShuttingDown, "no new connection is taken").After(time.Second)
	}
	if len(s.open) >= s.limits.Connections {
		return wire.Fail(wire.ChatUnavailable, "the server has %d live connections already", len(s.open)).After(time.Second)
	}
	return nil
}

// enter takes a connection in, if there is room for it.
func (s *Sockets) enter(c *connection) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	err := s.admitLocked()
	if err == nil {
		s.open[c] = struct{}{}
		s.gone.Add(1)
	}
	return err
}

// leave lets a connection go that was taken in.
func (s *Sockets) leave(c *connection) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.open[c]; ok {
		delete(s.open, c)
		s.gone.Done()
	}
}

func (s *Sockets) list() []*connection {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]*connection, 0, len(s.open))
	for c := range s.open {
		all = append(all, c)
	}
	return all
}

// Run pings the connections and looks after their sessions until ctx ends.
func (s *Sockets) Run(ctx context.Context) {
	beat := time.NewTicker(s.limits.Beat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-beat.C:
			s.beat(ctx, now)
		}
	}
}

// renewals is how many sessions are looked up at a time.
const renewals = 8

func (s *Sockets) beat(ctx context.Context, now time.Time) {
	due := make(chan *connection)
	var all sync.WaitGroup
	for range renewals {
		all.Go(func() {
			for c := range due {
				c.renew(ctx)
			}
		})
	}
	for _, c := range s.list() {
		c.ping()
		if c.isDue(now) {
			due <- c
		}
	}
	close(due)
	all.Wait()
}

// Close closes all connections with a word to each, and takes no more.
func (s *Sockets) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	for _, c := range s.list() {
		c.end(closeGoingAway, "the server is shutting down")
	}
	gone := make(chan struct{})
	go func() { s.gone.Wait(); close(gone) }()
	select {
	case <-gone:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("close live connections: %w", ctx.Err())
	}
}
