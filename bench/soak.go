package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"athena/bench/contender"
	"athena/bench/load"
	"athena/bench/report"
	"athena/bench/scenario"
)

// samples are how often the memory is read in a long run.
const samples = 50

// soak sends a mixture of reads and writes to the program for a long time and
// watches its memory.
func (b *bench) soak(ctx context.Context) (*report.Soak, error) {
	c := b.contenders[0]
	process, local := c.Process()
	if !local {
		return nil, errors.New("a long run needs the process of the server, see -pid")
	}
	callers, err := mixture(ctx, c, b.options.soakConnections)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "bench: long run, %v\n", b.options.soak)
	soak := &report.Soak{Duration: b.options.soak, Connections: len(callers)}
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	watching.Go(func() { soak.RSS = watch(ctx, process.RSS, b.options.soak/samples) })
	result, err := load.Run(ctx, load.Plan{Address: c.Address, Callers: callers, Duration: b.options.soak})
	cancel()
	watching.Wait()
	if err != nil {
		return nil, err
	}
	soak.Requests = result.Requests
	if err := result.Failed(); err != nil {
		soak.Failure = err.Error()
	}
	return soak, nil
}

// mixture shares the connections among the kinds of request that are not chat.
func mixture(ctx context.Context, c *contender.Contender, connections int) ([]load.Caller, error) {
	scenarios, err := scenario.Named("point,page,embed,insert", 1)
	if err != nil {
		return nil, err
	}
	callers := make([]load.Caller, 0, connections)
	for i, s := range scenarios {
		share := (connections + i) / len(scenarios)
		work, err := s.Prepare(ctx, c, share)
		if err != nil {
			return nil, fmt.Errorf("prepare %s: %w", s.Name, err)
		}
		callers = append(callers, work.Callers...)
	}
	return callers, nil
}

// watch reads the memory at each step until ctx ends or it cannot be read.
func watch(ctx context.Context, rss func() (int64, error), step time.Duration) []int64 {
	ticker := time.NewTicker(step)
	defer ticker.Stop()
	var all []int64
	for {
		select {
		case <-ctx.Done():
			return all
		case <-ticker.C:
		}
		bytes, err := rss()
		if err != nil {
			return all
		}
		all = append(all, bytes)
	}
}
