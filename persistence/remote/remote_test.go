package remote_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"athena/persistence/remote"
	"athena/wire"

	"github.com/stretchr/testify/require"
)

func problem(t *testing.T, err error) *wire.Problem {
	t.Helper()
	p, ok := wire.AsProblem(err)
	require.True(t, ok, "%v", err)
	return p
}

func TestCheckURL(t *testing.T) {
	t.Parallel()
	strict, trusting := remote.New(false), remote.New(true)
	_, err := strict.CheckURL("url", "https://abc.supabase.co")
	require.NoError(t, err)
	_, err = trusting.CheckURL("url", "http://127.0.0.1:80/base")
	require.NoError(t, err)
	for _, bad := range []string{
		"", "abc", "http://abc.supabase.co", "ftp://x.io", "https://", "https://u:p@x.io", "https://x.io/?a=1", "https://x.io/#a",
		"https://127.0.0.1", "https://10.1.2.3", "https://192.168.0.1", "https://169.254.169.254", "https://0.0.0.0", "https://[::1]",
		"https://[fd00::1]", "https://[fe80::1]", "https://[::ffff:10.0.0.1]", "https://[64:ff9b::a00:1]", "https://100.64.0.1",
	} {
		_, err := strict.CheckURL("url", bad)
		require.Equal(t, "url", problem(t, err).Field, bad)
	}
}

// TestPrivateAddressesAreNotDialled, whatever name leads to them.
func TestPrivateAddressesAreNotDialled(t *testing.T) {
	t.Parallel()
	asked := false
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked = true }))
	t.Cleanup(server.Close)
	at, err := url.Parse(strings.Replace(server.URL, "127.0.0.1", "localhost", 1))
	require.NoError(t, err)
	_, err = remote.New(false).JSON(t.Context(), "the service", "POST", at, nil, nil)
	require.Contains(t, problem(t, err).Detail, "private network")
	require.False(t, asked)
}

func TestJSON(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/moved":
			http.Redirect(w, r, "/secret", http.StatusFound)
		case "/large":
			_, _ = w.Write(make([]byte, remote.MaxAnswer+1))
		default:
			w.WriteHeader(http.StatusTeapot)
			_, _ = w.Write([]byte(r.Header.Get("Authorization")))
		}
	}))
	client := remote.New(true)
	ask := func(ctx context.Context, path string) (remote.Answer, error) {
		u, err := client.CheckURL("url", server.URL+path)
		require.NoError(t, err)
		return client.JSON(ctx, "the service", "POST", u, map[string]string{"Authorization": "Bearer s3cret"}, nil)
	}
	answer, err := ask(t.Context(), "/")
	require.NoError(t, err)
	require.Equal(t, 418, answer.Status)
	require.Equal(t, "Bearer s3cret", string(answer.Body))
	require.Positive(t, answer.FirstByte)
	answer, err = ask(t.Context(), "/moved")
	require.NoError(t, err)
	require.Equal(t, 302, answer.Status, "a redirect is not followed")
	_, err = ask(t.Context(), "/large")
	require.Equal(t, wire.AnswerTooLarge.Name, problem(t, err).Code.Name)

	ended, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = ask(ended, "/")
	require.Equal(t, wire.Canceled.Name, problem(t, err).Code.Name)
	server.Close()
	_, err = ask(t.Context(), "/")
	require.Equal(t, 503, problem(t, err).Code.Status)
	require.NotContains(t, err.Error(), "s3cret")
}

func TestRefused(t *testing.T) {
	t.Parallel()
	for status, words := range map[int]string{401: "credentials", 403: "credentials", 429: "too many", 302: "elsewhere", 500: "500"} {
		require.Contains(t, remote.Answer{Status: status}.Refused("it").Detail, words)
	}
}
