package sqltext

import (
	"strconv"
	"strings"

	"athena/persistence/catalog"
	"athena/persistence/rowjson"
	"athena/wire"
)

// node is a member of the object that a row becomes.
type node struct {
	key  string
	kind nodeKind
	// expr is the value of a leaf; folded says that it is an aggregate.
	expr   expr
	folded bool
	// members belong to an object or to the elements of an array, which is there
	// when presence is not null.
	members  []node
	presence string
}

type nodeKind uint8

const (
	leaf nodeKind = iota
	object
	array
)

// flatEmbed is the to-many embed whose rows are those of the statement.
type flatEmbed struct{ place int }

// embed adds a related resource to a level.
func (l *level) embed(e *Embed) error {
	if err := checkKey(e.Key()); err != nil {
		return err
	}
	if isEmpty(e) {
		return l.relateAll(l.s.rel, e)
	}
	w, err := l.relate(l.s.rel, e)
	if err != nil {
		return err
	}
	simple := w.function == nil && !w.Unsure() && e.Read.Limit == nil && e.Read.Offset == nil &&
		!e.Read.Distinct
	folded := l.folds(w.target, e.Read.Items)
	switch {
	case !w.many && simple && (e.Spread || !folded):
		return l.joinOne(w, e)
	case e.Spread && folded:
		return wire.Fail(wire.InvalidSelect, "%s cannot be spread, for it is not a plain to-one relation and has an aggregate", clip(e.Key())).
			At(e.Key()).WithHint("remove the three dots").Like("PGRST127")
	case l.grouped || l.r.Distinct:
		return wire.Fail(wire.InvalidSelect, "%s cannot be embedded beside an aggregate or in distinct rows", clip(e.Key())).At(e.Key())
	case e.Spread:
		return l.joinSpread(w, e)
	case w.many && l.flatten && l.flat == nil && !folded && !e.Read.Distinct:
		return l.joinMany(w, e)
	default:
		return l.joinJSON(w, e)
	}
}

// relateAll makes sure that an empty embed, and those within it, are relations all
// the same.
func (b *build) relateAll(from *catalog.Relation, e *Embed) error {
	w, err := b.relate(from, e)
	for _, item := range e.Read.Items {
		if inner, ok := item.(*Embed); ok && err == nil {
			err = b.relateAll(w.target, inner)
		}
	}
	return err
}

// joinOne joins a to-one relation and takes its columns flat.
func (l *level) joinOne(w way, e *Embed) error {
	s := l.scope(w.target, e.Read.Items)
	src := l.sourceOf(w, s)
	conds, err := l.narrowing(s, &e.Read)
	if err != nil {
		return err
	}
	l.joins = append(l.joins, " LEFT JOIN "+src.from+" ON "+strings.Join(append([]string{src.on}, conds...), " AND "))
	s.anchor = w.anchor(s)
	if l.grouped {
		l.s.join(e, s)
	}
	inner := &level{build: l.build, s: s, r: &e.Read, grouped: l.grouped}
	for _, item := range selected(e.Read.Items) {
		if err := inner.item(item); err != nil {
			return err
		}
	}
	l.joins = append(l.joins, inner.joins...)
	if e.Spread {
		l.nodes = append(l.nodes, inner.nodes...)
		return nil
	}
	l.nodes = append(l.nodes, node{key: e.Key(), kind: object, members: inner.nodes, presence: s.anchor})
	return nil
}

func (l *level) sourceOf(w way, s *scope) source {
	from, on := w.source(l.build, l.s, s)
	return source{from, on}
}

// related is the select of a related resource: what its rows become, and everything
// behind its select list.
func (l *level) related(w way, e *Embed) (inner *level, body string, err error) {
	s := l.scope(w.target, e.Read.Items)
	if inner, err = l.newLevel(s, &e.Read, false); err != nil {
		return nil, "", err
	}
	body, err = inner.body(l.sourceOf(w, s))
	return inner, body, err
}

// joinMany joins a to-many relation so that each of its rows is a row of the
// statement. Without OFFSET the planner would pull the subquery up and scan the
// whole child table.
func (l *level) joinMany(w way, e *Embed) error {
	inner, body, err := l.related(w, e)
	if err != nil {
		return err
	}
	if e.Read.Offset == nil || inner.wrapped {
		body += " OFFSET 0"
	}
	rows := l.alias()
	var columns []string
	members := carried(inner.nodes, rows, &columns)
	present := "c" + strconv.Itoa(len(columns))
	columns = append(columns, "TRUE AS "+present)
	l.joins = append(l.joins, " LEFT JOIN LATERAL (SELECT "+strings.Join(columns, ", ")+body+") AS "+rows+" ON TRUE")
	l.flat = &flatEmbed{place: len(l.nodes)}
	l.nodes = append(l.nodes, node{key: e.Key(), kind: array, members: members, presence: rows + "." + present})
	return nil
}

