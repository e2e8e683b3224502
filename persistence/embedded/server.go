package embedded

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"net"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

const (
	// Ports are taken from below those that systems give to outgoing connections,
	// so that none of these sits on ours while the server restarts.
	firstPort, ports = 15432, 10000

	firstTries   = 5
	firstBackOff = 200 * time.Millisecond

	// stopPatience bounds an orderly stop, whose last checkpoint may take a while.
	stopPatience = time.Minute
	killPatience = 10 * time.Second
)

// server is one run of the server's main process, a child of ours.
type server struct {
	cmd    *exec.Cmd
	said   *serverLog
	exited chan struct{}
	err    error // how it ended; set before exited is closed
}

// firstStart starts the server on a free port, the last one where possible. It
// tries again a few times: a port can be taken between the look and the start,
// and processes of a killed server may need a moment to let go of its memory.
func (c *Cluster) firstStart(ctx context.Context) (*server, error) {
	var last error
	for try := range firstTries {
		if try > 0 {
			if err := pause(ctx, firstBackOff<<try); err != nil {
				return nil, errors.Join(last, err)
			}
		}
		s, err := c.tryStart(ctx)
		if err == nil {
			return s, nil
		}
		if last = err; ctx.Err() != nil {
			break
		}
	}
	return nil, last
}

func (c *Cluster) tryStart(ctx context.Context) (*server, error) {
	if err := endStray(ctx, c.home.data(), c.log); err != nil {
		return nil, err
	}
	port, err := freePort(c.home.lastPort())
	if err != nil {
		return nil, err
	}
	c.port = port
	if err := c.home.keepPort(port); err != nil {
		return nil, err
	}
	return c.launch(ctx)
}

// launch starts the server and waits until it takes connections.
func (c *Cluster) launch(ctx context.Context) (*server, error) {
	s, err := c.start()
	if err != nil {
		return nil, err
	}
	if err := s.awaitReady(ctx, c.home.data()); err != nil {
		return nil, errors.Join(err, s.stop(ctx))
	}
	return s, nil
}

func (c *Cluster) start() (*server, error) {
	said, err := openLog(c.home.logFile())
	if err != nil {
		return nil, err
	}
	defer said.close()
	args := []string{"-D", c.home.data()}
	settings := c.settings()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		args = append(args, "-c", name+"="+settings[name])
	}
	s := &server{said: said, exited: make(chan struct{})}
	// Background: only stop ends the server, and never by SIGKILL first.
	s.cmd = c.command(context.Background(), "postgres", args...)
	s.cmd.Stdout, s.cmd.Stderr = said.file, said.file
	if err := s.cmd.Start(); err != nil {
		return nil, fmt.Errorf("embedded: start postgres: %w", err)
	}
	g, err := c.newGuard(s.cmd.Process.Pid)
	if err != nil {
		return nil, errors.Join(err, s.cmd.Process.Signal(syscall.SIGQUIT), s.cmd.Wait())
	}
	go s.wait(g)
	return s, nil
}

func (s *server) wait(g *guard) {
	s.err = s.cmd.Wait()
	g.release()
	close(s.exited)
}

func (s *server) awaitReady(ctx context.Context, data string) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		if p := readPostmaster(data); p.ready && p.pid == s.cmd.Process.Pid {
			return nil
		}
		select {
		case <-s.exited:
			return fmt.Errorf("embedded: postgres ended (%w): %s", s.outcome(), s.said.tail())
		case <-ctx.Done():
			return fmt.Errorf("embedded: wait for postgres to be ready: %w", ctx.Err())
		case <-tick.C:
		}
	}
}

var errEndedByItself = errors.New("exit status 0")

func (s *server) outcome() error {
	if s.err == nil {
		return errEndedByItself
	}
	return s.err
}

// stop ends the server: orderly while ctx lasts, at once after that.
func (s *server) stop(ctx context.Context) error {
	orderly, cancel := context.WithTimeout(ctx, stopPatience)
	defer cancel()
	if s.signal(orderly, syscall.SIGINT) {
		return nil
	}
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), killPatience)
	defer cancel()
	if !s.signal(last, syscall.SIGQUIT) {
		s.signal(context.WithoutCancel(ctx), syscall.SIGKILL)
	}
	return errors.New("embedded: postgres did not stop in time and was stopped the hard way; the next start recovers")
}

// signal sends a signal and tells whether the server ended before ctx did.
func (s *server) signal(ctx context.Context, sig syscall.Signal) bool {
	if s.cmd.Process.Signal(sig) != nil { // it has ended already
		<-s.exited
		return true
	}
	select {
	case <-s.exited:
		return true
	case <-ctx.Done():
		return false
	}
}

// freePort is the preferred port where nobody listens on it, else a random one.
func freePort(preferred int) (int, error) {
	if preferred != 0 && portFree(preferred) {
		return preferred, nil
	}
	for range 100 {
		if port := firstPort + rand.IntN(ports); portFree(port) {
			return port, nil
		}
	}
	return 0, errors.New("embedded: no free port on 127.0.0.1")
}

func portFree(port int) bool {
	l, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", fmt.Sprint(port)))
	return err == nil && l.Close() == nil
}
