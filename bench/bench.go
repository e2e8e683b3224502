package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"athena/bench/contender"
	"athena/bench/dataset"
	"athena/bench/report"
	"athena/bench/scenario"
	"athena/bench/usage"

	"github.com/jackc/pgx/v5"
)

// bench is a run: the contenders, and where the costs of Postgres are read.
type bench struct {
	options    *options
	contenders []*contender.Contender
	conn       *pgx.Conn
	program    contender.Program
	postgres   *usage.Postgres // nil where it runs on another machine
	version    string
	temporary  string // folder to remove; empty if there is none
}

// open starts the contenders and makes the tables. What it has opened is
// returned beside an error, to be closed.
func open(ctx context.Context, o *options) (*bench, error) {
	b := &bench{options: o}
	database, err := b.startAthena(ctx)
	if err != nil {
		return b, err
	}
	if err := b.connect(ctx, database); err != nil {
		return b, err
	}
	if err := b.makeTables(ctx); err != nil {
		return b, err
	}
	if o.only != contender.Athena {
		c, err := contender.StartBaseline(ctx, database)
		if err != nil {
			return b, err
		}
		b.contenders = append(b.contenders, c)
	}
	if err := b.ready(ctx); err != nil {
		return b, err
	}
	if o.only != "" {
		return b, nil
	}
	return b, b.rivals(ctx, database)
}

// rivals adds those contenders that only some scenarios compare with.
func (b *bench) rivals(ctx context.Context, database string) error {
	c := b.contenders[0]
	b.contenders = append(b.contenders, c.Uncached(), c.WithoutKey(),
		&contender.Contender{Name: contender.Grouped, PID: os.Getpid(), Database: database})
	if !slices.ContainsFunc(b.options.scenarios, func(s scenario.Scenario) bool { return s.Rival == contender.Crowded }) {
		return nil
	}
	crowded, err := b.crowded(ctx, database)
	if err == nil {
		b.contenders = append(b.contenders, crowded)
	}
	return err
}

// startAthena brings the program into the run and tells its database.
func (b *bench) startAthena(ctx context.Context) (database string, err error) {
	o := b.options
	if o.only == contender.Baseline && o.database != "" {
		return o.database, nil
	}
	if o.url != "" {
		b.contenders = append(b.contenders, o.running.Contender())
		return o.database, nil
	}
	folder := o.data
	if folder == "" {
		if folder, err = os.MkdirTemp("", "athena-bench-"); err != nil {
			return "", fmt.Errorf("make a data folder: %w", err)
		}
		b.temporary = folder
	}
	program, err := contender.NewProgram(o.binary, folder)
	if err != nil {
		return "", err
	}
	c, err := program.Start(ctx)
	if err != nil {
		b.temporary = "" // its log tells why
		return "", err
	}
	b.program, b.contenders = program, append(b.contenders, c)
	return program.Database(ctx)
}

func (b *bench) connect(ctx context.Context, database string) (err error) {
	if b.conn, err = pgx.Connect(ctx, database); err != nil {
		return fmt.Errorf("connect to the client's database: %w", err)
	}
	b.version = b.conn.PgConn().ParameterStatus("server_version")
	server, err := usage.PostgresOf(usage.Default, int(b.conn.PgConn().PID()))
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: the costs of Postgres are not measured:", err)
		return nil
	}
	b.postgres = &server
	return nil
}

func (b *bench) makeTables(ctx context.Context) error {
	if err := dataset.Make(ctx, b.conn); err != nil {
		return err
	}
	if slices.ContainsFunc(b.options.scenarios, func(s scenario.Scenario) bool { return s.Chat }) {
		return dataset.MakeChat(ctx, b.conn)
	}
	return nil
}

// ready waits until every contender knows the new tables.
func (b *bench) ready(ctx context.Context) error {
	for _, c := range b.contenders {
		for _, table := range []string{"bench_items", "bench_parents", "bench_children", "bench_events"} {
			request := c.Template("POST", "/gateway/fetch").Append(nil, []byte(`{"table_name":"`+table+`","limit":1}`))
			if err := c.Ready(ctx, request); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *bench) close() error {
	var errs []error
	for _, c := range slices.Backward(b.contenders) {
		if c.Name == contender.Athena && b.conn != nil {
			errs = append(errs, b.conn.Close(context.Background())) // before its Postgres stops
			b.conn = nil
		}
		errs = append(errs, c.Stop())
	}
	if b.conn != nil {
		errs = append(errs, b.conn.Close(context.Background()))
	}
	if b.temporary != "" {
		errs = append(errs, os.RemoveAll(b.temporary))
	}
	return errors.Join(errs...)
}

// run measures every scenario, at every number of connections.
func (b *bench) run(ctx context.Context) (*report.Report, error) {
	r := &report.Report{Machine: usage.Default.Machine(), Postgres: b.version, Duration: b.options.duration}
	for _, s := range b.options.scenarios {
		for _, connections := range b.connectionsOf(s) {
			row, err := b.scenario(ctx, s, connections)
			if err != nil {
				return nil, err
			}
			r.Rows = append(r.Rows, row)
		}
	}
	var err error
	if b.options.memory {
		if r.Memory, err = b.memory(ctx); err != nil {
			return r, err
		}
	}
	if b.options.soak > 0 {
		r.Soak, err = b.soak(ctx)
	}
	return r, err
}

func (b *bench) connectionsOf(s scenario.Scenario) []int {
	if b.options.connections != nil {
		return b.options.connections
	}
	return s.Connections
}
