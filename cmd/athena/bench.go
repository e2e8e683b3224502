package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"athena/bench/verify"
)

type benchCommand struct {
	ChatVerify chatVerify `cmd:"" help:"Break servers, connections and Postgres under a busy chat and check that its promises hold. It runs on servers and a database of its own."`
}

type chatVerify struct {
	For     time.Duration `help:"How long things are broken." default:"1m"`
	Seed    uint64        `help:"What decides what is broken when; drawn where it is not given." placeholder:"N"`
	Nodes   int           `help:"Servers on the one database." default:"2"`
	Rooms   int           `help:"Rooms." default:"3"`
	Senders int           `help:"Users who send." default:"16"`
	Readers int           `help:"Users who read the history." default:"3"`
	Sockets int           `help:"Sockets that follow all rooms." default:"6"`
	Dir     string        `help:"Folder to make the database and the servers' logs in." type:"path" placeholder:"DIR"`
	JSON    bool          `help:"Print JSON."`
}

// Run tests, and fails where a promise was broken.
func (c *chatVerify) Run(ctx context.Context, p *program) (err error) {
	if min(c.Nodes, c.Rooms, c.Senders) < 1 || min(c.Readers, c.Sockets) < 0 {
		return errors.New("there must be a node, a room and a sender at least")
	}
	if c.Seed == 0 {
		c.Seed = rand.Uint64()
	}
	fmt.Fprintf(p.err, "chat-verify: seed %d\n", c.Seed)
	dir, err := os.MkdirTemp(c.Dir, "athena-verify-")
	if err == nil {
		err = os.Chmod(dir, 0o755) // the database's account passes through
	}
	if err != nil {
		return fmt.Errorf("make a folder: %w", err)
	}
	report, err := c.verify(ctx, p, dir)
	if err != nil || len(report.Violations) > 0 {
		return errors.Join(err, c.broken(p, report, dir))
	}
	return errors.Join(p.print(c.JSON, report, report.String()), os.RemoveAll(dir))
}

// broken prints what was found, and leaves the logs.
func (c *chatVerify) broken(p *program, report *verify.Report, dir string) error {
	logs := fmt.Errorf("the servers' logs are in %s", dir)
	if report == nil {
		return logs
	}
	return errors.Join(p.print(c.JSON, report, report.String()), errors.New("a promise was broken or could not be tested"), logs)
}

func (c *chatVerify) verify(ctx context.Context, p *program, dir string) (report *verify.Report, err error) {
	bed, err := newTestbed(ctx, p, dir)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, bed.close()) }()
	report, err = verify.Run(ctx, verify.Config{
		System: bed, Seed: c.Seed, For: c.For, Nodes: c.Nodes, Rooms: c.Rooms, Senders: c.Senders, Readers: c.Readers, Sockets: c.Sockets,
		Told: func(line string) { fmt.Fprintln(p.err, line) },
	})
	if err != nil {
		return report, err
	}
	panics, err := panicsIn(filepath.Join(dir, "node-*.log"))
	report.Violations = append(report.Violations, panics...)
	return report, err
}
