package baseline

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-json"
	"github.com/valyala/fasthttp"
)

// insert is the body of an insert of one row.
type insert struct {
	Table string                     `json:"table_name"`
	Row   map[string]json.RawMessage `json:"insert_body"`
	// Conflict is the column by which a row is found that is there already.
	Conflict string `json:"on_conflict"`
}

func (h handler) insert(ctx context.Context, c *fasthttp.RequestCtx) error {
	var in insert
	if err := decode(c, &in); err != nil {
		return err
	}
	text, args, err := in.statement()
	if err != nil {
		return err
	}
	row, err := h.document(ctx, text, args)
	if err != nil {
		return fmt.Errorf("baseline: insert into %s: %w", in.Table, err)
	}
	success(c, slices.Concat([]byte("["), row, []byte("]")))
	return nil
}

// statement lists the columns by name, so that equal shapes give equal text and
// share a prepared statement.
func (in *insert) statement() (string, []any, error) {
	names, args, err := parameters(in.Row)
	if err != nil {
		return "", nil, fmt.Errorf("baseline: column %w", err)
	}
	var columns, values strings.Builder
	for i, name := range names {
		if i > 0 {
			columns.WriteString(", ")
			values.WriteString(", ")
		}
		columns.WriteString(quote(name))
		values.WriteString("$" + strconv.Itoa(i+1))
	}
	return "INSERT INTO " + quote(in.Table) + " AS t (" + columns.String() + ") VALUES (" +
		values.String() + ")" + in.conflict() + " RETURNING row_to_json(t)", args, nil
}

func (in *insert) conflict() string {
	if in.Conflict == "" {
		return ""
	}
	var set []string
	for _, name := range slices.Sorted(maps.Keys(in.Row)) {
		if name != in.Conflict {
			set = append(set, quote(name)+" = excluded."+quote(name))
		}
	}
	return " ON CONFLICT (" + quote(in.Conflict) + ") DO UPDATE SET " + strings.Join(set, ", ")
}

// parameters are values in the order of their names.
func parameters(named map[string]json.RawMessage) (names []string, args []any, err error) {
	names, args = slices.Sorted(maps.Keys(named)), make([]any, len(named))
	for i, name := range names {
		if args[i], err = parameter(named[name]); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return names, args, nil
}

// parameter is a JSON value in the text form that Postgres reads for any type.
func parameter(value json.RawMessage) (any, error) {
	switch {
	case bytes.Equal(value, []byte("null")):
		return nil, nil
	case bytes.HasPrefix(value, []byte(`"`)):
		var text string
		err := json.Unmarshal(value, &text)
		return text, err
	}
	return string(value), nil
}
