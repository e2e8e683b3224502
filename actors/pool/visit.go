package pool

import (
	"context"

	"athena/persistence/inspectdb"
	"athena/wire"
)

// Visit opens a connection of its own to a client's database, beside those that
// serve requests, and closes it when do is done. A client that is switched off or
// frozen is not visited.
func (c *Clients) Visit(ctx context.Context, name string, do func(inspectdb.Database) error) error {
	target, known := (*c.targets.Load())[name]
	switch {
	case !known:
		return wire.Fail(wire.NotFound, "the Athena client %s was not found", name).At("client_name")
	case target.Inactive:
		return wire.Fail(wire.BackendUnavailable, "the Athena client %s is switched off", name).At("client_name")
	case target.Frozen:
		return wire.Fail(wire.ClientFrozen, "the client %s is frozen by its operator", name).At("client_name")
	case target.Broken != nil:
		return wire.Fail(wire.BackendUnavailable, "the address of the client %s is not known to this server", name).Because(target.Broken)
	}
	return inspectdb.Visit(ctx, target.URI, do)
}
