package management

import (
	"context"
	"strings"
	"time"

	"athena/actors/pool"
	"athena/http/route"
	"athena/persistence"
	"athena/persistence/catalog"
	"athena/persistence/ddl"
	"athena/persistence/managementdb"
	"athena/wire"

	"github.com/google/uuid"
)

type reply = wire.Success[wire.SchemaChange]

// plain makes a handler of a function that compiles a change from its request alone.
func plain[In any](a API, compile func(*In) (ddl.Change, error)) route.Handler {
	return typed(a, func(in *In, _ ddl.TypeFunc) (ddl.Change, error) { return compile(in) })
}

// typed makes a handler of a function that compiles a change and asks which types
// the client's database has.
func typed[In any](a API, compile func(*In, ddl.TypeFunc) (ddl.Change, error)) route.Handler {
	return route.JSON(func(ctx context.Context, in *In) (reply, error) {
		p, err := a.Clients.Get(ctx, route.CallOf(ctx).Caller.Client)
		if err != nil {
			return reply{}, err
		}
		known, err := p.Catalog(ctx)
		if err != nil {
			return reply{}, err
		}
		change, wrong := compile(in, typesOf(known))
		return a.change(ctx, p, &change, wrong)
	})
}

// typesOf looks types up as PostgreSQL spells them.
func typesOf(known *catalog.Catalog) ddl.TypeFunc {
	return func(schema, name string) bool {
		for _, spelled := range []string{name, `"` + strings.ReplaceAll(name, `"`, `""`) + `"`} {
			if t, ok := known.TypeByName(schema + "." + spelled); ok {
				return t.Kind != pseudoType
			}
		}
		return false
	}
}

const pseudoType = 'p'

// change notes a change, makes it and tells everybody. What is wrong with it
// already is noted, too.
func (a API) change(ctx context.Context, p *pool.Pool, c *ddl.Change, wrong error) (reply, error) {
	began := time.Now()
	id, err := a.Audit.Begin(ctx, actor(route.CallOf(ctx)), c)
	if err != nil {
		if wrong != nil { // the fault that the caller can mend
			err = wrong
		}
		return reply{}, err
	}
	if wrong == nil {
		if wrong = a.apply(ctx, c, id); wrong != nil && persistence.SQLState(wrong) == "" {
			// Whether it was committed is not known.
			a.note(ctx, "schema in doubt not read again", p.Outside(ctx, wrong, strings.Join(c.Statements, ";")))
		}
	}
	if wrong != nil {
		a.note(ctx, "refusal not noted in the audit log", a.Audit.Fail(ctx, id, wrong))
		return reply{}, wrong
	}
	a.spread(ctx, p, began)
	return wire.OK(done[c.Operation], wire.SchemaChange{
		Operation: c.Operation, ObjectType: c.Object, SchemaName: c.Schema, ObjectName: c.Name, Statements: c.Statements, AuditID: id.String(),
	}), nil
}

func (a API) apply(ctx context.Context, c *ddl.Change, id uuid.UUID) error {
	db, err := a.Clients.DB(ctx, route.CallOf(ctx).Caller.Client)
	if err != nil {
		return err
	}
	return managementdb.Schema{DB: db}.Apply(ctx, c,
		func(definition string) error { return a.Audit.KeepDefinition(ctx, id, definition) },
		func() error { return a.Audit.Succeed(ctx, id) })
}

// spread has this node and all others forget the schema as it was. The change is
// made: what fails here costs freshness for some seconds, not the answer.
func (a API) spread(ctx context.Context, p *pool.Pool, began time.Time) {
	ctx = context.WithoutCancel(ctx)
	a.note(ctx, "changed schema not read again", p.Changed(ctx, began))
	a.note(ctx, "changed schema not announced", a.Audit.Announce(ctx, p.Client()))
}

func (a API) note(ctx context.Context, what string, err error) {
	if err != nil {
		a.Log.WarnContext(ctx, what, "client", route.CallOf(ctx).Caller.Client, "error", err)
	}
}

// actor is who asks.
func actor(call *route.Call) managementdb.Actor {
	who := managementdb.Actor{Client: call.Caller.Client, RequestID: call.RequestID}
	if call.Caller.Key != nil {
		who.Key = call.Caller.Key.PublicID
	}
	if call.Caller.From.IsValid() {
		who.From = call.Caller.From.String()
	}
	return who
}

// done says in words what an operation did.
var done = map[string]string{
	"create_table": "Table created", "edit_table": "Table updated", "drop_table": "Table dropped", "drop_column": "Column dropped",
	"create_index": "Index created", "drop_index": "Index dropped", "create_view": "View created", "drop_view": "View dropped",
	"install_extension": "Extension installed", "upsert_function": "Function upserted", "drop_function": "Function dropped",
}
