package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// printed are the credentials in the output of a first start.
type printed struct{ admin, key, alice, bob string }

func readBanner(t *testing.T, banner string) printed {
	t.Helper()
	find := func(label string) string {
		found := regexp.MustCompile(label + ` +(\S+)\n`).FindStringSubmatch(banner)
		require.NotNil(t, found, "%s is not in:\n%s", label, banner)
		return found[1]
	}
	return printed{find("admin key"), find("demo API key"), find("session of alice"), find("session of bob")}
}

// credentialsOf are those of every installed folder.
func credentialsOf(t *testing.T) printed {
	t.Helper()
	image(t)
	return readBanner(t, theImage.banner)
}

func TestFirstStartPrintsWhatWorks(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	p := serve(t, h)
	require.Eventually(t, func() bool { return strings.Count(p.out.String(), "curl ") == 3 }, patience, pollEvery)
	banner := p.out.String()
	credentials := readBanner(t, banner)
	require.Equal(t, 200, p.do(t, "GET", "/admin/api-keys", "", "apikey: "+credentials.admin).status)
	for _, session := range []string{credentials.alice, credentials.bob} {
		require.Equal(t, 200, p.do(t, "GET", "/chat/rooms", "", "X-Athena-Client: demo", "Authorization: Bearer "+session).status)
	}
	for line := range strings.Lines(banner) {
		command, is := strings.CutPrefix(strings.TrimSpace(line), "curl ")
		if !is {
			continue
		}
		method, url, body, headers := readCurl(t, command)
		r := p.do(t, method, url, body, headers...)
		require.Contains(t, []int{200, 201}, r.status, "%s\n%s", command, r.body)
		require.True(t, json.Valid([]byte(r.body)), r.body)
		require.Greater(t, len(r.body), 50, "an answer with something in it: %s", r.body)
	}
	for _, private := range []string{"admin.key", "postgres/password"} {
		info, err := os.Stat(filepath.Join(h.dir, private))
		require.NoError(t, err)
		require.Zero(t, info.Mode().Perm()&0o077, "%s is for its owner alone", private)
	}
}

// readCurl takes a printed command apart the way a shell and curl would.
func readCurl(t *testing.T, command string) (method, url, body string, headers []string) {
	t.Helper()
	method = "GET"
	args := shellWords(command)
	for len(args) > 0 {
		arg := args[0]
		args = args[1:]
		switch arg {
		case "-s":
		case "-H":
			headers, args = append(headers, args[0]), args[1:]
		case "-d":
			method, body, args = "POST", args[0], args[1:]
		default:
			require.True(t, strings.HasPrefix(arg, "http://"), "unexpected %s", arg)
			url = arg
		}
	}
	return method, url, body, headers
}

// shellWords splits at blanks outside of single quotes.
func shellWords(line string) (words []string) {
	word, quoted := "", false
	for _, c := range line + " " {
		switch {
		case c == '\'':
			quoted = !quoted
		case c != ' ' || quoted:
			word += string(c)
		case word != "":
			words, word = append(words, word), ""
		}
	}
	return words
}

func TestLaterStartKeepsAllAndPrintsNoSecret(t *testing.T) {
	t.Parallel()
	s := sharedServer(t) // it was started before, elsewhere
	credentials := credentialsOf(t)
	require.Empty(t, s.out.String())
	require.Equal(t, 200, s.do(t, "GET", "/admin/clients", "", "apikey: "+credentials.admin).status)
	require.Equal(t, 200, s.do(t, "GET", "/chat/rooms", "", "X-Athena-Client: demo", "Authorization: Bearer "+credentials.alice).status)
	r := s.do(t, "GET", "/rest/v1/customers?id=eq.7&select=name", "", "X-Athena-Client: demo", "apikey: "+credentials.key)
	require.Contains(t, r.body, `[{"name":"Frances 7"}]`)
}

func TestSecondServerOnOneFolderIsRefused(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	_, errs, code := s.home.run(t, "serve", "--listen", "127.0.0.1:0")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "in use by process "+strconv.Itoa(s.cmd.Process.Pid))
	require.Equal(t, 200, s.do(t, "GET", "/ping", "").status, "the first one is not harmed")
}

func TestTakenAddressIsNamed(t *testing.T) {
	t.Parallel()
	s := sharedServer(t)
	h := newHome(t)
	_, errs, code := h.run(t, "serve", "--listen", s.address)
	require.Equal(t, 1, code)
	require.Contains(t, errs, s.address)
	require.False(t, exists(filepath.Join(h.dir, "postgres")), "no database is made for a server that cannot answer")
}

func TestKilledServerComesBack(t *testing.T) {
	t.Parallel()
	h, credentials := installed(t), credentialsOf(t)
	headers := []string{"X-Athena-Client: demo", "apikey: " + credentials.key}
	p := start(t, h)
	r := p.do(t, "PUT", "/gateway/insert", `{"table_name":"products","insert_body":{"id":9001,"name":"kept","price":1}}`, headers...)
	require.Equal(t, 200, r.status, r.body)
	require.Equal(t, -1, p.end(t, syscall.SIGKILL))

	p = serve(t, h)
	require.Empty(t, p.out.String(), "no secret is printed again")
	r = p.do(t, "GET", "/rest/v1/products?id=eq.9001&select=name", "", headers...)
	require.Contains(t, r.body, `[{"name":"kept"}]`)
	require.Equal(t, 200, p.do(t, "GET", "/chat/rooms", "", "X-Athena-Client: demo", "Authorization: Bearer "+credentials.bob).status)
	require.Equal(t, 200, p.do(t, "GET", "/admin/clients", "", "X-Athena-Key: "+credentials.admin).status)
}
