package query

import (
	"cmp"
	"context"

	"athena/wire"
)

// enforceSSL sets whether a Supabase project insists on TLS.
func (a API) enforceSSL(ctx context.Context, in *wire.EnforceSSL) (wire.Success[wire.SSLEnforcement], error) {
	var none wire.Success[wire.SSLEnforcement]
	token, project := cmp.Or(in.AccessToken, a.SupabaseToken), cmp.Or(in.ProjectRef, a.SupabaseProject)
	switch {
	case in.Enabled == nil:
		return none, wire.Fail(wire.InvalidRequest, "enabled is missing").At("enabled")
	case token == "":
		return none, wire.Fail(wire.InvalidRequest, "there is no access token").At("access_token").WithHint("send access_token, or set SUPABASE_ACCESS_TOKEN")
	case project == "":
		return none, wire.Fail(wire.InvalidRequest, "there is no project").At("project_ref").WithHint("send project_ref, or set PROJECT_REF")
	}
	state, err := a.Supabase.EnforceSSL(ctx, project, token, *in.Enabled)
	if err != nil {
		return none, err
	}
	if state.CurrentConfig.Database {
		return wire.OK("SSL enforcement is on", state), nil
	}
	return wire.OK("SSL enforcement is off", state), nil
}
