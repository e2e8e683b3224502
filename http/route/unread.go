package route

import (
	"reflect"
	"slices"
	"strings"

	"athena/persistence/catalog"
	"athena/wire"
)

// choosing are keys by which one operation or another, here or elsewhere, says which
// rows are meant, in which order, or where they are.
var choosing = []string{
	"filter", "filters", "condition", "conditions", "where", "where_filters", "resource_id",
	"limit", "offset", "page", "current_page", "page_size", "per_page", "cursor",
	"order", "order_by", "sort", "sort_by", "group_by", "having", "distinct", "params",
	"schema", "schema_name", "table_schema",
}

// keysOf are the keys of a body, in every spelling, for a request type that says
// that it chooses rows; nil for others.
func keysOf(typ reflect.Type) []string {
	if _, ok := reflect.Zero(typ).Interface().(interface{ ChoosesRows() }); !ok {
		return nil
	}
	var keys []string
	for _, f := range reflect.VisibleFields(typ) {
		if name := jsonName(f); name != "" {
			keys = append(keys, name)
		}
		if name, ok := f.Tag.Lookup("also"); ok {
			keys = append(keys, name)
		}
	}
	return keys
}

// checkKey refuses a key that would be passed over and most likely was to say which
// rows are read or written: a slip of the pen in one that is known, or one that other
// operations know. Other unknown keys change nothing and do no harm: clients send hints
// of theirs.
func (in *input) checkKey(name string) error {
	if in.keys == nil || slices.ContainsFunc(in.keys, func(key string) bool { return strings.EqualFold(key, name) }) {
		return nil
	}
	hint := "it takes " + strings.Join(in.keys, ", ")
	near, ok := catalog.Nearest(name, in.keys)
	if ok {
		hint = "did you mean " + near + "?"
	} else if _, ok = catalog.Nearest(name, choosing); !ok {
		return nil
	}
	return wire.Fail(wire.InvalidRequest, "this operation does not take %q", name).At(name).WithHint("%s", hint)
}