// carried hands nodes on from a subquery to the select around it, which sees them
// as columns of its alias.
func carried(nodes []node, alias string, columns *[]string) []node {
	carry := func(sql string) string {
		name := "c" + strconv.Itoa(len(*columns))
		*columns = append(*columns, sql+" AS "+name)
		return alias + "." + name
	}
	out := make([]node, len(nodes))
	for i, n := range nodes {
		if n.kind == leaf {
			n.expr.sql = carry(n.expr.sql)
		} else {
			n.presence = carry(n.presence)
			n.members = carried(n.members, alias, columns)
		}
		out[i] = n
	}
	return out
}

// joinJSON lets the server write a related resource as one JSON value.
func (l *level) joinJSON(w way, e *Embed) error {
	inner, body, err := l.related(w, e)
	if err != nil {
		return err
	}
	rows := "(SELECT " + distinct(&e.Read) + jsonColumns(inner.nodes) + body + ") AS " + objectAlias
	name := l.alias()
	value, sql := name+".j", "SELECT row_to_json("+objectAlias+") AS j FROM "+rows+" LIMIT 1"
	if w.many {
		value, sql = "coalesce("+name+".j, '[]')", "SELECT json_agg("+objectAlias+") AS j FROM "+rows
	}
	l.joins = append(l.joins, " LEFT JOIN LATERAL ("+sql+") AS "+name+" ON TRUE")
	l.nodes = append(l.nodes, node{key: e.Key(), expr: expr{value, jsonType}})
	return nil
}

// joinSpread lifts the columns of a related resource into the row. Where it may have
// many rows, each column becomes an array of theirs, all in the same order.
func (l *level) joinSpread(w way, e *Embed) error {
	inner, body, err := l.related(w, e)
	if err != nil {
		return err
	}
	name := l.alias()
	columns, lifted := make([]string, len(inner.nodes)), make([]string, len(inner.nodes))
	for i, n := range inner.nodes {
		column := "c" + strconv.Itoa(i)
		columns[i], lifted[i] = n.json()+" AS "+column, column
		value := expr{name + "." + column, n.valueType()}
		if w.many {
			lifted[i] = "json_agg(" + column + ") AS " + column
			value = expr{"coalesce(" + value.sql + ", '[]')", jsonType}
		}
		l.nodes = append(l.nodes, node{key: n.key, expr: value})
	}
	sql := "SELECT " + strings.Join(lifted, ", ") + " FROM (SELECT " + distinct(&e.Read) + strings.Join(columns, ", ") + body + ") AS " + objectAlias
	if !w.many {
		sql += " LIMIT 1"
	}
	l.joins = append(l.joins, " LEFT JOIN LATERAL ("+sql+") AS "+name+" ON TRUE")
	return nil
}

// jsonColumns is the select list of a subquery whose rows become JSON whole.
func jsonColumns(nodes []node) string {
	columns := make([]string, len(nodes))
	for i, n := range nodes {
		columns[i] = n.json() + " AS " + Ident(n.key)
	}
	return strings.Join(columns, ", ")
}

// json is the SQL of a node's value inside of such a row.
func (n node) json() string {
	if n.kind == leaf {
		return n.expr.sql
	}
	return "(SELECT row_to_json(" + objectAlias + ") FROM (SELECT " + jsonColumns(n.members) + ") AS " + objectAlias +
		" WHERE " + n.presence + " IS NOT NULL)"
}

// valueType is the type of what json gives.
func (n node) valueType() uint32 {
	if n.kind == leaf {
		return n.expr.typ
	}
	return jsonType
}

// flatColumns gathers the result columns of a statement.
type flatColumns struct {
	types *rowjson.Types
	sql   []string
	index map[string]int
}

// add gives the index of a column, which it has once however often it is asked
// for.
func (f *flatColumns) add(sql string) int {
	if i, ok := f.index[sql]; ok {
		return i
	}
	if f.index == nil {
		f.index = make(map[string]int)
	}
	f.index[sql] = len(f.sql)
	f.sql = append(f.sql, sql)
	return len(f.sql) - 1
}

func (f *flatColumns) fields(nodes []node) []rowjson.Field {
	fields := make([]rowjson.Field, len(nodes))
	for i, n := range nodes {
		field := rowjson.Field{Key: n.key}
		switch n.kind {
		case leaf:
			field.Column = f.add(f.written(n.expr))
		case object:
			field.Presence = f.add(n.presence)
			field.Object = f.fields(n.members)
		case array:
			field.Presence = f.add(n.presence)
			field.Array = f.fields(n.members)
		}
		fields[i] = field
	}
	return fields
}

// written leaves a column to the row encoder, or has the server write its JSON
// when the encoder does not know the type.
func (f *flatColumns) written(e expr) string {
	if f.types == nil || e.typ == 0 {
		return e.sql
	}
	if _, known := f.types.Encoder(e.typ); known {
		return e.sql
	}
	return "to_json(" + e.sql + ")"
}

// group gives the columns that tell one parent from the next.
func (f *flatColumns) group(l *level) []int {
	if len(l.s.rel.PrimaryKey) == 0 {
		return []int{f.add(l.s.alias + "." + numberColumn)}
	}
	var columns []int
	for _, name := range l.s.rel.PrimaryKey {
		columns = append(columns, f.add(l.s.column(name)))
	}
	return columns
}
