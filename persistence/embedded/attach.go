package embedded

import (
	"context"
	"errors"
	"fmt"
)

// Attach is Open for command line tools: it joins the cluster where a running
// Athena has it open, and else opens it for the time until Close. It never makes
// a cluster. A joined cluster is stopped by its owner alone, whenever that ends.
func Attach(ctx context.Context, cfg Config) (*Cluster, error) {
	if made, err := (home{dir: cfg.Dir}).major(); err != nil || made == 0 {
		return nil, errors.Join(err, fmt.Errorf("embedded: %s holds no cluster", cfg.Dir))
	}
	h, err := newHome(cfg.Dir)
	if err != nil {
		return nil, err
	}
	for {
		held, err := takeLock(h.lock())
		if err == nil {
			return openLocked(ctx, cfg, h, held)
		}
		if !errors.Is(err, ErrInUse) {
			return nil, err
		}
		if p := readPostmaster(h.data()); p.ready {
			return join(cfg, h, p.port)
		}
		if waitErr := pause(ctx, pollEvery); waitErr != nil {
			return nil, errors.Join(err, waitErr)
		}
	}
}

// join describes a cluster that another process runs.
func join(cfg Config, h home, port int) (*Cluster, error) {
	c := newCluster(cfg, h)
	if err := c.chooseBinaries(); err != nil {
		return nil, err
	}
	password, err := h.password()
	if err != nil {
		return nil, err
	}
	c.password, c.port = password, port
	c.setState(Ready)
	c.cancel = func() {
		c.setState(Stopped)
		close(c.done)
	}
	return c, nil
}
