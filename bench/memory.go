package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"athena/bench/contender"
	"athena/bench/dataset"
	"athena/bench/load"
	"athena/bench/report"
	"athena/bench/scenario"
	"athena/bench/usage"
)

// What the memory is watched with, unless it is shrunk.
const (
	memoryRooms   = 100_000
	memorySockets = 10_000
)

// Gauges of the program.
const (
	roomsGauge   = "athena_chat_rooms"
	socketsGauge = "athena_live_connections"
	heapGauge    = "go_memstats_heap_inuse_bytes"
)

const (
	// forgetTime is how long the program may take to let go of rooms or sockets.
	forgetTime = 10 * time.Minute
	// calmTime is how long memory must not have fallen to count as settled. Where
	// nobody else makes it, the runtime collects every two minutes, and it takes two
	// collections until a sync.Pool lets go of what it kept.
	calmTime = 250 * time.Second
	// lookTime is the time between two looks.
	lookTime = time.Second
)

// memory reads the program's memory while rooms are used and forgotten, and sockets
// come and go.
func (b *bench) memory(ctx context.Context) (*report.Memory, error) {
	c := b.contenders[0]
	process, _ := c.Process()
	m := &memory{bench: b, program: c, process: process, report: &report.Memory{}}
	if err := m.run(ctx); err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		m.report.Failure = err.Error()
	}
	return m.report, nil
}

type memory struct {
	bench   *bench
	program *contender.Contender
	process usage.Process
	report  *report.Memory
}

func (m *memory) run(ctx context.Context) error {
	rooms, sockets := max(1, memoryRooms/m.bench.options.shrink), max(1, memorySockets/m.bench.options.shrink)
	fmt.Fprintf(os.Stderr, "bench: memory, %d rooms, %d sockets\n", rooms, sockets)
	sessions, err := m.program.Sessions(ctx, 1)
	if err != nil {
		return err
	}
	ids, err := dataset.MakeRooms(ctx, m.bench.conn, sessions[0].User, rooms)
	if err != nil {
		return err
	}
	if err := m.note(ctx, "at rest"); err != nil {
		return err
	}
	if err := scenario.Wake(ctx, m.program, sessions[0], ids); err != nil {
		return err
	}
	if err := m.note(ctx, fmt.Sprintf("%d rooms in use", rooms)); err != nil {
		return err
	}
	if err := m.gone(ctx, roomsGauge, "rooms forgotten"); err != nil {
		return err
	}
	leave, err := scenario.Crowd(ctx, m.program, sockets)
	if err != nil {
		return err
	}
	err = m.note(ctx, fmt.Sprintf("%d sockets open", sockets))
	leave()
	if err != nil {
		return err
	}
	return m.gone(ctx, socketsGauge, "sockets gone")
}

// note reads the memory.
func (m *memory) note(ctx context.Context, when string) error {
	rss, err := m.process.RSS()
	if err != nil {
		return err
	}
	step := report.MemoryStep{When: when, RSS: rss}
	for name, into := range map[string]*int64{heapGauge: &step.Heap, roomsGauge: &step.Rooms, socketsGauge: &step.Sockets} {
		if *into, err = m.gauge(ctx, name); err != nil {
			return err
		}
	}
	m.report.Steps = append(m.report.Steps, step)
	fmt.Fprintf(os.Stderr, "bench: memory: %s\n", step)
	return nil
}

// gone waits until a gauge is zero and the memory has settled, and notes it.
func (m *memory) gone(ctx context.Context, gauge, when string) error {
	if err := until(ctx, forgetTime, func() (bool, error) {
		n, err := m.gauge(ctx, gauge)
		return n == 0, err
	}); err != nil {
		return fmt.Errorf("wait for %s to be zero: %w", gauge, err)
	}
	calm := newCalm(time.Now(), calmTime)
	if err := until(ctx, forgetTime, func() (bool, error) {
		rss, err := m.process.RSS()
		return calm.settled(time.Now(), rss), err
	}); err != nil {
		return fmt.Errorf("wait for the memory to settle: %w", err)
	}
	return m.note(ctx, when)
}

// gauge reads one of the program's metrics.
func (m *memory) gauge(ctx context.Context, name string) (int64, error) {
	text, err := load.Once(ctx, m.program.Address, load.AppendGet(nil, "/metrics", ""))
	if err != nil {
		return 0, fmt.Errorf("read the metrics: %w", err)
	}
	return gaugeIn(text, name)
}

// gaugeIn finds a metric without labels.
func gaugeIn(text []byte, name string) (int64, error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		value, found := strings.CutPrefix(lines.Text(), name+" ")
		if !found {
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return 0, fmt.Errorf("metric %s: %w", name, err)
		}
		return int64(n), nil
	}
	return 0, fmt.Errorf("there is no metric %s", name)
}

// until looks until something is so, for a while at most.
func until(ctx context.Context, most time.Duration, so func() (bool, error)) error {
	ctx, cancel := context.WithTimeout(ctx, most)
	defer cancel()
	look := time.NewTicker(lookTime)
	defer look.Stop()
	for {
		if done, err := so(); done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-look.C:
		}
	}
}

// calm tells when memory falls no more.
type calm struct {
	lowest int64
	since  time.Time
	long   time.Duration
}

func newCalm(now time.Time, long time.Duration) *calm { return &calm{since: now, long: long} }

// settled takes a look at the memory. A fall of less than 1 MiB is none.
func (c *calm) settled(now time.Time, bytes int64) bool {
	if c.lowest == 0 || bytes < c.lowest-1<<20 {
		c.lowest, c.since = bytes, now
	}
	return now.Sub(c.since) >= c.long
}
