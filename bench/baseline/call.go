package baseline

import (
	"context"
	"fmt"
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
	rows, err := h.document(ctx, text, args)
	if err != nil {
		return fmt.Errorf("baseline: call %s: %w", in.Function, err)
	}
	success(c, rows)
	return nil
}

// statement names the arguments in the order of their names.
func (in *call) statement() (string, []any, error) {
	names, args, err := parameters(in.Args)
	if err != nil {
		return "", nil, fmt.Errorf("baseline: argument %w", err)
	}
	for i, name := range names {
		names[i] = quote(name) + " => $" + strconv.Itoa(i+1)
	}
	return "SELECT coalesce(json_agg(t), '[]') FROM " + quote(in.Function) + "(" + strings.Join(names, ", ") + ") AS t", args, nil
}
