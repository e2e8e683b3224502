package embedded

import (
	"context"
	"errors"
	"os"
	"time"
)

// State is what a cluster is doing.
type State int

// The states of a cluster, in the order in which they usually follow.
const (
	// Starting is the state before Open returns.
	Starting State = iota
	// Ready means that the server takes connections.
	Ready
	// Restarting means that the server died and is being brought back.
	Restarting
	// Stopped is final.
	Stopped
)

// String is the state's name for logs.
func (s State) String() string {
	return [...]string{"starting", "ready", "restarting", "stopped"}[s]
}

const (
	firstWait = 100 * time.Millisecond
	longWait  = 30 * time.Second
	// steady is how long a server has to run for its next death to count as the
	// first one again.
	steady       = time.Minute
	logCheckEach = time.Minute
)

// ErrStopped is what waiting for a cluster reports after Close.
var ErrStopped = errors.New("embedded: the cluster is stopped")

// State tells what the cluster is doing now.
func (c *Cluster) State() State {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.state
}

// Done is closed when the cluster has stopped for good.
func (c *Cluster) Done() <-chan struct{} { return c.done }

// WaitReady waits until the server takes connections; at once where it does.
func (c *Cluster) WaitReady(ctx context.Context) error {
	return c.WaitState(ctx, Ready)
}

// WaitState waits until the cluster is in the given state. It reports ErrStopped
// when the cluster will not come to it any more.
func (c *Cluster) WaitState(ctx context.Context, want State) error {
	for {
		c.mu.Lock()
		now, changed := c.state, c.changed
		c.mu.Unlock()
		switch now {
		case want:
			return nil
		case Stopped:
			return ErrStopped
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}

func (c *Cluster) setState(s State) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state = s
	close(c.changed)
	c.changed = make(chan struct{})
}

// supervise keeps a server running until the cluster is closed.
func (c *Cluster) supervise(life context.Context, s *server) {
	caps := time.NewTicker(logCheckEach)
	defer caps.Stop()
	began, wait := time.Now(), firstWait
	for s != nil {
		select {
		case <-life.Done():
			c.finish(s.stop(c.stopCtx))
			return
		case <-caps.C:
			if err := capLog(c.home.logFile(), logCap); err != nil {
				c.log.Warn("the server's log cannot be capped", "error", err)
			}
		case <-s.exited:
			if time.Since(began) > steady {
				wait = firstWait
			}
			c.log.Error("PostgreSQL died, starting it again", "error", s.outcome(), "said", s.said.tail())
			s, wait = c.restart(life, wait)
			began = time.Now()
		}
	}
	c.finish(nil)
}

// restart brings the server back on its port, however often that takes, and gives
// the wait before the next attempt. It gives no server once the cluster is closed.
func (c *Cluster) restart(life context.Context, wait time.Duration) (*server, time.Duration) {
	c.setState(Restarting)
	for {
		if pause(life, wait) != nil {
			return nil, wait
		}
		wait = min(2*wait, longWait)
		s, err := c.launch(life)
		if err == nil {
			c.setState(Ready)
			c.log.Info("PostgreSQL is back", "port", c.port)
			return s, wait
		}
		if life.Err() == nil {
			c.log.Error("PostgreSQL does not start", "error", err, "next_try_in", wait)
		}
	}
}

// finish gives up the folder and reports how the server ended.
func (c *Cluster) finish(err error) {
	if c.cfg.Ephemeral {
		err = errors.Join(err, os.RemoveAll(c.home.dir), os.RemoveAll(c.home.socket()))
	}
	c.closeErr = errors.Join(err, c.lock.release())
	c.setState(Stopped)
	close(c.done)
}

// Close stops the server in an orderly way while ctx lasts, and at once after
// that, which costs the next start a recovery and nobody a committed row. It
// waits for the end. Closing twice is harmless.
func (c *Cluster) Close(ctx context.Context) error {
	c.closeOnce.Do(func() {
		c.stopCtx = ctx
		c.cancel()
	})
	<-c.done
	return c.closeErr
}
