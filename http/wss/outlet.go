package wss

import (
	"net"
	"sync"
	"time"
)

// outlet writes to one connection. What is put into it waits in a queue; a writer
// runs only while there is something to write, and takes all of it at once.
type outlet struct {
	limit    int
	timeout  time.Duration
	overflow func() []byte // says that events were left out
	tooSlow  func() []byte // the last words to who cannot even read that

	mu      sync.Mutex
	conn    net.Conn // nil until it is open
	queue   []piece
	size    int
	writing bool
	lagging bool          // events were left out, and that is not yet written
	ended   bool          // nothing more is taken
	done    chan struct{} // closed once the last word is written, or cannot be
}

// piece is a part of what is to be written.
type piece struct {
	bytes []byte
	event bool // may be left out when the reader is slow
}

// reserve is how much more than events may wait in answers to commands.
const reserve = 64 << 10

func newOutlet(limits Limits, overflow, tooSlow func() []byte) *outlet {
	return &outlet{limit: limits.Queue, timeout: limits.Write, overflow: overflow, tooSlow: tooSlow, done: make(chan struct{})}
}

// open begins to write to a connection, with what comes before all else.
func (o *outlet) open(conn net.Conn, head []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.conn = conn
	if len(head) > 0 {
		o.queue = append([]piece{{head, false}}, o.queue...)
		o.size += len(head)
	}
	if o.ended && len(o.queue) == 0 {
		o.give()
	}
	o.wake()
}

// isEnded reports whether nothing more is taken.
func (o *outlet) isEnded() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.ended
}

// waitUntil sets how long the connection's reader waits, unless it is about to end.
func (o *outlet) waitUntil(end time.Time) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		_ = o.conn.SetReadDeadline(end) // a connection that is gone tells its reader
	}
}

// put queues an answer to a command.
func (o *outlet) put(bytes []byte) { o.add(piece{bytes, false}) }

// tell queues events.
func (o *outlet) tell(bytes []byte) { o.add(piece{bytes, true}) }

// compose queues events that are written in the order in which they are queued.
func (o *outlet) compose(write func() []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.addLocked(piece{write(), true})
}

func (o *outlet) add(p piece) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.addLocked(p)
}

func (o *outlet) addLocked(p piece) {
	if o.ended {
		return
	}
	room := o.limit
	if !p.event {
		room += reserve
	}
	switch {
	case o.size+len(p.bytes) <= room || len(o.queue) == 0:
		o.push(p)
	case p.event && !o.lagging:
		o.skip()
	default:
		o.last(o.tooSlow())
	}
	o.wake()
}

func (o *outlet) push(p piece) {
	o.queue = append(o.queue, p)
	o.size += len(p.bytes)
}

// skip leaves out the events that wait, and says so.
func (o *outlet) skip() {
	kept := o.queue[:0]
	o.size = 0
	for _, p := range o.queue {
		if !p.event {
			kept = append(kept, p)
			o.size += len(p.bytes)
		}
	}
	clear(o.queue[len(kept):])
	o.queue, o.lagging = kept, true
	o.push(piece{o.overflow(), false})
}

// finish writes what waits, then the last words, and takes nothing more.
func (o *outlet) finish(words []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.ended {
		o.push(piece{words, false})
		o.ended = true
		o.wake()
	}
}

// last ends the outlet for a reader who is too slow for what waits.
func (o *outlet) last(words []byte) {
	o.queue, o.size, o.ended = []piece{{words, false}}, len(words), true
}

// abandon ends the outlet of a connection that is gone.
func (o *outlet) abandon() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.give()
}

// linger is how long the other side has to take the last word and go.
const linger = time.Second

// give lets go of what waits, and of the connection: its other side sees that
// nothing follows, and its reader ends soon. Closing it at once could take the last
// word back.
func (o *outlet) give() {
	o.queue, o.size, o.ended = nil, 0, true
	select {
	case <-o.done:
		return
	default:
		close(o.done)
	}
	if o.conn == nil {
		return
	}
	_ = o.conn.SetReadDeadline(time.Now().Add(linger))
	if half, ok := o.conn.(interface{ CloseWrite() error }); ok {
		_ = half.CloseWrite()
	}
}

// wake starts the writer if there is something to write and none runs.
func (o *outlet) wake() {
	if !o.writing && o.conn != nil && len(o.queue) > 0 {
		o.writing = true
		go o.write()
	}
}

// write writes until nothing waits.
func (o *outlet) write() {
	for {
		pieces, lagging := o.take()
		if len(pieces) == 0 {
			return
		}
		err := o.conn.SetWriteDeadline(time.Now().Add(o.timeout))
		if err == nil {
			_, err = pieces.WriteTo(o.conn)
		}
		if err != nil {
			o.abandon()
			o.conn.Close() // so that its reader learns of it
		}
		if lagging {
			o.caughtUp()
		}
	}
}

// take gives all that waits; nothing ends the writer.
func (o *outlet) take() (pieces net.Buffers, lagging bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if len(o.queue) == 0 {
		o.writing = false
		if o.ended {
			o.give()
		}
		return nil, false
	}
	pieces = make(net.Buffers, len(o.queue))
	for i, p := range o.queue {
		pieces[i] = p.bytes
	}
	clear(o.queue)
	o.queue, o.size = o.queue[:0], 0
	return pieces, o.lagging
}

// caughtUp notes that the reader was told of what was left out.
func (o *outlet) caughtUp() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.lagging = false
}
