package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"
)

// driver serves all connections from one goroutine that asks the kernel which of
// them have something to read. A goroutine for each would cost more processor
// time for a request than some of the servers measured, and take it from them.
type driver struct {
	epoll int
	links []*link
}

// lookEvery is how often a driver without answers looks at the time.
const lookEvery = 100 * time.Millisecond

func newDriver(ctx context.Context, plan Plan) (*driver, error) {
	epoll, err := unix.EpollCreate1(unix.EPOLL_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	d := &driver{epoll: epoll}
	for _, caller := range plan.Callers {
		if err := d.open(ctx, plan.Address, caller); err != nil {
			d.close()
			return nil, err
		}
	}
	return d, nil
}

func (d *driver) open(ctx context.Context, address string, caller Caller) error {
	fd, err := dialRaw(ctx, address)
	if err != nil {
		return err
	}
	event := unix.EpollEvent{Events: unix.EPOLLIN, Fd: int32(len(d.links))}
	d.links = append(d.links, &link{fd: fd, caller: caller, in: make([]byte, firstBuffer)})
	if err := unix.EpollCtl(d.epoll, unix.EPOLL_CTL_ADD, fd, &event); err != nil {
		return fmt.Errorf("load: watch a connection: %w", err)
	}
	return nil
}

func (d *driver) close() {
	for _, l := range d.links {
		l.end()
	}
	_ = unix.Close(d.epoll) // nothing was written to it
}

// drive sends until the time is up and then waits for what is under way.
func (d *driver) drive(ctx context.Context, until time.Time, whole *Result) error {
	busy := 0
	for _, l := range d.links {
		if l.send(whole) {
			busy++
		}
	}
	events := make([]unix.EpollEvent, len(d.links))
	for heard := time.Now(); busy > 0; {
		n, err := unix.EpollWait(d.epoll, events, int(lookEvery.Milliseconds()))
		if err != nil && !errors.Is(err, unix.EINTR) {
			return fmt.Errorf("load: wait for answers: %w", err)
		}
		now := time.Now()
		if n > 0 {
			heard = now
		}
		if now.Sub(heard) > patience {
			return fmt.Errorf("load: %d requests had no answer within %s", busy, patience)
		}
		more := now.Before(until) && ctx.Err() == nil
		for i := range max(n, 0) {
			if !d.links[events[i].Fd].ready(whole, more) {
				busy--
			}
		}
	}
	return nil
}
