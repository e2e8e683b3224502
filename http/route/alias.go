package route

import (
	"bytes"
	"reflect"

	"athena/wire"

	"github.com/goccy/go-json"
)

// aliases fills fields from the second spelling of their key. Clients of
// different ages write the same key differently; a body that has both may not
// contradict itself.
type aliases struct {
	shadow reflect.Type
	names  []string
	index  [][]int
	marks  [][]byte
}

// aliasesOf finds the `also` tags of a type; nil where there is none.
func aliasesOf(typ reflect.Type) *aliases {
	a := &aliases{}
	var fields []reflect.StructField
	for _, f := range reflect.VisibleFields(typ) {
		name, ok := f.Tag.Lookup("also")
		if !ok {
			continue
		}
		fields = append(fields, reflect.StructField{
			Name: f.Name, Type: f.Type, Tag: reflect.StructTag(`json:"` + name + `"`),
		})
		a.names = append(a.names, name)
		a.index = append(a.index, f.Index)
		a.marks = append(a.marks, []byte(`"`+name+`"`))
	}
	if len(fields) == 0 {
		return nil
	}
	a.shadow = reflect.StructOf(fields)
	return a
}

func (a *aliases) fill(body []byte, target reflect.Value) error {
	if a == nil || !a.mentioned(body) {
		return nil
	}
	shadow := reflect.New(a.shadow)
	if err := json.Unmarshal(body, shadow.Interface()); err != nil {
		return wire.JSONProblem(err)
	}
	for i, index := range a.index {
		field, second := target.FieldByIndex(index), shadow.Elem().Field(i)
		switch {
		case field.IsZero():
			field.Set(second)
		case !second.IsZero() && !reflect.DeepEqual(field.Interface(), second.Interface()):
			return wire.Fail(wire.InvalidRequest, "%s is given in two spellings that differ", a.names[i]).At(a.names[i])
		}
	}
	return nil
}

func (a *aliases) mentioned(body []byte) bool {
	for _, mark := range a.marks {
		if bytes.Contains(body, mark) {
			return true
		}
	}
	return false
}
