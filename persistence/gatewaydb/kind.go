package gatewaydb

import (
	"fmt"

	"athena/persistence/catalog"
	"athena/persistence/rowjson"
	"athena/persistence/sqltext"
)

// kind is one sort of request: how its shape is named and how it is compiled.
type kind struct {
	tag     byte
	write   bool
	key     func(dst []byte, values []sqltext.Value) ([]byte, []sqltext.Value)
	compile func(cat *catalog.Catalog, path []string) (*sqltext.Plan, error)
}

// kindOf finds the kind of a request; types are those that have an encoder.
func kindOf(request any, types *rowjson.Types, allow sqltext.AllowFunc) (kind, error) {
	c := sqltext.Compiler{Types: types, Allow: allow}
	switch r := request.(type) {
	case *sqltext.Read:
		return bind('r', r, sqltext.ReadKey, c.Read), nil
	case *sqltext.Insert:
		return bind('i', r, sqltext.InsertKey, c.Insert), nil
	case *sqltext.Update:
		return bind('u', r, sqltext.UpdateKey, c.Update), nil
	case *sqltext.UpdateRows:
		return bind('v', r, sqltext.UpdateRowsKey, c.UpdateRows), nil
	case *sqltext.Delete:
		return bind('d', r, sqltext.DeleteKey, c.Delete), nil
	case *sqltext.Call:
		return bind('f', r, sqltext.CallKey, c.Call), nil
	}
	return kind{}, fmt.Errorf("gatewaydb: cannot compile a %T", request)
}

func bind[R any](tag byte, r R,
	key func([]byte, []sqltext.Value, R) ([]byte, []sqltext.Value),
	compile func(*catalog.Catalog, []string, R) (*sqltext.Plan, error),
) kind {
	return kind{
		tag: tag, write: tag != 'r' && tag != 'f',
		key:     func(dst []byte, values []sqltext.Value) ([]byte, []sqltext.Value) { return key(dst, values, r) },
		compile: func(cat *catalog.Catalog, path []string) (*sqltext.Plan, error) { return compile(cat, path, r) },
	}
}
