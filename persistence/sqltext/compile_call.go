package sqltext

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"athena/persistence/catalog"
	"athena/persistence/rowjson"
	"athena/wire"
)

// Call compiles a call. What cannot be compiled is a wire.Problem, which lists the
// function's signatures where the arguments do not fit.
func (c *Compiler) Call(cat *catalog.Catalog, searchPath []string, call *Call) (*Plan, error) {
	b, err := c.begin(cat, searchPath, func(k *keyer) { k.call(call) })
	if err != nil {
		return nil, err
	}
	f, err := b.function(call)
	if err != nil {
		return nil, err
	}
	args, err := b.callArgs(f, call.Args)
	if err != nil {
		return nil, err
	}
	rel := b.result(f)
	b.plan.Function = f
	s := b.scope(rel, call.Read.Items)
	from := rowsOf(f, args) + " AS " + s.alias
	if rel.ID == 0 {
		from += columnAliases(rel)
	}
	if call.Count {
		return b.countedCall(s, from, &call.Read)
	}
	sql, fields, err := b.flatSelect(s, source{from: from}, &call.Read, true)
	if err != nil {
		return nil, err
	}
	return b.finish(sql, fields)
}

// rowsOf calls a function where its rows are read from. The names of the columns of
// records that it does not declare are known to nobody but the server, when it has them.
func rowsOf(f *catalog.Function, args string) string {
	call := Qualified(Name{f.Schema, f.Name}) + "(" + args + ")"
	if undeclared(f) {
		return "(SELECT to_json(" + call + "))"
	}
	return call
}

// undeclared reports whether a function gives records and does not declare their columns.
func undeclared(f *catalog.Function) bool {
	return f.ReturnsName == "record" && len(f.Outputs()) == 0
}

func columnAliases(r *catalog.Relation) string {
	names := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		names[i] = Ident(c.Name)
	}
	if len(names) == 0 {
		return ""
	}
	return "(" + strings.Join(names, ", ") + ")"
}

// callRows is the name of a call's rows where they are read twice.
var callRows = Ident("#call")

// countedCall calls once, however volatile the function, and has the server count
// and write the rows.
func (b *build) countedCall(s *scope, from string, r *Read) (*Plan, error) {
	rows := "SELECT " + s.alias + ".*"
	if s.rel.ID != 0 {
		rows += ", " + s.alias + ".*::" + table(s.rel) + " AS " + rowColumn
		s.row, s.carried = s.alias+"."+rowColumn, true
	}
	src := source{from: callRows + " AS " + s.alias}
	all := CountOf(r, CountExact)
	all.count = NoCount
	total, err := b.countedRows(s, src, all)
	if err != nil {
		return nil, err
	}
	l, err := b.newLevel(s, r, false)
	if err != nil {
		return nil, err
	}
	body, err := l.body(src)
	if err != nil {
		return nil, err
	}
	data := "coalesce((SELECT json_agg(" + objectAlias + ") FROM (SELECT " + distinct(r) + jsonColumns(l.nodes) + body + ") AS " + objectAlias + "), '[]')"
	return b.finish("WITH "+callRows+" AS MATERIALIZED ("+rows+" FROM "+from+"), page AS MATERIALIZED (SELECT "+data+" AS data)"+
		" SELECT (SELECT count(*) FROM ("+total+") AS c) AS count, json_array_length(data) AS rows, data FROM page",
		rowjson.Flat([]string{"count", "rows", "data"}))
}

// function finds the one overload that a call means.
func (b *build) function(call *Call) (*catalog.Function, error) {
	all, err := b.overloads(call.Function)
	if err != nil {
		return nil, err
	}
	fits := slices.DeleteFunc(slices.Clone(all), func(f *catalog.Function) bool { return misfit(f, call.Args) != "" })
	if len(fits) == 0 {
		return nil, unfit(all, call.Args)
	}
	f, err := b.best(fits, call.Args)
	switch {
	case err != nil:
		return nil, err
	case f.Procedure:
		return nil, wire.Fail(wire.InvalidRequest, "%s.%s is a procedure, not a function", f.Schema, f.Name).At("function").
			WithHint("run CALL with /gateway/query")
	case call.ReadOnly && f.Volatility == catalog.Volatile:
		return nil, wire.Fail(wire.MayWrite, "the function %s may change data, so GET does not run it", f.Name).At("function").
			WithHint("call it with POST, or declare it STABLE or IMMUTABLE")
	}
	return f, nil
}

