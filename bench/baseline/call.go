package baseline

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/goccy/go-json"
	"github.com/valyala/fasthttp"
)

// call is the body of a call of a function that gives rows.
type call struct {
	Function string                     `json:"function"`
	Args     map[string]json.RawMessage `json:"args"`
}

func (h handler) call(ctx context.Context, c *fasthttp.RequestCtx) error {
	var in call
	if err := decode(c, &in); err != nil {
		return err
	}
	text, args, err := in.statement()
	if err != nil {
		return err
	}
	var rows []byte
	if err := h.pool.QueryRow(ctx, text, args...).Scan(&rows); err != nil {
		return fmt.Errorf("baseline: call %s: %w", in.Function, err)
	}
	success(c, rows)
	return nil
}

// statement names the arguments in the order of their names.
func (in *call) statement() (string, []any, error) {
	names := make([]string, 0, len(in.Args))
	args := make([]any, 0, len(in.Args))
	for i, name := range slices.Sorted(maps.Keys(in.Args)) {
		names = append(names, quote(name)+" => $"+strconv.Itoa(i+1))
		value, err := parameter(in.Args[name])
		if err != nil {
			return "", nil, fmt.Errorf("baseline: argument %s: %w", name, err)
		}
		args = append(args, value)
	}
	return "SELECT coalesce(json_agg(t), '[]') FROM " + quote(in.Function) + "(" + strings.Join(names, ", ") + ") AS t", args, nil
}
