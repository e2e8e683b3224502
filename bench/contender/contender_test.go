package contender_test

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"athena/bench/contender"
	"athena/bench/load"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

// TestMain lets this test binary stand in for the program.
func TestMain(m *testing.M) {
	if len(os.Args) < 2 || strings.HasPrefix(os.Args[1], "-") {
		os.Exit(m.Run())
	}
	switch args := strings.Join(os.Args[1:], " "); {
	case args == "serve":
		pretend()
	case args == "key create --client demo --right * --json":
		fmt.Println(`{"api_key":"ath_a.b"}`)
	case args == "key create --client bench-kept --right * --json":
		fmt.Println(`{"api_key":"ath_k.k"}`)
	case args == "client add bench-kept --pg-uri postgres://"+os.Getenv("ATHENA_DATA_DIR"):
	case args == "migrate" && strings.HasSuffix(os.Getenv("ATHENA_CONFIG_PATH"), "config.yaml"):
	case args == "client uri demo":
		fmt.Println("postgres://" + os.Getenv("ATHENA_DATA_DIR"))
	case strings.HasPrefix(args, "session create --user bench-user-"):
		fmt.Printf(`{"token":"token of %s","user_id":%q}`, os.Args[4], os.Args[4])
	default:
		fmt.Fprintln(os.Stderr, "unknown command", args)
		os.Exit(2)
	}
}

// pretend serves /ping until it is asked to end, unless its folder forbids it, and takes
// the configuration of one client.
func pretend() {
	if strings.Contains(os.Getenv("ATHENA_DATA_DIR"), "Broken") {
		fmt.Println("no database to be had")
		os.Exit(3)
	}
	listener, err := net.Listen("tcp", os.Getenv("ATHENA_LISTEN"))
	if err != nil {
		panic(err)
	}
	go fasthttp.Serve(listener, func(c *fasthttp.RequestCtx) {
		switch string(c.Method()) + " " + string(c.Path()) {
		case "GET /ping":
		case "PUT /admin/client-configs/bench-kept", "PUT /admin/api-key-clients/demo":
			if admin := os.Getenv("ATHENA_KEY_12"); admin == "" || string(c.Request.Header.Peek("apikey")) != admin {
				c.Error("not the admin", 403)
			}
		default:
			c.Error("not found", 404)
		}
	})
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM)
	<-end
}

func program(t *testing.T) contender.Program {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	p, err := contender.NewProgram(self, t.TempDir())
	require.NoError(t, err)
	return p
}

func TestProgram(t *testing.T) {
	t.Parallel()
	p := program(t)
	c, err := p.Start(t.Context())
	require.NoError(t, err)
	require.Equal(t, "X-Athena-Client: demo\r\napikey: ath_a.b\r\n", c.Headers)
	_, err = load.Once(t.Context(), c.Address, load.AppendGet(nil, "/ping", ""))
	require.NoError(t, err)
	process, local := c.Process()
	require.True(t, local)
	rss, err := process.RSS()
	require.NoError(t, err)
	require.Positive(t, rss)

	database, err := p.Database(t.Context())
	require.NoError(t, err)
	require.Equal(t, "postgres://"+p.Data, database)

	kept, err := c.Kept(t.Context())
	require.NoError(t, err)
	require.Equal(t, "X-Athena-Client: bench-kept\r\napikey: ath_k.k\r\n", kept.Headers)
	again, err := c.Kept(t.Context())
	require.NoError(t, err)
	require.Same(t, kept, again)
	require.Equal(t, c.Headers, c.Uncached().Headers)

	two, err := c.Sessions(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, "bench-user-1", two[1].User)
	require.Contains(t, c.As(two[1]), "Authorization: Bearer token of bench-user-1\r\n")
	three, err := c.Sessions(t.Context(), 3)
	require.NoError(t, err)
	require.Equal(t, two, three[:2], "sessions are made once")

	require.NoError(t, c.Stop())
	_, err = process.RSS()
	require.Error(t, err, "it is gone")
}

func TestProgramBesideAnother(t *testing.T) {
	t.Parallel()
	control, err := contender.Sibling("postgres://athena@/shop?host=/run", "other")
	require.NoError(t, err)
	require.Equal(t, "postgres://athena@/other?host=/run", control)
	p, err := program(t).Beside(t.Context(), contender.Crowded, control, "postgres:///shop")
	require.NoError(t, err)
	config, err := os.ReadFile(p.Config)
	require.NoError(t, err)
	require.JSONEq(t, `{"control":{"uri":"postgres://athena@/other?host=/run"},"postgres_clients":{"demo":{"pg_uri":"postgres:///shop"}}}`, string(config))
	c, err := p.Start(t.Context())
	require.NoError(t, err)
	require.Equal(t, contender.Crowded, c.Name)
	require.NoError(t, c.Enforce(t.Context(), false))
	require.Equal(t, "X-Athena-Client: demo\r\n", c.WithoutKey().Headers)
	require.NoError(t, c.Stop())
	require.Error(t, contender.Running{}.Contender().Enforce(t.Context(), false), "that is not ours")
}

func TestProgramThatDoesNotStart(t *testing.T) {
	t.Parallel()
	p := program(t)
	p.Data = filepath.Join(p.Data, "Broken")
	_, err := p.Start(t.Context())
	require.ErrorContains(t, err, "ended early")
	require.ErrorContains(t, err, p.Log)
	log, err := os.ReadFile(p.Log)
	require.NoError(t, err)
	require.Contains(t, string(log), "no database to be had")
}

func TestProgramThatIsNotThere(t *testing.T) {
	t.Parallel()
	_, err := contender.NewProgram(filepath.Join(t.TempDir(), "athena"), t.TempDir())
	require.ErrorContains(t, err, "go build")
}

func TestRunningServer(t *testing.T) {
	t.Parallel()
	c := contender.Running{Address: "127.0.0.1:1", Key: "k", Token: "s", User: "u"}.Contender()
	sessions, err := c.Sessions(t.Context(), 5)
	require.NoError(t, err)
	require.Equal(t, []contender.Session{{Token: "s", User: "u"}}, sessions, "everybody shares the one")
	_, local := c.Process()
	require.False(t, local)
	require.NoError(t, c.Stop())

	_, err = contender.Running{}.Contender().Sessions(t.Context(), 1)
	require.ErrorContains(t, err, "-token")
	_, err = contender.Running{}.Contender().Kept(t.Context())
	require.ErrorContains(t, err, "-kept-key")
	kept, err := contender.Running{KeptKey: "ath_k.k"}.Contender().Kept(t.Context())
	require.NoError(t, err)
	require.Contains(t, kept.Headers, "apikey: ath_k.k\r\n")
}
