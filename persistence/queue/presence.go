package queue

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// nodeLocks is the first half of the advisory locks that nodes hold; the second
// is the number of the node.
const nodeLocks = 0x6e6f6465 // "node"

const (
	// lookEvery is how often a node makes sure of its session.
	lookEvery = 2 * time.Second
	// lookTimeout is how long that may take.
	lookTimeout = 5 * time.Second
)

// presence is a session whose lock says that this node lives. The server lets the
// lock go with the session, so that a killed node is missed at once.
type presence struct {
	config *pgx.ConnConfig
	node   int32
	conn   *pgx.Conn // nil after it was lost
}

// appear takes a number that no node had before, and its lock.
func appear(ctx context.Context, pool *pgxpool.Pool) (*presence, error) {
	p := &presence{config: pool.Config().ConnConfig.Copy()}
	p.config.RuntimeParams["application_name"] = "athena node"
	if err := pool.QueryRow(ctx, sql.Get("next_node")).Scan(&p.node); err != nil {
		return nil, fmt.Errorf("take a number: %w", err)
	}
	return p, p.lock(ctx)
}

// lock connects and takes the lock. A session of our own that the server has not
// missed yet may still hold it, and does as well.
func (p *presence) lock(ctx context.Context) error {
	conn, err := pgx.ConnectConfig(ctx, p.config)
	if err != nil {
		return fmt.Errorf("connect: %w", err)
	}
	var mine bool
	err = conn.QueryRow(ctx, sql.Get("lock_node"), int32(nodeLocks), p.node).Scan(&mine)
	if err == nil && !mine {
		err = fmt.Errorf("another session holds the lock of node %d", p.node)
	}
	if err != nil {
		_ = conn.Close(ctx) // what is wrong is told already
		return fmt.Errorf("lock: %w", err)
	}
	p.conn = conn
	return nil
}

// keep makes sure of the session, and takes another when it was lost, until ctx
// ends.
func (p *presence) keep(ctx context.Context, log *slog.Logger) {
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if err := p.look(ctx); err != nil && ctx.Err() == nil {
			log.Warn("node without its lock: others may take its jobs", "error", err)
		}
	}
}

func (p *presence) look(ctx context.Context) error {
	bound, cancel := context.WithTimeout(ctx, lookTimeout)
	defer cancel()
	if p.conn != nil {
		if err := p.conn.Ping(bound); err == nil || ctx.Err() != nil {
			return nil
		}
		_ = p.conn.Close(bound) // it is lost already
		p.conn = nil
	}
	return p.lock(bound)
}

// leave lets the lock go.
func (p *presence) leave(ctx context.Context) error {
	if p.conn == nil {
		return nil
	}
	if err := p.conn.Close(ctx); err != nil {
		return fmt.Errorf("queue: leave: %w", err)
	}
	return nil
}
