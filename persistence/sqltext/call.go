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
// takes any number; beside such a value, one that reads as a filter is a filter.
// Everything else shapes the rows, as AddFilter has it, and order, limit and offset
// always do. The select list must be there before.
func (call *Call) AddPair(functions []*catalog.Function, name, value string) error {
	shapes := name == "order" || name == "limit" || name == "offset"
	if shapes || !slices.ContainsFunc(functions, func(f *catalog.Function) bool { return f.Takes(name) }) {
		return call.addFilter(functions, name, value)
	}
	i := call.place(name)
	if i < 0 || spread(functions, name) {
		return call.addArg(functions, name, value)
	}
	given := &call.Args[i].Value
	switch {
	case isFilter(value):
		return call.addFilter(functions, name, value)
	case isFilter(given.Text):
		filter := given.Text
		*given = Raw(value)
		return call.addFilter(functions, name, filter)
	}
	return call.addArg(functions, name, value)
}

// place is where an argument stands; negative for one that is not given.
func (call *Call) place(name string) int {
	return slices.IndexFunc(call.Args, func(a NamedArg) bool { return a.Name == name })
}

// spread reports whether one of the functions takes any number of values by the name.
func spread(functions []*catalog.Function, name string) bool {
	return slices.ContainsFunc(functions, func(f *catalog.Function) bool { return f.Spreads(name) })
}

// addArg adds the text of an argument, or of one more value of it.
func (call *Call) addArg(functions []*catalog.Function, name, value string) error {
	i := call.place(name)
	if i < 0 {
		call.Args = append(call.Args, NamedArg{Name: name, Value: Raw(value)})
		return nil
	}
	if !spread(functions, name) {
		return wire.Fail(wire.InvalidRequest, "the argument %s is given twice", clip(name)).At(clipField(name))
	}
	first := &call.Args[i].Value
	if first.Kind != KindList {
		*first = List(*first)
	}
	first.List = append(first.List, Raw(value))
	return nil
}

// isFilter reports whether a value begins with an operator.
func isFilter(value string) bool {
	word := strings.TrimPrefix(value, "not.")
	end := strings.IndexAny(word, ".(")
	if end < 0 {
		return false
	}
	_, known := ParseOp(word[:end])
	return known || word[:end] == "is"
}

// addFilter adds what shapes the rows. What does not even begin like a filter was meant
// as an argument, and no function takes it.
func (call *Call) addFilter(functions []*catalog.Function, name, value string) error {
	err := AddFilter(&call.Read, name, value)
	p, ok := wire.AsProblem(err)
	if !ok || len(functions) == 0 {
		return err
	}
	if p.Code == wire.InvalidFilter && !isFilter(value) {
		p.Code, p.Detail = wire.UnknownFunction, "no function of that name takes the argument "+clip(name)+", and as a filter it has no operator"
	}
	p.Hint = "a filter looks like age=gte.18; the arguments are those of " + signatures(functions)
	return err
}

// Fits reports whether one of the functions can be called with the arguments.
func (call *Call) Fits(functions []*catalog.Function) bool {
	return slices.ContainsFunc(functions, func(f *catalog.Function) bool { return misfit(f, call.Args) == "" })
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
