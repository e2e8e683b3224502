package gateway

import (
	"context"
	"fmt"
	"strings"

	"athena/http/route"
	"athena/persistence/gatewaydb"
	"athena/persistence/sqltext"
	"athena/wire"
)

// query runs one statement of the caller's own.
func (a API) query(ctx context.Context, in *wire.Query) (wire.Rows, error) {
	if strings.TrimSpace(in.Query) == "" {
		return wire.Rows{}, wire.Fail(wire.InvalidRequest, "query is missing").At("query")
	}
	params, err := sqltext.ParseParams(in.Params)
	if err != nil {
		return wire.Rows{}, err
	}
	if err := route.CallOf(ctx).Caller.Allow("gateway.query"); err != nil {
		return wire.Rows{}, err
	}
	p, call, err := a.open(ctx, "query", sqltext.Name{Schema: in.SchemaName})
	if err != nil {
		return wire.Rows{}, err
	}
	result, err := p.Query(ctx, gatewaydb.Raw{SQL: in.Query, Params: params, Schema: in.SchemaName})
	if err != nil {
		return wire.Rows{}, err
	}
	call.Operation.Rows = result.Rows
	after := fmt.Appendf(nil, `,"row_count":%d,"command":%s}}`, result.Rows, quoted(result.Tag.String()))
	return wire.Rows{
		Before: []byte(`{"status":"success","message":"Query executed","data":{"rows":`),
		JSON:   result.JSON, After: after, Release: result.Release,
	}, nil
}
