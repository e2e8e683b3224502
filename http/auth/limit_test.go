package auth_test

import (
	"context"
	"testing"
	"time"

	"athena/actors/admission"
	"athena/http/route"
	"athena/wire"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

func TestWhatIsOverALimitIsTurnedAway(t *testing.T) {
	t.Parallel()
	d := newDoor(t)
	one, hour := 1, 60_000
	var saved []wire.AdmissionEvent
	now := time.Now()
	d.Admission = admission.New(admission.Config{
		Limit: 3, Window: time.Hour, Now: func() time.Time { return now },
		Client: func(client string) *wire.AdmissionConfig {
			if client == "acme" {
				return &wire.AdmissionConfig{Limit: &one, WindowMS: &hour}
			}
			return nil
		},
		Save: func(_ context.Context, events []wire.AdmissionEvent) error { saved = events; return nil },
	})
	ask := func(access route.Access, path, client, key string) error {
		rc := &fasthttp.RequestCtx{}
		rc.Request.Header.SetMethod("POST")
		rc.Request.Header.Set("X-Athena-Client", client)
		rc.Request.Header.Set("apikey", key)
		rc.Request.Header.Set("X-Athena-Defer", "true")
		_, err := d.Check(&route.Call{Context: t.Context(), RequestID: client}, &route.Route{Method: "POST", Path: path, Access: access}, rc)
		return err
	}
	key := d.key("")
	require.NoError(t, ask(route.Gateway, "/gateway/query", "acme", key))
	require.NoError(t, ask(route.Gateway, "/gateway/fetch", "one", key))
	for _, tc := range []struct{ client, words string }{{"acme", "of the client acme"}, {"acme", "of the client acme"}} {
		problem, ok := wire.AsProblem(ask(route.Gateway, "/gateway/fetch", tc.client, key))
		require.True(t, ok)
		require.Equal(t, wire.AdmissionLimit, problem.Code)
		require.Equal(t, 429, problem.Code.Status)
		require.Positive(t, problem.RetryAfter)
		require.Contains(t, problem.Detail, tc.words)
	}
	require.Error(t, ask(route.Gateway, "/gateway/fetch", "two", "ath_0000000000000000.x"), "a stranger is not counted")
	require.NoError(t, ask(route.Admin, "/admin/clients", "acme", adminKey), "the operator is never turned away")
	require.NoError(t, ask(route.Gateway, "/gateway/fetch", "two", key))
	problem, ok := wire.AsProblem(ask(route.Gateway, "/gateway/fetch", "three", key))
	require.True(t, ok)
	require.NotContains(t, problem.Detail, "client")

	require.NoError(t, d.Admission.Flush(t.Context()))
	decisions := []string{}
	for _, e := range saved {
		decisions = append(decisions, *e.ClientName+" "+e.Decision)
		require.True(t, e.DeferRequested)
		require.Equal(t, *e.ClientName, e.EventID)
	}
	require.Equal(t, []string{"acme allowed", "one allowed", "acme rejected", "acme rejected", "two allowed", "three rejected"}, decisions)
	require.True(t, saved[0].IsQueryRoute)
	require.False(t, saved[1].IsQueryRoute)
}
