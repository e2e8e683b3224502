//go:build !linux

package load

import (
	"context"
	"sync"
	"time"
)

// driver gives each connection a goroutine of its own.
type driver struct {
	conns   []*Conn
	callers []Caller
}

func newDriver(ctx context.Context, plan Plan) (*driver, error) {
	d := &driver{callers: plan.Callers}
	for range plan.Callers {
		conn, err := Dial(ctx, plan.Address)
		if err != nil {
			d.close()
			return nil, err
		}
		d.conns = append(d.conns, conn)
	}
	return d, nil
}

func (d *driver) close() {
	for _, c := range d.conns {
		c.Close()
	}
}

func (d *driver) drive(ctx context.Context, until time.Time, whole *Result) error {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	parts := make([]Result, len(d.conns))
	var group sync.WaitGroup
	for i, conn := range d.conns {
		group.Go(func() { parts[i].run(ctx, conn, d.callers[i]) })
	}
	group.Wait()
	for i := range parts {
		whole.add(&parts[i])
	}
	return nil
}

// run sends until the time is up or the connection breaks.
func (r *Result) run(ctx context.Context, conn *Conn, caller Caller) {
	var request []byte
	var broken error
	for broken == nil && ctx.Err() == nil {
		request = caller.Next(request[:0])
		began := time.Now()
		var status int
		var body []byte
		status, body, broken = conn.Do(request)
		r.answered(caller, began, status, body, broken)
	}
}

func (r *Result) add(part *Result) {
	r.Requests += part.Requests
	r.Errors += part.Errors
	r.Times.Merge(&part.Times)
	if r.First == nil {
		r.First = part.First
	}
}
