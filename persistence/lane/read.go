package lane

import (
	"errors"
	"fmt"
	"net"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"athena/persistence/rowjson"
)

// read hands out answers until the connection ends, and then the news of that.
func (l *Lane) read() {
	r := reader{lane: l, inbox: inbox{source: heard{l.conn, &l.heard}}}
	loss := l.lose(r.run())
	close(l.stop)
	r.failAll(loss)
}

// heard is a connection that notes when the other side last spoke.
type heard struct {
	conn net.Conn
	at   *atomic.Int64
}

func (h heard) Read(p []byte) (int, error) {
	n, err := h.conn.Read(p)
	h.at.Store(time.Now().UnixNano())
	return n, err
}

// reader is the state of the reading goroutine. Rows are encoded here and not by
// their callers: the bytes need not be copied out of the inbox, and with as many
// lanes as processors it keeps them as busy.
type reader struct {
	lane     *Lane
	inbox    inbox
	calls    []*call // taken from the lane, in order
	next     int     // the one of them whose answer is coming in
	answered []*call // whose answer is complete, but not delivered yet
	rows     rowjson.Rows
	values   [][]byte
	ended    time.Time // when the last call of a lane for writes did
}

func (r *reader) run() error {
	for {
		if !r.inbox.ready() {
			r.deliver()
			// While they ask, more answers come in, and one read takes them all.
			runtime.Gosched()
		}
		kind, body, err := r.inbox.next()
		if err != nil {
			return fmt.Errorf("read: %w", err)
		}
		if err := r.take(kind, body); err != nil {
			return err
		}
	}
}

// take handles one message. An error is the end of the lane.
func (r *reader) take(kind byte, body []byte) error {
	switch kind {
	case notice, notification, parameterStatus, closeComplete:
		return nil // these may come at any time and belong to no call
	}
	c := r.current()
	if c == nil {
		return unasked(kind, body)
	}
	switch kind {
	case dataRow:
		return r.row(c, body)
	case bindComplete:
		r.begin(c)
	case commandComplete:
		r.end(c, body)
	case readyForQuery:
		return r.finish(c, body)
	case errorResponse:
		return r.refused(c, body)
	case parseComplete:
		c.statement.ready = true
	case rowDescription:
		return c.statement.describe(body)
	case emptyQuery:
		r.end(c, nil)
	case paramDescription, noData:
	default:
		return fmt.Errorf("unexpected message %q", kind)
	}
	return nil
}

// current is the call whose answer is coming in.
func (r *reader) current() *call {
	if r.next == len(r.calls) {
		clear(r.calls)
		r.calls, r.next = r.lane.takeWaiting(r.calls[:0]), 0
		if len(r.calls) == 0 {
			return nil
		}
	}
	return r.calls[r.next]
}

// takeWaiting swaps the list of waiting calls for an empty one.
func (l *Lane) takeWaiting(empty []*call) []*call {
	l.mu.Lock()
	defer l.mu.Unlock()
	waiting := l.waiting
	l.waiting = empty
	return waiting
}

// unasked explains a message that answers nobody: most often the server's
// farewell.
func unasked(kind byte, body []byte) error {
	if kind == errorResponse {
		if err, decodeErr := decodeError(body); decodeErr == nil {
			return err
		}
	}
	return fmt.Errorf("unexpected message %q", kind)
}

func decodeError(body []byte) (*pgconn.PgError, error) {
	var response pgproto3.ErrorResponse
	if err := response.Decode(body); err != nil {
		return nil, fmt.Errorf("error response: %w", err)
	}
	return pgconn.ErrorResponseToPgError(&response), nil
}

func (r *reader) begin(c *call) {
	shape, err := c.plan.shape(c.statement.columns, r.lane.opts.Types())
	if err != nil {
		c.fail(fmt.Errorf("lane: %w", err))
		return
	}
	r.rows.Begin(shape)
}

func (r *reader) row(c *call, body []byte) error {
	if !c.wanted() {
		return nil
	}
	var err error
	if r.values, err = splitRow(r.values, body); err != nil {
		return err
	}
	if len(r.values) != len(c.statement.columns.oids) {
		return errMalformed
	}
	c.dst = r.rows.Row(c.dst, r.values)
	if len(c.dst)-c.start > c.maxBytes {
		c.fail(tooLarge(c.maxBytes))
	}
	return nil
}

func (r *reader) end(c *call, tag []byte) {
	if !c.wanted() {
		return
	}
	c.complete(tag)
	c.result.JSON = r.rows.End(c.dst)
	c.result.Rows = r.rows.Count()
	c.result.Mark = r.rows.Mark()
}

// refused keeps the server's error for the caller. A statement that could not be
// prepared fails those that were sent after it with the same words.
func (r *reader) refused(c *call, body []byte) error {
	refused, err := decodeError(body)
	if err != nil {
		return err
	}
	if severity := refused.SeverityUnlocalized; severity == "FATAL" || severity == "PANIC" {
		return refused
	}
	st := c.statement
	switch {
	case st.failed != nil:
		c.fail(st.failed)
		return nil
	case !st.ready:
		st.failed = refused
		r.lane.forget(st, false)
	case missing(refused):
		r.lane.forget(st, false)
	case replanned(refused):
		r.lane.forget(st, true)
	}
	c.fail(refused)
	return nil
}

// finish answers the call and goes on to the next. A transaction left open would
// take the statements of strangers into it.
func (r *reader) finish(c *call, status []byte) error {
	if r.lane.opts.writes {
		r.timed(c)
		r.lane.finished.Add(1)
	}
	r.calls[r.next] = nil
	r.next++
	r.answered = append(r.answered, c)
	if len(status) != 1 || status[0] != noTransaction {
		return errors.New("a statement left a transaction open")
	}
	return nil
}

// timed notes how long the server had the call of a lane for writes to itself.
func (r *reader) timed(c *call) {
	now := time.Now()
	began := c.since
	if r.ended.After(began) {
		began = r.ended
	}
	c.result.Took, r.ended = now.Sub(began), now
}

// deliver hands over what has been answered since the last read, all at once: the
// callers that it wakes ask again together, and one write carries what they ask.
func (r *reader) deliver() {
	for _, c := range r.answered {
		r.lane.landed()
		c.answer()
	}
	clear(r.answered)
	if len(r.answered) > 0 && r.lane.opts.freed != nil {
		r.lane.opts.freed(r.lane)
	}
	r.answered = r.answered[:0]
}

// failAll answers whoever is still waiting. No call comes after them, since the
// lane refuses by now.
func (r *reader) failAll(err error) {
	r.deliver()
	for c := r.current(); c != nil; c = r.current() {
		r.next++
		c.fail(err)
		r.lane.landed()
		c.answer()
	}
}