// Overloads are the functions that a call of a name may mean.
func Overloads(cat *catalog.Catalog, searchPath []string, n Name) ([]*catalog.Function, error) {
	b := build{cat: cat, path: searchPath}
	return b.overloads(n)
}

func (b *build) overloads(n Name) ([]*catalog.Function, error) {
	if err := checkName(wire.UnknownFunction, "function", n.Table); err != nil {
		return nil, err
	}
	path := b.path
	if n.Schema != "" {
		path = []string{n.Schema}
	}
	for _, name := range []string{n.Table, snake(n.Table)} {
		for _, schema := range path {
			if all := b.cat.Functions(schema, name); len(all) > 0 {
				return all, nil
			}
		}
	}
	p := wire.Fail(wire.UnknownFunction, "function %s is not there", clip(n.String())).At("function")
	var names []string
	for _, schema := range path {
		names = append(names, b.cat.FunctionNames(schema)...)
	}
	if near, ok := catalog.Nearest(n.Table, names); ok {
		return nil, p.WithHint("did you mean %s?", near)
	}
	return nil, p
}

// misfit says why a function cannot be called with the arguments; empty where it
// can.
func misfit(f *catalog.Function, args []NamedArg) string {
	inputs := f.Inputs()
	if len(args) == 1 && args[0].Name == "" {
		if f.TakesWhole(args[0].Types...) {
			return ""
		}
		return "an argument has no name"
	}
	given := make(map[string]bool, len(args))
	for _, arg := range args {
		in, ok := input(inputs, arg.Name)
		if !ok {
			return "there is no argument " + clip(arg.Name)
		}
		if given[in.Name] {
			return "the argument " + clip(in.Name) + " is given twice"
		}
		given[in.Name] = true
	}
	for _, in := range inputs {
		switch {
		case in.Name == "":
			return "an argument of the function has no name to give it by"
		case !in.Default && in.Mode != catalog.ModeVariadic && !given[in.Name]:
			return "the argument " + clip(in.Name) + " is missing"
		}
	}
	return ""
}

// input finds an argument as the caller spells it, then in snake case.
func input(inputs []catalog.Argument, name string) (catalog.Argument, bool) {
	for _, spelling := range []string{name, snake(name)} {
		i := slices.IndexFunc(inputs, func(a catalog.Argument) bool { return a.Name == spelling })
		if i >= 0 && name != "" {
			return inputs[i], true
		}
	}
	return catalog.Argument{}, false
}

func unfit(all []*catalog.Function, args []NamedArg) error {
	f := all[0]
	why := "no overload takes these arguments"
	if len(all) == 1 {
		why = misfit(f, args)
	}
	return wire.Fail(wire.UnknownFunction, "%s.%s cannot be called so: %s", f.Schema, f.Name, why).At("args").
		WithHint("%s", signatures(all))
}

// signatures lists overloads, at most ten of them.
func signatures(all []*catalog.Function) string {
	var list []string
	for _, f := range all[:min(len(all), 10)] {
		list = append(list, f.Signature())
	}
	return strings.Join(list, "; ")
}

// best is the overload of which the fewest arguments are left to their defaults
// and whose types suit the values best.
func (b *build) best(fits []*catalog.Function, args []NamedArg) (*catalog.Function, error) {
	rank := func(f *catalog.Function) int { return len(f.Inputs())*1000 - b.suits(f, args) }
	slices.SortStableFunc(fits, func(x, y *catalog.Function) int { return cmp.Compare(rank(x), rank(y)) })
	if len(fits) > 1 && rank(fits[0]) == rank(fits[1]) {
		return nil, wire.Fail(wire.ManyFunctions, "the arguments fit several functions %s equally well", fits[0].Name).At("args").
			WithHint("%s", signatures(fits))
	}
	return fits[0], nil
}

// suits adds up how well the values suit the types of their arguments.
func (b *build) suits(f *catalog.Function, args []NamedArg) int {
	sum := 0
	for _, arg := range args {
		if in, ok := input(f.Inputs(), arg.Name); ok {
			sum += b.suitability(&in, &arg.Value)
		}
	}
	return sum
}

