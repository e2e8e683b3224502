package route

import (
	"context"
	"net/netip"
	"strings"
	"time"

	"athena/persistence/sqltext"
	"athena/wire"
)

// Call is what the server knows of a request beside its decoded content. It is
// the context that handlers get; it outlives the request's own memory.
type Call struct {
	context.Context
	// RequestID is the caller's own or made here.
	RequestID string
	// Began is when the request arrived.
	Began time.Time
	// Caller is who asks, as the guard found out.
	Caller Caller
	// Operation is what the gateway did, for its log; nil for other routes.
	Operation *wire.OperationLog
	// Cause is the error behind an answer of 500, for the log.
	Cause error
	// Deferred says that the request is to be done later; nil for one that is not.
	Deferred *Deferred
	// Failure writes this caller's problems; nil takes the envelope.
	Failure FailureFunc
}

// Deferred is how a request came to be done later.
type Deferred struct {
	// Reason is why.
	Reason string
	// Kept is told the id that the request was kept with; it may be nil.
	Kept func(id string)
}

type callKey struct{}

// Value finds the call itself in any context derived from it.
func (c *Call) Value(key any) any {
	if _, ok := key.(callKey); ok {
		return c
	}
	return c.Context.Value(key)
}

// CallOf finds the call that a context belongs to. It panics for a context that
// did not come from the server: that is a mistake of ours.
func CallOf(ctx context.Context) *Call {
	return ctx.Value(callKey{}).(*Call)
}

// Caller is who asks.
type Caller struct {
	// Admin says that the static admin key was shown.
	Admin bool
	// Key is the API key that was shown, nil for none.
	Key *wire.KeyGrant
	// Open says that no key is needed: keys are not enforced for the client, or
	// the database itself authenticates a direct URI.
	Open bool
	// UserID and OrganizationID are those of the session.
	UserID         string
	OrganizationID string
	// Client is the Athena client that was named; empty for a direct URI.
	Client string
	// DirectURI is the caller's own connection URI; it is a secret.
	DirectURI string
	// From is the caller's address, that of a trusted proxy's client included; it
	// is invalid where there is none.
	From netip.Addr
	// Config is what an operator set for the client; nil for nothing.
	Config *wire.ClientConfig
	// Asked is told every right that is asked for; it may be nil.
	Asked func(right string)
}

// Allow reports whether the caller holds a right, as a problem that names it.
func (c *Caller) Allow(right string) error {
	if c.Asked != nil {
		c.Asked(right)
	}
	if c.Config != nil {
		if err := c.Config.Require(c.Client, wire.FeatureOfRight(right)); err != nil {
			return err
		}
	}
	if c.Admin || c.Open || (c.Key != nil && c.Key.Allows(right)) {
		return nil
	}
	if c.Key == nil {
		return wire.Fail(wire.Unauthenticated, "an API key is required").WithHint("send it in the apikey header")
	}
	return wire.Fail(wire.RightMissing, "the API key lacks the right %s", right)
}

// AllowTable reports whether the caller may read, write or delete rows of a
// table. A table outside the schema public is never meant by a right that names
// a table alone, nor one that is called like a family of the server's own rights,
// so they take the gateway's right.
//
// The answer never depends on whether the table exists.
func (c *Caller) AllowTable(schema, table, action string) error {
	resource := table
	if table == "" || strings.Contains(table, ".") || (schema != "" && schema != "public") || wire.FixedResource(table) {
		resource = "gateway"
	}
	return c.Allow(resource + "." + action)
}

// Allowing asks for the right to do action with the table that a request is about,
// and to read those that it embeds.
func (c *Caller) Allowing(action string) sqltext.AllowFunc {
	return func(table sqltext.Name, embedded bool) error {
		if embedded {
			return c.AllowTable(table.Schema, table.Table, "read")
		}
		return c.AllowTable(table.Schema, table.Table, action)
	}
}
