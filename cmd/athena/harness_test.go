package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"athena/http/apitest"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// actAsProgram makes the test binary be the program.
const actAsProgram = "ATHENA_TEST_MAIN"

// patience bounds waits that end by themselves; it is long for a loaded machine.
const patience = time.Minute

func TestMain(m *testing.M) {
	if os.Getenv(actAsProgram) == "1" {
		main()
	}
	code := m.Run()
	if err := theShared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "shared server:", err)
		code = max(code, 1)
	}
	os.RemoveAll(theImage.dir)
	os.RemoveAll(theShared.home.dir)
	os.Exit(code)
}

// home is a data folder with the environment of the commands that use it.
type home struct {
	dir string
	env []string
	// config is the configuration file, empty for none.
	config string
}

// newHome is an empty folder that the database's account can enter.
func newHome(t *testing.T) home {
	t.Helper()
	h := home{dir: folder(t)}
	t.Cleanup(func() {
		awaitNoDatabase(t, h)
		require.NoError(t, os.RemoveAll(h.dir))
	})
	return h
}

// folder lies in memory where there is room, since a database syncs a lot.
func folder(t *testing.T) string {
	t.Helper()
	base := os.TempDir()
	var fs syscall.Statfs_t
	if syscall.Statfs("/dev/shm", &fs) == nil && uint64(fs.Bavail)*uint64(fs.Bsize) > 1<<30 {
		base = "/dev/shm"
	}
	dir, err := os.MkdirTemp(base, "athena-program-")
	require.NoError(t, err)
	require.NoError(t, os.Chmod(dir, 0o755))
	return dir
}

// awaitNoDatabase waits for the end of a server whose Athena was killed.
func awaitNoDatabase(t *testing.T, h home) {
	t.Helper()
	pid := filepath.Join(h.dir, "postgres", "pgdata", "postmaster.pid")
	require.Eventually(t, func() bool { return !exists(pid) }, patience, 20*time.Millisecond, "the database still runs")
}

// theImage is a data folder after its first start, to copy from.
var theImage struct {
	once   sync.Once
	dir    string
	banner string
	ready  bool
}

func image(t *testing.T) string {
	t.Helper()
	theImage.once.Do(func() {
		h := home{dir: folder(t)}
		theImage.dir = h.dir
		p := start(t, h)
		require.Zero(t, p.end(t, syscall.SIGTERM))
		theImage.banner = p.out.String()
		// Copies that start at once must not all want the same port.
		require.NoError(t, os.Remove(filepath.Join(h.dir, "postgres", "port")))
		theImage.ready = true
	})
	require.True(t, theImage.ready, "the first start failed")
	return theImage.dir
}

// installed is a data folder of one's own that was started before.
func installed(t *testing.T) home {
	t.Helper()
	h := newHome(t)
	copyImage(t, h.dir)
	return h
}

func copyImage(t *testing.T, dir string) {
	t.Helper()
	out, err := exec.Command("cp", "-Rp", image(t)+"/.", dir).CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// theShared is a server that tests share which do not end it.
var theShared shared

type shared struct {
	once sync.Once
	home home
	*process
}

func sharedServer(t *testing.T) *shared {
	t.Helper()
	theShared.once.Do(func() {
		theShared.home = home{dir: folder(t)}
		copyImage(t, theShared.home.dir)
		theShared.process = start(t, theShared.home)
	})
	require.NotNil(t, theShared.process, "the shared server did not start")
	return &theShared
}

func (s *shared) stop() error {
	if s.process == nil {
		return nil
	}
	if err := s.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return err
	}
	<-s.ended
	if s.failure == nil && strings.Contains(s.errs.String(), "DATA RACE") {
		return fmt.Errorf("data race:\n%s", s.errs.String())
	}
	return s.failure
}

// command is the program with arguments.
func (h *home) command(args ...string) *exec.Cmd {
	args = append([]string{"--data-dir", h.dir}, args...)
	if h.config != "" {
		args = append([]string{"--config", h.config}, args...)
	}
	cmd := exec.Command(os.Args[0], args...)
	cmd.Dir = h.dir
	cmd.Env = append(cmd.Env, actAsProgram+"=1", "HOME="+h.dir)
	for _, entry := range os.Environ() {
		if name, _, _ := strings.Cut(entry, "="); name == "PATH" || name == "ATHENA_PG_BIN" || name == "TMPDIR" {
			cmd.Env = append(cmd.Env, entry)
		}
	}
	cmd.Env = append(cmd.Env, h.env...)
	return cmd
}

// run runs a command and gives what it printed and its exit code.
func (h *home) run(t *testing.T, args ...string) (out, errs string, code int) {
	t.Helper()
	cmd := h.command(args...)
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err := cmd.Run()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	return o.String(), e.String(), cmd.ProcessState.ExitCode()
}

// succeed runs a command that must succeed and gives what it printed.
func (h *home) succeed(t *testing.T, args ...string) string {
	t.Helper()
	out, errs, code := h.run(t, args...)
	require.Zero(t, code, "%v: %s", args, errs)
	return strings.TrimSpace(out)
}

