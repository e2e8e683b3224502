package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"athena/persistence/daemonsdb"
	"athena/wire"

	"github.com/google/uuid"
)

// register keeps this process in the register of those that work on the control
// database until ctx ends, and then tells that it stops. A register that cannot be
// written is no reason not to serve.
func register(ctx context.Context, store daemonsdb.Store, id uuid.UUID, address string, log *slog.Logger) {
	self := thisDaemon(id, address)
	beat := func() {
		bound, cancel := context.WithTimeout(ctx, daemonsdb.HeartbeatEvery)
		defer cancel()
		if err := store.Beat(bound, &self); err != nil && ctx.Err() == nil {
			log.Warn("heartbeat not written", "error", err)
		}
	}
	beat()
	if err := store.Prune(ctx); err != nil && ctx.Err() == nil {
		log.Warn("register of daemons not pruned", "error", err)
	}
	tick := time.NewTicker(daemonsdb.HeartbeatEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			beat()
		case <-ctx.Done():
			bound, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			if err := store.Stop(bound, self.ID); err != nil {
				log.Warn("end of daemon not written", "error", err)
			}
			return
		}
	}
}

// hostName is what the machine is called.
func hostName() string {
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}

func thisDaemon(id uuid.UUID, address string) wire.Daemon {
	return wire.Daemon{
		ID: id, DaemonName: "athena", Host: hostName(), PID: int32(os.Getpid()), Version: version,
		Address: &address, StartedAt: time.Now(),
	}
}
