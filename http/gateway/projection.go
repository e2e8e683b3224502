package gateway

import (
	"strings"

	"athena/persistence/sqltext"
	"athena/wire"
)

// items reads what a request wants of each row: `select`, an object or a string,
// or else `columns`, names or a string. None means every column.
func items(selected, columns []byte) ([]sqltext.Item, error) {
	if isNull(selected) {
		return columnList(columns)
	}
	if text, ok := stringOf(selected); ok {
		return selectString(text)
	}
	r, err := selectObject(selected, 0)
	if err != nil {
		return nil, err
	}
	return r, nil
}

func selectString(text string) ([]sqltext.Item, error) {
	if strings.TrimSpace(text) == "" || strings.TrimSpace(text) == "*" {
		return nil, nil
	}
	return sqltext.ParseSelect(text)
}

func stringOf(text []byte) (string, bool) {
	v, err := sqltext.ParseValue(text)
	return v.Text, err == nil && v.Kind == sqltext.KindString
}

// columnList reads `columns`. A plain name is taken as it is; anything else is a
// piece of a select string.
func columnList(text []byte) ([]sqltext.Item, error) {
	if isNull(text) {
		return nil, nil
	}
	if whole, ok := stringOf(text); ok {
		return selectString(whole)
	}
	list := []sqltext.Item{}
	is, err := sqltext.EachElement(text, func(element []byte) error {
		name, ok := stringOf(element)
		if !ok {
			return wire.Fail(wire.InvalidSelect, "columns must hold strings").At("columns")
		}
		parsed, err := columnItem(name)
		list = append(list, parsed...)
		return err
	})
	if err == nil && !is {
		return nil, wire.Fail(wire.InvalidSelect, "columns must be an array of names or a select string").At("columns")
	}
	return list, err
}

func columnItem(name string) ([]sqltext.Item, error) {
	if name == "*" {
		return []sqltext.Item{&sqltext.Star{}}, nil
	}
	if strings.ContainsAny(name, `,:()"!.->*`) {
		return sqltext.ParseSelect(name)
	}
	return []sqltext.Item{&sqltext.Column{Operand: sqltext.Operand{Name: name}}}, nil
}

// selectObject reads the nested form: key to true for a column, key to an object
// for a relation.
func selectObject(text []byte, depth int) ([]sqltext.Item, error) {
	if depth > sqltext.MaxDepth {
		return nil, wire.Fail(wire.InvalidSelect, "select is nested more than %d deep", sqltext.MaxDepth).At("select")
	}
	list := []sqltext.Item{}
	is, err := sqltext.EachMember(text, func(name string, value []byte) error {
		item, err := selectMember(name, value, depth)
		if item != nil && err == nil {
			list = append(list, item)
		}
		return err
	})
	if err == nil && !is {
		return nil, wire.Fail(wire.InvalidSelect, "select must be an object or a select string").At("select")
	}
	if err == nil && len(list) == 0 {
		return nil, wire.Fail(wire.InvalidSelect, "select names nothing").At("select").WithHint(`write {"id": true}`)
	}
	return list, err
}

func selectMember(name string, value []byte, depth int) (sqltext.Item, error) {
	switch string(value) {
	case "true":
		if name == "*" {
			return &sqltext.Star{}, nil
		}
		return &sqltext.Column{Operand: sqltext.Operand{Name: name}}, nil
	case "false":
		return nil, nil
	}
	if value[0] != '{' {
		return nil, wire.Fail(wire.InvalidSelect, "select.%s must be true or an object", name).At("select." + name)
	}
	return selectRelation(name, value, depth)
}

// selectRelation reads {select, as, via, schema, foreign_key, where, orderBy,
// limit, offset} of one relation.
func selectRelation(name string, object []byte, depth int) (sqltext.Item, error) {
	e := &sqltext.Embed{Relation: sqltext.Name{Table: name}}
	via := ""
	_, err := sqltext.EachMember(object, func(key string, value []byte) error {
		return relationMember(e, &via, name, key, value, depth)
	})
	if err != nil {
		return nil, err
	}
	if via != "" && e.Hint != "" && via != e.Hint {
		return nil, wire.Fail(wire.InvalidSelect, "select.%s has both via and foreign_key", name).At("select." + name).
			WithHint("either settles which relation is meant")
	}
	if via != "" {
		e.Hint = via
	}
	return e, nil
}

func relationMember(e *sqltext.Embed, via *string, name, key string, value []byte, depth int) (err error) {
	switch key {
	case "select":
		if text, ok := stringOf(value); ok {
			e.Read.Items, err = selectString(text)
		} else if string(value) != "true" {
			e.Read.Items, err = selectObject(value, depth+1)
		}
	case "where":
		e.Read.Where, err = whereObject(value, depth+1)
	case "orderBy", "order_by":
		e.Read.Order, err = orderBy(value)
	case "limit":
		e.Read.Limit, err = bound(name, key, value)
	case "offset":
		e.Read.Offset, err = bound(name, key, value)
	case "inner":
		e.Inner, err = flag(value)
		if err != nil {
			return wire.Fail(wire.InvalidSelect, "select.%s.inner %s", name, err).At("select." + name)
		}
	default:
		return relationName(e, via, name, key, value)
	}
	return err
}

func relationName(e *sqltext.Embed, via *string, name, key string, value []byte) error {
	targets := map[string]*string{"as": &e.Alias, "via": via, "schema": &e.Relation.Schema, "foreign_key": &e.Hint}
	target, ok := targets[key]
	if !ok {
		return wire.Fail(wire.InvalidSelect, "select.%s does not take %q", name, key).At("select." + name).
			WithHint("it takes select, as, via, schema, foreign_key, where, orderBy, limit, offset and inner")
	}
	text, ok := stringOf(value)
	if !ok || text == "" {
		return wire.Fail(wire.InvalidSelect, "select.%s.%s must be a name", name, key).At("select." + name)
	}
	*target = text
	return nil
}

func bound(name, key string, value []byte) (*int64, error) {
	n, ok := wholeNumber(value)
	if !ok {
		return nil, wire.Fail(wire.InvalidSelect, "select.%s.%s must be a whole number from 0 on", name, key).At("select." + name)
	}
	return &n, nil
}
