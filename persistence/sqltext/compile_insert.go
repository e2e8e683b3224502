package sqltext

import (
	"slices"
	"strings"

	"athena/persistence/catalog"
	"athena/wire"
)

// Insert compiles an insert. A single row is one plain INSERT with a parameter
// for each value. Many rows that mention the same columns travel as one JSON
// document, whose number of rows is no part of the statement.
func (c *Compiler) Insert(cat *catalog.Catalog, searchPath []string, in *Insert) (*Plan, error) {
	b, err := c.begin(cat, searchPath, func(k *keyer) { k.insert(in) })
	if err != nil {
		return nil, err
	}
	rel, err := b.resolve(in.Into)
	if err != nil {
		return nil, err
	}
	columns, err := mustFindAll(rel, in.Columns)
	if err != nil {
		return nil, err
	}
	s := b.scope(rel, in.Returning)
	rows, err := b.insertRows(in, columns)
	if err != nil {
		return nil, err
	}
	conflict, err := b.conflict(rel, in.Conflict, columns)
	if err != nil {
		return nil, err
	}
	ch := change{verb: "INSERT INTO " + table(rel) + " AS " + s.alias + rows + conflict}
	return b.write(s, ch, &Read{Items: in.Returning, Order: in.Order, Handler: in.Handler})
}

// The rows that a statement merges are counted in a setting that ends with the
// transaction: no column tells a merged row from a new one in every kind of relation.
// What tells the number is volatile, so that it runs when all rows are counted.
const (
	countMerged = " WHERE set_config('athena.merged', (coalesce(nullif(current_setting('athena.merged', true), ''), '0')::int + 1)::text, true) <> ''"
	tellMerged  = "set_config('athena.merged', coalesce(current_setting('athena.merged', true), ''), true)"
)

// insertRows writes the columns of an insert and where their values come from.
func (b *build) insertRows(in *Insert, columns []*catalog.Column) (string, error) {
	switch {
	case in.bulk() && len(columns) == 0:
		return " SELECT FROM json_array_elements(" + b.param(in, "", encodeText) + ") AS r", nil
	case in.bulk():
		given := make([]string, len(columns))
		for i, c := range columns {
			given[i] = b.given(c, in.Raw)
		}
		return " (" + nameList(columns) + ") SELECT " + strings.Join(given, ", ") + " FROM " + b.recordset(in, columns, in.Raw), nil
	case len(columns) == 0 && len(in.Rows) == 1:
		return " DEFAULT VALUES", nil
	case len(columns) == 0:
		return "", wire.Fail(wire.InvalidRequest, "the rows give no column").At("insert_body")
	}
	lists := make([]string, len(in.Rows))
	for i, row := range in.Rows {
		list, err := b.valueList(in, columns, row)
		if err != nil {
			return "", err
		}
		lists[i] = "(" + list + ")"
	}
	return " (" + nameList(columns) + ") VALUES " + strings.Join(lists, ", "), nil
}

func nameList(columns []*catalog.Column) string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = Ident(c.Name)
	}
	return strings.Join(names, ", ")
}

func (b *build) valueList(in *Insert, columns []*catalog.Column, row []Value) (string, error) {
	if len(row) != len(columns) {
		return "", wire.Fail(wire.InvalidRequest, "a row has %d values for %d columns", len(row), len(columns)).At("insert_body")
	}
	values := make([]string, len(row))
	for i := range row {
		value, err := b.stored(columns[i], &row[i])
		if err != nil {
			return "", err
		}
		if row[i].Kind == KindAbsent && in.Missing == MissingNull {
			value = "NULL"
		}
		values[i] = value
	}
	return strings.Join(values, ", "), nil
}

// stored writes a value on its way into a column.
func (b *build) stored(c *catalog.Column, v *Value) (string, error) {
	if v.Kind == KindAbsent {
		return "DEFAULT", nil
	}
	if err := checkValue(c.Name, *v); err != nil {
		return "", err
	}
	t, ok := b.cat.Underlying(c.Type)
	switch {
	case b.isJSON(c.Type):
		return b.param(v, c.Name, encodeStored), nil
	case !ok || v.Kind != KindJSON:
		return b.param(v, c.Name, encodeText), nil
	case b.isComposite(t):
		return "(SELECT v FROM json_to_record(json_build_object('v', " + b.param(v, c.Name, encodeText) +
			"::json)) AS r (v " + c.TypeName + "))", nil
	case t.Element != 0 && b.isJSON(t.Element):
		return b.param(v, c.Name, encodeDocuments), nil
	case t.Element != 0:
		return b.param(v, c.Name, encodeArray), nil
	default:
		return b.param(v, c.Name, encodeText), nil
	}
}

// isComposite reports whether a type is made of composites, which only the server
// can read from JSON.
func (b *build) isComposite(t *catalog.Type) bool {
	if t.Element != 0 {
		element, ok := b.cat.Underlying(t.Element)
		return ok && b.isComposite(element)
	}
	return t.Kind == 'c'
}

func (b *build) assignments(r *catalog.Relation, set []Assignment) (string, error) {
	if len(set) == 0 {
		return "", nothingToSet()
	}
	parts := make([]string, len(set))
	for i := range set {
		c, err := mustFind(r, set[i].Column)
		if err != nil {
			return "", err
		}
		value, err := b.stored(c, &set[i].Value)
		if err != nil {
			return "", err
		}
		parts[i] = Ident(c.Name) + " = " + value
	}
	return strings.Join(parts, ", "), nil
}

// conflict writes what happens to rows that are there already.
func (b *build) conflict(r *catalog.Relation, c *Conflict, columns []*catalog.Column) (string, error) {
	if c == nil {
		return "", nil
	}
	names := c.Columns
	if len(names) == 0 {
		names = b.cat.Key(r)
	}
	keys, err := mustFindAll(r, names)
	if err != nil {
		return "", err
	}
	target := ""
	if len(keys) > 0 {
		target = "(" + nameList(keys) + ") "
	}
	switch {
	case !c.Merge:
		return " ON CONFLICT " + target + "DO NOTHING", nil
	case target == "":
		return "", wire.Fail(wire.InvalidRequest, "%s has no primary key to find the existing row by", r.Name).
			At("on_conflict").WithHint("name the columns of a unique constraint in on_conflict")
	}
	set, err := b.merge(r, c, keys, columns)
	if err != nil || set == "" {
		return " ON CONFLICT " + target + "DO NOTHING", err
	}
	if c.Tally {
		set += countMerged
		b.tell = tellMerged
	}
	return " ON CONFLICT " + target + "DO UPDATE SET " + set, nil
}

// merge writes what an existing row is set to: what was asked for, else whatever
// the new row gives beside the key. Where it gives the key alone, the key is set
// to itself, so that the row comes back.
func (b *build) merge(r *catalog.Relation, c *Conflict, keys, columns []*catalog.Column) (string, error) {
	if len(c.Set) > 0 {
		return b.assignments(r, c.Set)
	}
	taken := slices.DeleteFunc(slices.Clone(columns), func(c *catalog.Column) bool { return slices.Contains(keys, c) })
	if len(taken) == 0 {
		taken = columns
	}
	parts := make([]string, len(taken))
	for i, column := range taken {
		parts[i] = Ident(column.Name) + " = EXCLUDED." + Ident(column.Name)
	}
	return strings.Join(parts, ", "), nil
}
