package sqltext

import (
	"encoding/csv"
	"errors"
	"io"
	"net/url"
	"strings"

	"athena/persistence/catalog"
	"athena/wire"
)

// ParseCSV reads the rows of a write from CSV (RFC 4180) below a line of column
// names. NULL stands for no value, an empty field for an empty text.
func ParseCSV(body []byte) (columns []string, rows [][]Value, err error) {
	text := strings.TrimPrefix(string(body), "\ufeff")
	if err := checkText(wire.InvalidRequest, "body", text); err != nil {
		return nil, nil, err
	}
	reader := csv.NewReader(strings.NewReader(text))
	reader.ReuseRecord = true
	t := rowTable{places: make(map[string]int)}
	for {
		fields, err := reader.Read()
		switch {
		case errors.Is(err, io.EOF) && len(t.columns) > 0:
			return t.columns, t.rows, nil
		case err != nil:
			return nil, nil, wire.Fail(wire.InvalidRequest, "the body is not CSV: %s", err).At("body").
				WithHint("write the names of the columns in the first line, and as many fields in each other line")
		case len(t.columns) == 0:
			err = t.name(fields)
		default:
			err = t.addText(fields)
		}
		if err != nil {
			return nil, nil, err
		}
	}
}

// name takes the names of all columns.
func (t *rowTable) name(columns []string) error {
	for _, name := range columns {
		if _, twice := t.places[name]; twice {
			return wire.Fail(wire.InvalidRequest, "the first line has the column %s twice", clip(name)).At("body")
		}
		if _, err := t.place(name); err != nil {
			return err
		}
	}
	return nil
}

func (t *rowTable) addText(fields []string) error {
	row := make([]Value, len(fields))
	for i, field := range fields {
		if row[i] = Raw(field); field == "NULL" {
			row[i] = Null
		}
		if err := checkValue(t.columns[i], row[i]); err != nil {
			return err
		}
	}
	t.rows = append(t.rows, row)
	return nil
}

// ParseText takes a whole body as one text.
func ParseText(body []byte) (Value, error) {
	v := Raw(string(body))
	return v, checkValue("body", v)
}

// ParseForm reads the one row of a write that an HTML form sends.
func ParseForm(body []byte) (columns []string, rows [][]Value, err error) {
	t := rowTable{places: make(map[string]int), rows: [][]Value{nil}}
	err = eachField(body, func(name, value string) error {
		if _, twice := t.places[name]; twice {
			return wire.Fail(wire.InvalidRequest, "the form has %s twice", clip(name)).At(clipField(name))
		}
		if _, err := t.place(name); err != nil {
			return err
		}
		t.rows[0] = append(t.rows[0], Raw(value))
		return checkValue(name, Raw(value))
	})
	return t.columns, t.rows, err
}

// AddForm reads the arguments from an HTML form; one of which a function takes any
// number may come several times.
func (call *Call) AddForm(functions []*catalog.Function, body []byte) error {
	return eachField(body, func(name, value string) error {
		if err := checkName(wire.InvalidRequest, "argument", name); err != nil {
			return err
		}
		return call.addArg(functions, name, value)
	})
}

// eachField calls do for each field of a form, in their order.
func eachField(body []byte, do func(name, value string) error) error {
	for part := range strings.SplitSeq(strings.TrimSpace(string(body)), "&") {
		name, value, _ := strings.Cut(part, "=")
		name, err := url.QueryUnescape(name)
		if err == nil {
			value, err = url.QueryUnescape(value)
		}
		if err != nil {
			return wire.Fail(wire.InvalidRequest, "the body is not a form: %s", clip(part)).At("body").WithHint("write name=value&other=value")
		}
		if err := checkText(wire.InvalidRequest, "body", name+value); err != nil {
			return err
		}
		if err := do(name, value); err != nil {
			return err
		}
	}
	return nil
}
