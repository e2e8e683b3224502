package sqltext

import (
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"athena/persistence/catalog"
	"athena/persistence/rowjson"
	"athena/wire"
)

// Read compiles a read. What cannot be compiled is a wire.Problem.
func (c *Compiler) Read(cat *catalog.Catalog, searchPath []string, r *Read) (*Plan, error) {
	b, err := c.begin(cat, searchPath, func(k *keyer) { k.read(r) })
	if err != nil {
		return nil, err
	}
	rel, err := b.resolve(r.From)
	if err != nil {
		return nil, err
	}
	s := b.scope(rel, r.Items)
	from := source{from: table(rel) + " AS " + s.alias}
	if r.Among != nil {
		if from, err = b.among(s, r.Among); err != nil {
			return nil, err
		}
	}
	if r.count != NoCount {
		return b.countRows(s, from, r)
	}
	if r, err = b.seeking(s, r); err != nil {
		return nil, err
	}
	sql, fields, err := b.flatSelect(s, from, r, true)
	if err != nil {
		return nil, err
	}
	return b.finish(sql, fields)
}

// source is where the rows of a level come from.
type source struct {
	from string
	// on ties the rows to those of the parent; empty where there is no parent.
	on string
}

// level is one SELECT: a relation with what its rows become.
type level struct {
	*build
	s       *scope
	r       *Read
	grouped bool
	// wrapped says that the rows are narrowed, ordered and bounded in a subquery
	// before anything is joined to them.
	wrapped bool
	// flatten says that one to-many embed may become rows of this very select.
	flatten bool

	nodes []node
	joins []string
	flat  *flatEmbed
}

