package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"reflect"
	"time"

	"athena/bench/contender"
	"athena/bench/load"
	"athena/bench/report"
	"athena/bench/scenario"
	"athena/bench/usage"

	"github.com/goccy/go-json"
)

// side is one contender in one scenario.
type side struct {
	*contender.Contender
	work   *scenario.Work
	rounds report.Rounds
}

// scenario measures one scenario on all sides in turn. What goes wrong in it is
// told in the row; the error is the end of the run.
func (b *bench) scenario(ctx context.Context, s scenario.Scenario, connections int) (report.Row, error) {
	row := report.Row{Scenario: s.Name, Title: s.Title, Connections: connections, Goal: s.Goal}
	fmt.Fprintf(os.Stderr, "bench: %s, %d connections\n", s.Name, connections)
	sides, err := b.sides(ctx, s, connections)
	defer func() {
		for _, one := range sides {
			if one.work.Close != nil {
				one.work.Close()
			}
		}
	}()
	if err == nil {
		err = b.alternate(ctx, sides)
	}
	for _, one := range sides {
		if one.Name == contender.Athena {
			row.Athena = one.rounds
		} else {
			row.Baseline = one.rounds
		}
	}
	if err != nil {
		row.Failure = err.Error()
		fmt.Fprintf(os.Stderr, "bench: FAILED %s: %v\n", s.Name, err)
	}
	return row, ctx.Err()
}

// sides makes the scenario ready everywhere and warms it up. What is ready is
// returned beside an error, to be closed.
func (b *bench) sides(ctx context.Context, s scenario.Scenario, connections int) ([]*side, error) {
	var sides []*side
	for _, c := range b.contenders {
		if !s.Against(c.Name) {
			continue
		}
		work, err := s.Prepare(ctx, c, connections)
		if err != nil {
			return sides, fmt.Errorf("%s: prepare: %w", c.Name, err)
		}
		sides = append(sides, &side{Contender: c, work: work})
	}
	if err := same(ctx, sides); err != nil {
		return sides, err
	}
	for _, one := range sides {
		if _, err := b.load(ctx, one, b.options.warmUp); err != nil {
			return sides, fmt.Errorf("%s: warm-up: %w", one.Name, err)
		}
	}
	return sides, nil
}

// same checks that all sides answer the probe with the same data.
func same(ctx context.Context, sides []*side) error {
	var first any
	for i, one := range sides {
		if one.work.Probe == nil {
			return nil
		}
		body, err := load.Once(ctx, one.Address, one.work.Probe)
		if err != nil {
			return fmt.Errorf("%s: probe: %w", one.Name, err)
		}
		data, err := dataOf(body)
		if err != nil {
			return fmt.Errorf("%s: probe: %w", one.Name, err)
		}
		if i == 0 {
			first = data
		} else if !reflect.DeepEqual(first, data) {
			return fmt.Errorf("the sides answer differently: %.300v and %.300v", first, data)
		}
	}
	return nil
}

// dataOf is the data of an answer. Numbers keep every digit.
func dataOf(body []byte) (any, error) {
	var answer struct{ Data any }
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if err := decoder.Decode(&answer); err != nil {
		return nil, fmt.Errorf("read %.300s: %w", body, err)
	}
	if rows, ok := answer.Data.([]any); !ok || len(rows) == 0 {
		return nil, fmt.Errorf("no rows in %.300s", body)
	}
	return answer.Data, nil
}

// alternate runs the rounds. Each side goes first in every other round.
func (b *bench) alternate(ctx context.Context, sides []*side) error {
	for i := range b.options.rounds {
		for j := range sides {
			one := sides[(i+j)%len(sides)]
			round, err := b.round(ctx, one)
			if err != nil {
				return fmt.Errorf("%s: round %d: %w", one.Name, i+1, err)
			}
			one.rounds = append(one.rounds, round)
		}
	}
	for _, one := range sides {
		if one.work.Verify == nil {
			continue
		}
		if err := one.work.Verify(ctx); err != nil {
			return fmt.Errorf("%s: what was acknowledged is not what is stored: %w", one.Name, err)
		}
	}
	return nil
}

// load sends the scenario to a side for a while.
func (b *bench) load(ctx context.Context, one *side, d time.Duration) (*load.Result, error) {
	run := one.work.Run
	if run == nil {
		run = func(ctx context.Context, d time.Duration) (*load.Result, error) {
			return load.Run(ctx, load.Plan{Address: one.Address, Callers: one.work.Callers, Duration: d})
		}
	}
	result, err := run(ctx, d)
	if err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return result, result.Failed()
}

// round measures a side once.
func (b *bench) round(ctx context.Context, one *side) (report.Round, error) {
	before := b.costs(one.Contender)
	result, err := b.load(ctx, one, b.options.duration)
	if err != nil {
		return report.Round{}, err
	}
	after := b.costs(one.Contender)
	return report.Round{
		Requests: result.Requests, Errors: result.Errors, Elapsed: result.Elapsed,
		P50: result.Times.Quantile(0.5), P99: result.Times.Quantile(0.99), Max: result.Times.Max(),
		Deliveries: result.Delivered.Count(), DeliveryP50: result.Delivered.Quantile(0.5), DeliveryP99: result.Delivered.Quantile(0.99),
		Server: since(before.server, after.server), Postgres: since(before.postgres, after.postgres),
		Load: since(before.load, after.load), Machine: since(before.machine, after.machine), RSS: after.rss,
	}, nil
}

// costs are what the processes have used so far; nil where it cannot be read.
type costs struct {
	server, postgres, load, machine *time.Duration
	rss                             *int64
}

func (b *bench) costs(c *contender.Contender) costs {
	var read costs
	if p, ok := c.Process(); ok {
		read.server, read.rss = known(p.CPU()), known(p.RSS())
	}
	if b.postgres != nil {
		read.postgres = known(b.postgres.CPU())
	}
	if read.load = new(time.Duration); c.PID != os.Getpid() { // otherwise it is the server's
		read.load = known(usage.Process{Proc: usage.Default, PID: os.Getpid()}.CPU())
	}
	read.machine = known(usage.Default.Busy())
	return read
}

func known[T any](value T, err error) *T {
	if err != nil {
		return nil
	}
	return &value
}

func since(before, after *time.Duration) *time.Duration {
	if before == nil || after == nil {
		return nil
	}
	used := *after - *before
	return &used
}
