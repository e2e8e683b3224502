package sqltext

import (
	"encoding/json"
	"strings"

	"athena/wire"
)

// ParseRows reads the rows of a write: a JSON object, or an array of them. The
// columns come in the order in which they first appear; a row that does not
// mention one has an Absent value there.
func ParseRows(body []byte) (columns []string, rows [][]Value, err error) {
	text := trimJSON(body)
	if err := checkJSON(text); err != nil {
		return nil, nil, err
	}
	t := rowTable{places: make(map[string]int)}
	switch text[0] {
	case '{':
		err = t.add(text)
	case '[':
		err = wire.EachElement(text, t.add)
	default:
		err = notRows("the body")
	}
	if err != nil {
		return nil, nil, err
	}
	t.fill()
	return t.columns, t.rows, nil
}

// ParseValue reads any one JSON value; an object or array stays as it is written.
func ParseValue(body []byte) (Value, error) {
	text := trimJSON(body)
	if err := checkJSON(text); err != nil {
		return Value{}, err
	}
	v, err := jsonValue(text)
	if err != nil {
		return Value{}, err
	}
	return v, checkValue("value", v)
}

// ParseParams reads the values of a statement's parameters: a JSON array, or null
// for none.
func ParseParams(text []byte) ([]Value, error) {
	if body := trimJSON(text); body == "" || body == "null" {
		return nil, nil
	}
	var list []Value
	is, err := EachElement(text, func(element []byte) error {
		v, err := ParseValue(element)
		list = append(list, v)
		return err
	})
	if err == nil && !is {
		return nil, wire.Fail(wire.InvalidRequest, "params must be an array").At("params")
	}
	if p, ok := wire.AsProblem(err); ok {
		return nil, p.At("params")
	}
	return list, err
}

// checkJSON refuses what is not JSON or cannot be stored. Everything below it
// relies on valid text.
func checkJSON(text string) error {
	if err := checkText(wire.InvalidJSON, "body", text); err != nil {
		return err
	}
	if err := wire.CheckJSONDepth([]byte(text)); err != nil {
		return err
	}
	if !json.Valid([]byte(text)) {
		return wire.Fail(wire.InvalidJSON, "the body is not valid JSON").At("body")
	}
	return nil
}

func notRows(what string) error {
	return wire.Fail(wire.InvalidRequest, "%s must be an object, or an array of objects", what).At("body")
}

// rowTable gathers rows whose columns become known one by one.
type rowTable struct {
	columns []string
	places  map[string]int
	rows    [][]Value
}

func (t *rowTable) add(object string) error {
	if !strings.HasPrefix(object, "{") {
		return notRows("each row")
	}
	row := make([]Value, len(t.columns), max(len(t.columns), 8))
	err := wire.EachMember(object, func(name, text string) error {
		place, err := t.place(name)
		if err != nil {
			return err
		}
		for len(row) <= place {
			row = append(row, Value{})
		}
		if row[place].Kind != KindAbsent {
			return wire.Fail(wire.InvalidRequest, "a row has %s twice", clip(name)).At("body")
		}
		row[place], err = jsonValue(text)
		if err != nil {
			return err
		}
		return checkValue(name, row[place])
	})
	t.rows = append(t.rows, row)
	return err
}

func (t *rowTable) place(name string) (int, error) {
	if place, ok := t.places[name]; ok {
		return place, nil
	}
	if err := checkName(wire.InvalidRequest, "column", name); err != nil {
		return 0, err
	}
	if len(t.columns) == maxColumns {
		return 0, wire.Fail(wire.InvalidRequest, "a row has more than %d columns", maxColumns).At("body")
	}
	t.places[name] = len(t.columns)
	t.columns = append(t.columns, name)
	return len(t.columns) - 1, nil
}

// maxColumns is PostgreSQL's own limit for a table.
const maxColumns = 1600

// fill makes every row as long as the list of columns.
func (t *rowTable) fill() {
	for i, row := range t.rows {
		for len(row) < len(t.columns) {
			row = append(row, Value{})
		}
		t.rows[i] = row
	}
}

// jsonValue classifies one JSON text.
func jsonValue(text string) (Value, error) {
	switch text[0] {
	case '{', '[':
		return JSON(text), nil
	case '"':
		content, err := wire.Unquote(text)
		return String(content), err
	case 't':
		return True, nil
	case 'f':
		return False, nil
	case 'n':
		return Null, nil
	default:
		return Number(text), nil
	}
}

// parseList makes a list of a JSON array, whose text must be valid.
func parseList(text string) (Value, error) {
	list := Value{Kind: KindList, List: []Value{}}
	err := wire.EachElement(text, func(element string) error {
		if len(list.List) == MaxMembers {
			return wire.Fail(wire.InvalidFilter, "a list has more than %d members", MaxMembers)
		}
		v, err := jsonValue(element)
		list.List = append(list.List, v)
		return err
	})
	return list, err
}
