package main

import (
	"context"
	"errors"
	"fmt"

	"athena/bench/contender"
	"athena/bench/dataset"

	"github.com/jackc/pgx/v5"
)

// What the large catalog holds.
const (
	crowdedClients = 1000
	crowdedKeys    = 100_000
)

// crowded starts the program once more, with a large catalog.
func (b *bench) crowded(ctx context.Context, database string) (*contender.Contender, error) {
	const name = "athena_bench_" + contender.Crowded
	if _, err := b.conn.Exec(ctx, "CREATE DATABASE "+name); err != nil {
		return nil, fmt.Errorf("make a control database: %w", err)
	}
	control, err := contender.Sibling(database, name)
	if err != nil {
		return nil, err
	}
	program, err := b.program.Beside(ctx, contender.Crowded, control, database)
	if err != nil {
		return nil, err
	}
	if err := fill(ctx, control, database, max(1, crowdedClients/b.options.shrink), max(1, crowdedKeys/b.options.shrink)); err != nil {
		return nil, err
	}
	return program.Start(ctx)
}

func fill(ctx context.Context, control, database string, clients, keys int) (err error) {
	conn, err := pgx.Connect(ctx, control)
	if err != nil {
		return fmt.Errorf("connect to the control database: %w", err)
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	return dataset.MakeCatalog(ctx, conn, database, clients, keys)
}
