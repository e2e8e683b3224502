package load

import (
	"context"
	"errors"
	"time"
)

// Caller makes the requests of one connection and looks at their answers.
type Caller interface {
	// Next writes the next request to the end of dst.
	Next(dst []byte) []byte
	// Answered looks at the body of a 2xx answer. It may keep none of it.
	Answered(body []byte) error
}

// Plan says what to send where and for how long.
type Plan struct {
	Address  string
	Callers  []Caller // one for each connection
	Duration time.Duration
}

// Result is what was measured.
type Result struct {
	// Requests were answered well.
	Requests uint64
	// Errors were refused, or answered with what their caller did not expect.
	Errors uint64
	// First is the first error.
	First error
	// Elapsed is the time from the first request to the last answer.
	Elapsed time.Duration
	Times   Histogram
	// Delivered are the times from the sending of a message to its receipt at each
	// socket that listens; none where nobody does.
	Delivered Histogram
}

// Rate is the number of good answers a second.
func (r *Result) Rate() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Requests) / r.Elapsed.Seconds()
}

// Run carries the plan out. Every request that was sent is waited for, so that
// nothing is left under way for the next run. The error is about connections
// that could not be opened; refused requests are counted in the result.
func Run(ctx context.Context, plan Plan) (*Result, error) {
	d, err := newDriver(ctx, plan)
	if err != nil {
		return nil, err
	}
	defer d.close()
	whole := &Result{}
	start := time.Now()
	err = d.drive(ctx, start.Add(plan.Duration), whole)
	whole.Elapsed = time.Since(start)
	return whole, err
}

// Paced sends the requests of one caller at a steady pace instead, each when it is
// due or, where the answer before it is late, right after that. Times count from
// when a request was due.
func Paced(ctx context.Context, conn *Conn, caller Caller, every, d time.Duration) *Result {
	whole := &Result{}
	var request []byte
	start := time.Now()
	for due := start; due.Before(start.Add(d)) && ctx.Err() == nil; due = due.Add(every) {
		time.Sleep(time.Until(due))
		request = caller.Next(request[:0])
		status, body, err := conn.Do(request)
		whole.answered(caller, due, status, body, err)
		if err != nil {
			break
		}
	}
	whole.Elapsed = max(time.Since(start), d)
	return whole
}

// answered counts one answer, or what stood in its place.
func (r *Result) answered(caller Caller, began time.Time, status int, body []byte, err error) {
	r.Times.Record(time.Since(began))
	if err == nil && !ok(status) {
		err = refusal(status, body)
	}
	if err == nil {
		err = caller.Answered(body)
	}
	r.count(err)
}

func (r *Result) count(err error) {
	if err == nil {
		r.Requests++
		return
	}
	r.Errors++
	if r.First == nil {
		r.First = err
	}
}

// Failed is the first error with the number of them, or nil.
func (r *Result) Failed() error {
	if r.Errors == 0 {
		if r.Requests == 0 {
			return errors.New("load: nothing was answered")
		}
		return nil
	}
	return &FailedError{Count: r.Errors, First: r.First}
}
