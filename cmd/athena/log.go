package main

import (
	"bufio"
	"context"
	"io"
	"log/slog"
	"sync"
	"time"
)

// newLog makes the program's logger. Lines are gathered for a moment and written
// together, since a write for each request would cost more than the request; an
// error is written at once. flush writes what is left.
func newLog(c *LogConfig, w io.Writer) (log *slog.Logger, flush func()) {
	out := &gathered{buffer: bufio.NewWriterSize(w, 64<<10)}
	options := &slog.HandlerOptions{Level: level(c.Level)}
	var handler slog.Handler = slog.NewTextHandler(out, options)
	if c.Format == "json" {
		handler = slog.NewJSONHandler(out, options)
	}
	return slog.New(urgent{handler, out}), out.flush
}

func level(name string) slog.Level {
	var l slog.Level
	if err := l.UnmarshalText([]byte(name)); err != nil {
		return slog.LevelInfo
	}
	return l
}

// gathered is a writer that waits a little for more.
type gathered struct {
	mu     sync.Mutex
	buffer *bufio.Writer
	timer  *time.Timer
}

const gatherFor = 100 * time.Millisecond

// Write keeps a line until the moment has passed or the buffer is full.
func (g *gathered) Write(line []byte) (int, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.timer == nil {
		g.timer = time.AfterFunc(gatherFor, g.flush)
	} else if g.buffer.Buffered() == 0 {
		g.timer.Reset(gatherFor)
	}
	return g.buffer.Write(line)
}

func (g *gathered) flush() {
	g.mu.Lock()
	defer g.mu.Unlock()
	_ = g.buffer.Flush() // there is nowhere to report that the log is gone
}

// urgent flushes after warnings and errors.
type urgent struct {
	slog.Handler
	out *gathered
}

// Handle writes one record.
func (u urgent) Handle(ctx context.Context, r slog.Record) error {
	err := u.Handler.Handle(ctx, r)
	if r.Level >= slog.LevelWarn {
		u.out.flush()
	}
	return err
}

// WithAttrs keeps the urgency.
func (u urgent) WithAttrs(attrs []slog.Attr) slog.Handler {
	return urgent{u.Handler.WithAttrs(attrs), u.out}
}

// WithGroup keeps the urgency.
func (u urgent) WithGroup(name string) slog.Handler { return urgent{u.Handler.WithGroup(name), u.out} }

// errorsOnly is the access log where it is switched off: failures of the server
// are still told.
type errorsOnly struct{ slog.Handler }

// Enabled lets errors through.
func (e errorsOnly) Enabled(ctx context.Context, l slog.Level) bool {
	return l >= slog.LevelError && e.Handler.Enabled(ctx, l)
}
