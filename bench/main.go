package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"athena/bench/baseline"
	"athena/bench/contender"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	switch {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) > 0 && args[0] == contender.Baseline {
		return serveBaseline(ctx)
	}
	o, err := parse(args)
	if err != nil {
		return err
	}
	return measure(ctx, o)
}

// serveBaseline is the second process. It ends with the first, which holds the
// other end of its standard input.
func serveBaseline(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin) // its end is all that counts
		cancel()
	}()
	return baseline.Serve(ctx, os.Getenv(contender.DatabaseVariable), func(address string) { fmt.Println(address) })
}

// measure runs everything and prints the report, also of what failed.
func measure(ctx context.Context, o *options) (err error) {
	b, err := open(ctx, o)
	if b != nil {
		defer func() { err = errors.Join(err, b.close()) }()
	}
	if err != nil {
		return err
	}
	r, err := b.run(ctx)
	if err != nil {
		return err
	}
	write := r.Markdown
	if o.json {
		write = r.JSON
	}
	if err := write(os.Stdout); err != nil {
		return err
	}
	if r.Failed() {
		return errors.New("a scenario failed, see above")
	}
	return nil
}