// result runs a command with --json and gives what it printed, decoded.
func result[T any](t *testing.T, h *home, args ...string) (value T) {
	t.Helper()
	out := h.succeed(t, append(args, "--json")...)
	require.NoError(t, json.Unmarshal([]byte(out), &value), out)
	return value
}

// process is a running server.
type process struct {
	cmd       *exec.Cmd
	out, errs *transcript
	address   string
	http      *http.Client
	ended     chan struct{}
	failure   error // set before ended is closed
}

var answers = regexp.MustCompile(`msg="athena answers" address=(\S+)`)

// start starts a server on a free port and waits until it answers.
func start(t *testing.T, h home, args ...string) *process {
	t.Helper()
	p := launch(t, h, args...)
	p.address = p.await(t, answers)
	return p
}

func launch(t *testing.T, h home, args ...string) *process {
	t.Helper()
	p := &process{
		out: newTranscript(), errs: newTranscript(), ended: make(chan struct{}),
		http: &http.Client{
			Transport:     &http.Transport{MaxIdleConnsPerHost: 128},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	p.cmd = h.command(append([]string{"serve", "--listen", "127.0.0.1:0"}, args...)...)
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.errs
	require.NoError(t, p.cmd.Start())
	go func() {
		p.failure = p.cmd.Wait()
		close(p.ended)
	}()
	return p
}

// serve starts a server that ends with the test.
func serve(t *testing.T, h home, args ...string) *process {
	t.Helper()
	p := start(t, h, args...)
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// await waits for a line of the log and gives its first group.
func (p *process) await(t *testing.T, line *regexp.Regexp) string {
	t.Helper()
	timeout := time.After(patience)
	for {
		text, changed := p.errs.read()
		if found := line.FindStringSubmatch(text); found != nil {
			return found[len(found)-1]
		}
		select {
		case <-changed:
		case <-p.ended:
			require.FailNow(t, "the server ended", "%v\n%s", p.failure, p.errs.String())
		case <-timeout:
			require.FailNow(t, "the server is slow", "%s", p.errs.String())
		}
	}
}

// end sends a signal and gives the exit code.
func (p *process) end(t *testing.T, signal os.Signal) int {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(signal))
	select {
	case <-p.ended:
	case <-time.After(patience):
		require.FailNow(t, "the server does not end", "%s", p.errs.String())
	}
	require.NotContains(t, p.errs.String(), "DATA RACE")
	return p.cmd.ProcessState.ExitCode()
}

// reply is an answer.
type reply struct {
	status int
	body   string
	header http.Header
}

// url is an address at the server; a whole one is left as it is.
func (p *process) url(path string) string {
	if strings.HasPrefix(path, "/") {
		return "http://" + p.address + path
	}
	return path
}

// try sends a request; headers are written as "Name: value".
func (p *process) try(method, path, body string, headers ...string) (reply, error) {
	request, err := http.NewRequest(method, p.url(path), strings.NewReader(body))
	if err != nil {
		return reply{}, err
	}
	for _, header := range headers {
		name, value, _ := strings.Cut(header, ": ")
		request.Header.Add(name, value)
	}
	request.Host = request.Header.Get("Host") // empty: that of the address
	response, err := p.http.Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	if strings.HasPrefix(response.Header.Get("Content-Type"), "text/event-stream") { // it has no end to wait for
		return reply{status: response.StatusCode, header: response.Header}, nil
	}
	text, err := io.ReadAll(response.Body)
	return reply{response.StatusCode, string(text), response.Header}, err
}

func (p *process) do(t *testing.T, method, path, body string, headers ...string) reply {
	t.Helper()
	r, err := p.try(method, path, body, headers...)
	require.NoError(t, err)
	documented(t, method, p.url(path), r)
	return r
}

// documented holds an answer to the document.
func documented(t *testing.T, method, url string, r reply) {
	t.Helper()
	asked, err := http.NewRequest(method, url, nil)
	require.NoError(t, err)
	require.NoError(t, apitest.Documented(asked, r.status, r.header, []byte(r.body)))
}

// becomes waits until a request is answered with a status.
func (p *process) becomes(t *testing.T, status int, method, path, body string, headers ...string) {
	t.Helper()
	var last reply
	require.Eventually(t, func() bool {
		last = p.do(t, method, path, body, headers...)
		return last.status == status
	}, patience, 5*time.Millisecond, "%s %s is never answered %d; last %v", method, path, status, &last)
}

// transcript is what a process has said so far.
type transcript struct {
	mu      sync.Mutex
	text    bytes.Buffer
	changed chan struct{}
}

func newTranscript() *transcript { return &transcript{changed: make(chan struct{})} }

// Write keeps what is said and wakes who waits for more.
func (s *transcript) Write(text []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.changed)
	s.changed = make(chan struct{})
	return s.text.Write(text)
}

func (s *transcript) read() (string, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String(), s.changed
}

func (s *transcript) String() string {
	text, _ := s.read()
	return text
}
