package baseline

import (
	"context"
	"fmt"
	"strings"

	"github.com/valyala/fasthttp"
)

// fetch is the body of a structured read.
type fetch struct {
	Table      string      `json:"table_name"`
	Select     string      `json:"select"`
	Conditions []condition `json:"conditions"`
	Limit      int         `json:"limit"`
	SortBy     struct {
		Field     string `json:"field"`
		Direction string `json:"direction"`
	} `json:"sort_by"`
}

// condition comes in two spellings.
type condition struct {
	EqColumn string `json:"eq_column"`
	EqValue  string `json:"eq_value"`
	Column   string `json:"column"`
	Operator string `json:"operator"`
	Value    string `json:"value"`
}

func (c condition) parts() (column, operator, value string) {
	if c.EqColumn != "" {
		return c.EqColumn, "eq", c.EqValue
	}
	return c.Column, c.Operator, c.Value
}

func (h handler) fetch(ctx context.Context, c *fasthttp.RequestCtx) error {
	var f fetch
	if err := decode(c, &f); err != nil {
		return err
	}
	rows, err := h.read(ctx, &f)
	if err != nil {
		return err
	}
	success(c, rows)
	return nil
}

// rest answers GET /rest/v1/{table}?column=operator.value.
func (h handler) rest(ctx context.Context, c *fasthttp.RequestCtx, table string) error {
	f := fetch{Table: table, Limit: 100}
	for name, filter := range c.QueryArgs().All() {
		operator, value, _ := strings.Cut(string(filter), ".")
		f.Conditions = append(f.Conditions, condition{Column: string(name), Operator: operator, Value: value})
	}
	rows, err := h.read(ctx, &f)
	if err != nil {
		return err
	}
	success(c, rows)
	return nil
}

func (h handler) read(ctx context.Context, f *fetch) ([]byte, error) {
	s, err := f.build()
	if err != nil {
		return nil, err
	}
	rows, err := h.document(ctx, s.text.String(), s.args)
	if err != nil {
		return nil, fmt.Errorf("baseline: read %s: %w", f.Table, err)
	}
	return rows, nil
}

// document runs a statement that answers one JSON document.
func (h handler) document(ctx context.Context, text string, args []any) (rows []byte, err error) {
	err = h.pool.QueryRow(ctx, text, args...).Scan(&rows)
	return rows, err
}