func (b *build) suitability(in *catalog.Argument, v *Value) int {
	t, ok := b.cat.Underlying(in.Type)
	if !ok {
		return 0
	}
	document := b.isJSON(t.ID)
	array := strings.HasPrefix(v.Text, "[")
	switch v.Kind {
	case KindNumber:
		return score(t.Category == 'N', document || t.Category == 'P')
	case KindBool:
		return score(t.Category == 'B', document || t.Category == 'P')
	case KindString:
		return score(t.Category == 'S', !strings.ContainsRune("NBA", rune(t.Category)))
	case KindJSON:
		return score(array && t.Element != 0 || !array && t.Kind == 'c', document)
	}
	return 1
}

func score(good, fair bool) int {
	switch {
	case good:
		return 2
	case fair:
		return 1
	}
	return 0
}

// callArgs writes the arguments by name, and none for a variadic argument that is
// left out.
func (b *build) callArgs(f *catalog.Function, args []NamedArg) (string, error) {
	var parts, last []string
	for i := range args {
		arg := &args[i]
		in := f.Inputs()[0]
		if arg.Name != "" {
			in, _ = input(f.Inputs(), arg.Name)
		}
		value, err := b.argument(&in, arg)
		if err != nil {
			return "", err
		}
		if in.Mode == catalog.ModeVariadic { // PostgreSQL takes it as the last one only
			last = append(last, value)
			continue
		}
		parts = append(parts, value)
	}
	for _, in := range f.Inputs() {
		given := slices.ContainsFunc(args, func(a NamedArg) bool { return a.Name == in.Name || snake(a.Name) == in.Name })
		if in.Mode == catalog.ModeVariadic && !in.Default && !given {
			parts = append(parts, "VARIADIC "+Ident(in.Name)+" => '{}'::"+in.TypeName)
		}
	}
	return strings.Join(append(parts, last...), ", "), nil
}

// argument writes one argument, its value read as the argument's type.
func (b *build) argument(in *catalog.Argument, arg *NamedArg) (string, error) {
	if in.Mode == catalog.ModeVariadic {
		err := checkValue(in.Name, arg.Value)
		return "VARIADIC " + Ident(in.Name) + " => " + b.param(&arg.Value, in.Name, encodeMembers) + "::" + in.TypeName, err
	}
	column := &catalog.Column{Name: in.Name, Type: in.Type, TypeName: in.TypeName}
	if t, ok := b.cat.TypeByID(in.Type); ok && t.Kind == 'p' {
		column.TypeName = anyType(&arg.Value)
		column.Type = b.typeNamed(column.TypeName)
	}
	value, err := b.stored(column, &arg.Value)
	value += "::" + column.TypeName
	if in.Name != "" {
		value = Ident(in.Name) + " => " + value
	}
	return value, err
}

// anyType is the type of a value for an argument that takes any.
func anyType(v *Value) string {
	switch v.Kind {
	case KindNumber:
		return "numeric"
	case KindBool:
		return "boolean"
	case KindJSON:
		switch v.arrayForm() {
		case "[1":
			return "numeric[]"
		case "[t":
			return "boolean[]"
		case "[\"", "[":
			return "text[]"
		}
		return "jsonb"
	}
	return "text"
}

// result describes the rows that a function gives: those of a relation or of a
// composite type, those that its declaration names, or one column for a value.
func (b *build) result(f *catalog.Function) *catalog.Relation {
	if f.Void() {
		return &catalog.Relation{Schema: f.Schema, Name: f.Name}
	}
	if outputs := f.Outputs(); len(outputs) > 0 {
		return b.declared(f, outputs)
	}
	if r, ok := b.attributes(f.Returns); ok {
		return r
	}
	b.plan.Value = true
	column := &catalog.Column{Name: f.Name, Type: f.Returns, TypeName: f.ReturnsName}
	if undeclared(f) {
		column.Type, column.TypeName = b.typeNamed("json"), "json"
	}
	return catalog.NewRelation(f.Schema, f.Name, column)
}

func (b *build) declared(f *catalog.Function, outputs []catalog.Argument) *catalog.Relation {
	columns := make([]*catalog.Column, len(outputs))
	for i, out := range outputs {
		columns[i] = &catalog.Column{Name: out.Name, Number: int16(i + 1), Type: out.Type, TypeName: out.TypeName}
		if out.Name == "" {
			columns[i].Name = "column" + strconv.Itoa(i+1)
		}
	}
	return catalog.NewRelation(f.Schema, f.Name, columns...)
}
