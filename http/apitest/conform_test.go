package apitest

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestAnswersAreComparedWithTheDocument(t *testing.T) {
	t.Parallel()
	const entry = `{"message":"m","version":"v","athena_api":"a","athena_deadpool":"d","athena_scylladb":"s","cargo_toml_version":"c","routes":`
	failure := `{"status":"error","message":"m","error":"e"}`
	for _, tc := range []struct {
		name      string
		status    int
		media     string
		body      string
		withoutID bool
		wrong     string // empty for an answer that fits
	}{
		{"fits", 200, "application/json", entry + `[]}`, false, ""},
		{"documented failure", 500, "application/json", failure, false, ""},
		{"turned away unread", 431, "application/json", failure, false, ""},
		{"null for a list", 200, "application/json", entry + `null}`, false, "/routes: Value is not nullable"},
		{"wrong deep down", 200, "application/json", entry + `[{"path":1,"methods":[],"summary":""}]}`, false, "/routes/0/path: value must be a string"},
		{"missing key", 500, "application/json", `{"status":"error","message":"m"}`, false, `/error: property "error" is missing`},
		{"status not declared", 418, "application/json", failure, false, "is not declared"},
		{"other media", 200, "text/plain", "hello", false, `"text/plain"`},
		{"no request id", 200, "application/json", entry + `[]}`, true, `"X-Request-Id" missing`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			header := http.Header{"Content-Type": {tc.media}}
			if !tc.withoutID {
				header.Set("X-Request-Id", "1")
			}
			err := compareRoot(t, tc.status, header, tc.body)
			if tc.wrong == "" {
				require.NoError(t, err)
				return
			}
			require.Error(t, err)
			require.Contains(t, explain(err), tc.wrong)
		})
	}
}

func compareRoot(t *testing.T, status int, header http.Header, body string) error {
	t.Helper()
	operations, err := documented()
	require.NoError(t, err)
	asked, err := http.NewRequest(http.MethodGet, "http://athena.test/", nil)
	require.NoError(t, err)
	found, _, err := operations.FindRoute(asked)
	require.NoError(t, err)
	return compare(asked, found, status, header, []byte(body))
}
