package system_test

import (
	"testing"

	"athena/http/apitest"
	"athena/http/system"
	"athena/wire"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

func catalog(t *testing.T, api *apitest.API) wire.ErrorCatalog {
	t.Helper()
	reply := api.Do(t, "GET /admin/errors/catalog", "")
	require.Equal(t, 200, reply.Status, reply.Body)
	var answer wire.Success[wire.ErrorCatalog]
	require.NoError(t, json.Unmarshal([]byte(reply.Body), &answer))
	return answer.Data
}

func TestEveryErrorHasItsPage(t *testing.T) {
	t.Parallel()
	api := apitest.New(t, system.API{}.Routes())
	list := catalog(t, api)
	require.Len(t, list.Errors, len(wire.Codes()))
	require.Contains(t, list.Domains, "identity")
	for _, entry := range list.Errors {
		page := api.Loose().Do(t, "GET "+entry.DocsURL, "")
		require.Equal(t, 200, page.Status, entry.Code)
		require.Equal(t, "text/html; charset=utf-8", string(page.Header.ContentType()))
		require.Contains(t, page.Body, "<code>"+entry.Code+"</code>")
	}
}

func TestPagesElsewhere(t *testing.T) {
	t.Parallel()
	api := apitest.New(t, system.API{ErrorsURL: "https://docs.example/errors"}.Routes())
	require.Equal(t, "https://docs.example/errors/invalid_request", catalog(t, api).Errors[0].DocsURL)
}

func TestUnknownErrorHasNoPage(t *testing.T) {
	t.Parallel()
	api := apitest.New(t, system.API{}.Routes())
	for _, name := range []string{"no_such", "%3Cscript%3E", "INVALID_REQUEST"} {
		reply := api.Do(t, "GET /errors/"+name, "")
		require.Equal(t, 404, reply.Status)
		require.NotContains(t, reply.Body, "script")
	}
}
