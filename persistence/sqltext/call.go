package sqltext

import (
	"slices"
	"strings"

	"athena/persistence/catalog"
	"athena/persistence/rowjson"
	"athena/wire"
)

// Call calls a function and reads what it returns.
type Call struct {
	Function Name
	// Args are the arguments by name. One without a name is the whole of what there is,
	// for a function whose only argument has none either.
	Args []NamedArg
	// Read shapes the rows that come back; its From is left empty. A function that
	// returns a single value gives one column of the function's name.
	Read Read
	// ReadOnly refuses volatile functions, and has the database refuse a write that
	// another one makes all the same.
	ReadOnly bool
	// Count has the rows counted without their bounds. The answer is then one row
	// of count, rows and data; see gatewaydb.Called.
	Count bool
	// Format is how the rows are written. Counted rows are a JSON array.
	Format rowjson.Format
}

// NamedArg is an argument of a call.
type NamedArg struct {
	Name  string
	Value Value
	// Types are those that an argument without a name may be of.
	Types []string
}

// CallKey appends the shape of a call to dst and its values to values.
func CallKey(dst []byte, values []Value, call *Call) ([]byte, []Value) {
	k := keyer{dst: dst, values: values}
	k.call(call)
	return k.dst, k.values
}

// call collects the arguments with their kinds: which overload is meant may depend
// on them.
func (k *keyer) call(call *Call) {
	k.tag('F')
	k.name(call.Function)
	k.flag(call.ReadOnly)
	k.flag(call.Count)
	k.number(len(call.Args))
	for i := range call.Args {
		arg := &call.Args[i]
		k.text(arg.Name)
		k.texts(arg.Types)
		k.tag(byte(arg.Value.Kind))
		k.text(arg.Value.arrayForm())
		k.param(&arg.Value, arg.Value)
	}
	k.read(&call.Read)
}

// arrayForm tells arrays from objects, and what an array's members are, for that
// decides the type of an argument that can be of any.
func (v *Value) arrayForm() string {
	if v.Kind != KindJSON || !strings.HasPrefix(v.Text, "[") {
		return ""
	}
	form := "["
	_ = wire.EachElement(v.Text, func(element string) error { // only do can fail, and it does not
		if letter := memberForm(element); !strings.Contains(form, letter) {
			form += letter
		}
		return nil
	})
	return form
}

func memberForm(element string) string {
	switch element[0] {
	case '"', '{', '[', 't', 'n':
		return element[:1]
	case 'f':
		return "t"
	}
	return "1"
}

// AddPair reads a pair of a query string into the call. What is named like an
// argument of one of the functions is an argument, given several times for one that
// takes any number; everything else shapes the rows, as AddFilter has it, and order,
// limit and offset always do. The select list must be there before.
func (call *Call) AddPair(functions []*catalog.Function, name, value string) error {
	shapes := name == "order" || name == "limit" || name == "offset"
	if shapes || !slices.ContainsFunc(functions, func(f *catalog.Function) bool { return f.Takes(name) }) {
		return call.addFilter(functions, name, value)
	}
	i := slices.IndexFunc(call.Args, func(a NamedArg) bool { return a.Name == name })
	if i < 0 {
		call.Args = append(call.Args, NamedArg{Name: name, Value: Raw(value)})
		return nil
	}
	if !slices.ContainsFunc(functions, func(f *catalog.Function) bool { return f.Spreads(name) }) {
		return wire.Fail(wire.InvalidRequest, "the argument %s is given twice", clip(name)).At(clipField(name))
	}
	first := &call.Args[i].Value
	if first.Kind != KindList {
		*first = List(*first)
	}
	first.List = append(first.List, Raw(value))
	return nil
}

func (call *Call) addFilter(functions []*catalog.Function, name, value string) error {
	err := AddFilter(&call.Read, name, value)
	if p, ok := wire.AsProblem(err); ok && len(functions) > 0 {
		p.Hint = "a filter looks like age=gte.18; the arguments are those of " + signatures(functions)
	}
	return err
}

// AddArgs reads the arguments from a JSON object.
func (call *Call) AddArgs(object []byte) error {
	if err := checkJSON(trimJSON(object)); err != nil {
		return err
	}
	seen := make(map[string]bool)
	is, err := EachMember(object, func(name string, text []byte) error {
		if seen[name] {
			return wire.Fail(wire.InvalidRequest, "the argument %s is given twice", clip(name)).At(clipField(name))
		}
		seen[name] = true
		v, err := ParseValue(text)
		call.Args = append(call.Args, NamedArg{Name: name, Value: v})
		return err
	})
	if err == nil && !is {
		return wire.Fail(wire.InvalidRequest, "args must be an object of arguments by name").At("args")
	}
	return err
}
