package sqltext

import (
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"athena/persistence/rowjson"
)

// handled writes a select whose rows become one value. What the server writes of them is
// for the aggregate to say, so nothing is flattened.
func (b *build) handled(s *scope, src source, r *Read) (string, []rowjson.Field, error) {
	b.plan.Handled, b.plan.Computed = true, true
	l, err := b.newLevel(s, r, false)
	if err != nil {
		return "", nil, err
	}
	rows, arg := jsonColumns(l.nodes), objectAlias
	switch {
	case r.Handler.Typed:
		rows, arg = s.wholeRow()+"::"+table(s.rel)+" AS "+rowColumn, objectAlias+"."+rowColumn
	case b.plan.Value && len(l.nodes) == 1:
		arg = objectAlias + "." + Ident(l.nodes[0].key)
	}
	body, err := l.body(src)
	if err != nil {
		return "", nil, err
	}
	out := &flatColumns{types: b.types}
	fields := out.fields([]node{
		{key: "count", expr: expr{"count(*)", pgtype.Int8OID}},
		{key: "value", expr: expr{Qualified(r.Handler.By) + "(" + arg + ")", r.Handler.Returns}},
	})
	fields = b.telling(out, fields)
	return "SELECT " + strings.Join(out.sql, ", ") + " FROM (SELECT " + distinct(r) + rows + body + ") AS " + objectAlias, fields, nil
}
