package catalog

import (
	"slices"
	"strings"
)

// Inputs are the arguments that a caller gives.
func (f *Function) Inputs() []Argument {
	var list []Argument
	for _, a := range f.Args {
		if a.Input() {
			list = append(list, a)
		}
	}
	return list
}

// Outputs are the columns that the function's own declaration gives its result,
// by OUT arguments or by RETURNS TABLE.
func (f *Function) Outputs() []Argument {
	var list []Argument
	for _, a := range f.Args {
		if a.Mode == ModeOut || a.Mode == ModeInOut || a.Mode == ModeTable {
			list = append(list, a)
		}
	}
	return list
}

// Void reports whether the function gives nothing back.
func (f *Function) Void() bool { return f.ReturnsName == "void" && !f.Procedure }

// Takes reports whether the function has an input argument of that name.
func (f *Function) Takes(name string) bool {
	return slices.ContainsFunc(f.Args, func(a Argument) bool { return a.Input() && a.Name == name })
}

// TakesWhole reports whether the only argument has no name and is of one of the types.
func (f *Function) TakesWhole(types ...string) bool {
	inputs := f.Inputs()
	return len(inputs) == 1 && inputs[0].Name == "" && slices.Contains(types, inputs[0].TypeName)
}

// Signature spells the function as its documentation would: its name with the
// input arguments, each with its type; those in brackets may be left out.
func (f *Function) Signature() string {
	var args []string
	for _, a := range f.Inputs() {
		text := strings.TrimSpace(a.Name + " " + a.TypeName)
		if a.Mode == ModeVariadic {
			text = "VARIADIC " + text
		}
		if a.Default {
			text = "[" + text + "]"
		}
		args = append(args, text)
	}
	return f.Schema + "." + f.Name + "(" + strings.Join(args, ", ") + ")"
}

// Spreads reports whether the argument of that name takes any number of values.
func (f *Function) Spreads(name string) bool {
	return slices.ContainsFunc(f.Args, func(a Argument) bool { return a.Mode == ModeVariadic && a.Name == name })
}

// NewRelation describes rows that no relation has, such as those of a function. Its
// ID is zero.
func NewRelation(schema, name string, columns ...*Column) *Relation {
	return &Relation{Schema: schema, Name: name, Columns: columns}
}
