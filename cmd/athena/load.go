package main

import (
	"context"
	"strings"
	"time"

	"athena/actors/pool"
	"athena/persistence"
	"athena/persistence/clientsdb"
	"athena/wire"

	"github.com/google/uuid"
)

// noteLoadTimeout bounds how long the outcome of opening a client is being noted.
const noteLoadTimeout = 10 * time.Second

// loaded notes how opening a client's database went. A client that cannot be opened
// time and again is switched off, on every node.
func (s *service) loaded(target *pool.Target, failure error) {
	if target.Record.ID == uuid.Nil { // it stands in the file alone
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), noteLoadTimeout)
	defer cancel()
	if failure == nil {
		if err := s.control.clients().LoadSucceeded(ctx, &target.Record); err != nil {
			s.log.Warn("opened client not noted", "client", target.Name, "error", err)
		}
		return
	}
	if busy(failure) {
		return
	}
	off, err := s.control.clients().LoadFailed(ctx, &target.Record, s.config.Gateway.loadRule(), loadWords(failure))
	if off {
		s.log.Warn("client switched off: its database could not be opened time and again", "client", target.Name, "failures", s.config.Gateway.DeactivateAfter)
		err = s.clients.Reload(ctx)
	}
	if err != nil {
		s.log.Warn("failed load of a client not noted", "client", target.Name, "error", err)
	}
}

// busy reports whether a database is there, but has no room or no time yet.
func busy(err error) bool {
	state := persistence.SQLState(err)
	return strings.HasPrefix(state, "53") || state == "57P03"
}

func loadWords(err error) string {
	if problem, ok := wire.AsProblem(err); ok {
		return problem.Detail
	}
	return "the database cannot be opened"
}

func (g *GatewayConfig) loadRule() clientsdb.LoadRule {
	if !g.Deactivate {
		return clientsdb.LoadRule{Within: g.DeactivateWithin}
	}
	return clientsdb.LoadRule{Failures: g.DeactivateAfter, Within: g.DeactivateWithin}
}