// newLevel compiles what the rows of a read become.
func (b *build) newLevel(s *scope, r *Read, flatten bool) (*level, error) {
	l := &level{build: b, s: s, r: r, grouped: b.folds(s.rel, r.Items), flatten: flatten}
	if l.grouped {
		l.flatten = false
	}
	if err := l.decideWrap(); err != nil {
		return nil, err
	}
	for _, item := range selected(r.Items) {
		if err := l.item(item); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// selected is a select list with its default.
func selected(items []Item) []Item {
	if items == nil {
		return []Item{&Star{}}
	}
	return items
}

// decideWrap finds out whether the rows need a subquery of their own: the bounds
// of a read count its own rows, and joins should be made for those alone.
func (l *level) decideWrap() error {
	if l.grouped || l.r.Distinct {
		l.flatten = false
		return nil
	}
	bounded := l.r.Limit != nil || l.r.Offset != nil
	for _, item := range l.r.Items {
		e, ok := item.(*Embed)
		if !ok || isEmpty(e) {
			continue
		}
		w, err := l.relate(l.s.rel, e)
		if err != nil {
			return err
		}
		l.wrapped = l.wrapped || bounded || w.many && l.flatten
	}
	if l.wrapped {
		l.s.row = l.s.alias + "." + rowColumn
	}
	return nil
}

// isEmpty reports whether an embed selects nothing, nor does any within it.
func isEmpty(e *Embed) bool {
	for _, item := range e.Read.Items {
		if inner, ok := item.(*Embed); !ok || !isEmpty(inner) {
			return false
		}
	}
	return e.Read.Items != nil
}

func (l *level) item(item Item) error {
	switch item := item.(type) {
	case *Star:
		return l.star()
	case *Column:
		return l.column(l.counting(l.s.rel, item))
	case *Embed:
		return l.embed(item)
	}
	return wire.Fail(wire.InvalidSelect, "an item of the select list is empty").At("select")
}

func (l *level) star() error {
	if l.folds(l.s.rel, l.r.Items) {
		return wire.Fail(wire.InvalidSelect, "* cannot stand beside an aggregate").
			At("select").WithHint("name the columns to group by")
	}
	for _, c := range l.s.rel.Columns {
		l.nodes = append(l.nodes, node{key: c.Name, expr: expr{l.s.column(c.Name), c.Type}})
	}
	return nil
}

func (l *level) column(c *Column) error {
	if err := checkKey(c.key()); err != nil {
		return err
	}
	if len(c.Embed) > 0 {
		return wire.Fail(wire.InvalidSelect, "%s must be selected inside of its resource", clip(c.Name)).At("select")
	}
	e, err := l.columnExpr(c)
	if err != nil {
		return err
	}
	l.nodes = append(l.nodes, node{key: c.key(), expr: e, folded: c.Aggregate != None})
	return nil
}

// checkKey refuses keys that could not name a column on the way.
func checkKey(key string) error {
	err := checkName(wire.InvalidSelect, "key", key)
	if p, ok := wire.AsProblem(err); ok {
		return p.WithHint("give it a short alias, as in alias:column")
	}
	return err
}

func (l *level) columnExpr(c *Column) (expr, error) {
	if c.Aggregate != None {
		return l.aggregate(l.s, c)
	}
	return l.operand(l.s, &c.Operand)
}

// key is the column's name in the answer.
func (c *Column) key() string {
	if c.Alias != "" {
		return c.Alias
	}
	if c.Aggregate != None {
		return string(c.Aggregate)
	}
	for i := len(c.Path) - 1; i >= 0; i-- {
		if !c.Path[i].Index {
			return c.Path[i].Key
		}
	}
	return c.Name
}

// flatSelect writes a select whose result columns become JSON as they stream
// past.
func (b *build) flatSelect(s *scope, src source, r *Read, flatten bool) (string, []rowjson.Field, error) {
	if r.Handler != nil {
		return b.handled(s, src, r)
	}
	l, err := b.newLevel(s, r, flatten)
	if err != nil {
		return "", nil, err
	}
	out := &flatColumns{types: b.types}
	fields := out.fields(l.nodes)
	if l.flat != nil {
		fields[l.flat.place].Group = out.group(l)
	}
	if r.Seek != nil {
		mark, err := b.mark(s, r.Order)
		if err != nil {
			return "", nil, err
		}
		fields = append(fields, rowjson.Field{Mark: true, Column: out.add(mark)})
	}
	fields = b.telling(out, fields)
	body, err := l.body(src)
	if err != nil {
		return "", nil, err
	}
	return "SELECT " + distinct(r) + strings.Join(out.sql, ", ") + body, fields, nil
}

// telling adds the mark that the statement has beside its rows, if any.
func (b *build) telling(out *flatColumns, fields []rowjson.Field) []rowjson.Field {
	if b.tell == "" {
		return fields
	}
	return append(fields, rowjson.Field{Mark: true, Column: out.add(b.tell)})
}

func distinct(r *Read) string {
	if r.Distinct {
		return "DISTINCT "
	}
	return ""
}

// body writes everything behind the select list.
func (l *level) body(src source) (string, error) {
	if !l.wrapped {
		rest, err := l.clauses(l.s, src, strings.Join(l.joins, ""))
		return " FROM " + rest, err
	}
	inner := *l.s
	if !inner.carried {
		inner.row = inner.alias + ".*"
	}
	core, err := l.clauses(&inner, src, "")
	if err != nil {
		return "", err
	}
	order := ""
	if l.flat == nil { // else the nested loop over the lateral keeps the subquery's
		if order, err = l.orderBy(l.s); err != nil {
			return "", err
		}
	}
	return " FROM (SELECT " + l.coreColumns() + " FROM " + core + ") AS " + l.s.alias +
		strings.Join(l.joins, "") + order, nil
}

// coreColumns is the select list of the subquery that a wrapped level reads.
func (l *level) coreColumns() string {
	sql := l.s.alias + ".*"
	if l.s.rowUsed && !l.s.carried {
		sql += ", " + l.s.alias + ".*::" + table(l.s.rel) + " AS " + rowColumn
	}
	if l.flat != nil && len(l.s.rel.PrimaryKey) == 0 {
		sql += ", row_number() OVER () AS " + numberColumn
	}
	if l.r.Among != nil {
		sql += ", " + amongPlace + " AS " + placeColumn
	}
	return sql
}

// clauses writes FROM to OFFSET.
func (l *level) clauses(s *scope, src source, joins string) (string, error) {
	conds, err := l.narrowing(s, l.r)
	if err != nil {
		return "", err
	}
	if src.on != "" {
		conds = append([]string{src.on}, conds...)
	}
	sql := src.from + joins
	if len(conds) > 0 {
		sql += " WHERE " + strings.Join(conds, " AND ")
	}
	sql += l.groupBy()
	order, err := l.orderBy(s)
	if err != nil {
		return "", err
	}
	return sql + order + l.bounds(), nil
}

// groupBy groups by everything that is not folded.
func (l *level) groupBy() string {
	if !l.grouped {
		return ""
	}
	keys := groupKeys(l.nodes)
	if len(keys) == 0 {
		return ""
	}
	return " GROUP BY " + strings.Join(keys, ", ")
}

func groupKeys(nodes []node) []string {
	var keys []string
	for _, n := range nodes {
		switch {
		case n.kind == object:
			keys = append(append(keys, n.presence), groupKeys(n.members)...)
		case !n.folded:
			keys = append(keys, n.expr.sql)
		}
	}
	return keys
}

// bounds writes LIMIT and OFFSET. Where rows are flattened there always is a
// limit: a subquery with one is never run by parallel workers, who would mix up
// the order that the grouping of its rows relies on.
func (l *level) bounds() string {
	sql := ""
	switch {
	case l.r.Limit != nil:
		sql = " LIMIT " + l.limit()
	case l.flat != nil:
		sql = " LIMIT 9223372036854775807"
	}
	if l.r.Offset != nil {
		sql += " OFFSET " + l.param(l.r.Offset, "offset", encodeText)
	}
	return sql
}

// limit is a parameter, unless the key holds the number itself.
func (l *level) limit() string {
	if _, ok := l.sites[l.r.Limit]; !ok {
		return strconv.FormatInt(*l.r.Limit, 10)
	}
	return l.param(l.r.Limit, "limit", encodeText)
}

// jsonType is the type of what json_agg and its like return.
const jsonType = pgtype.JSONOID
