package contender

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"athena/bench/load"

	"github.com/goccy/go-json"
)

// Program is the binary that is measured and the folder it works in.
type Program struct {
	Binary string
	Data   string
	Log    string // file for what the server prints
	Config string // file with its configuration; empty for none
	Name   string // of the contender; empty for the program itself

	admin string // key of the admin plane
}

// command runs the program with nothing of the caller's own settings but where
// to work.
func (p Program) command(ctx context.Context, args ...string) *exec.Cmd {
	command := exec.CommandContext(ctx, p.Binary, args...)
	for _, setting := range os.Environ() {
		if !strings.HasPrefix(setting, "ATHENA_") {
			command.Env = append(command.Env, setting)
		}
	}
	command.Env = append(command.Env, "ATHENA_DATA_DIR="+p.Data, "ATHENA_KEY_12="+p.admin)
	if p.Config != "" {
		command.Env = append(command.Env, "ATHENA_CONFIG_PATH="+p.Config)
	}
	return command
}

// Start runs the server on a free port and waits until it answers.
func (p Program) Start(ctx context.Context) (*Contender, error) {
	address, err := FreeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(p.Log)
	if err != nil {
		return nil, fmt.Errorf("keep the log: %w", err)
	}
	defer log.Close()
	// The end of ctx must not kill it: it stops its Postgres first.
	command := p.command(context.WithoutCancel(ctx), "serve")
	command.Env = append(command.Env, "ATHENA_LISTEN="+address)
	command.Stdout, command.Stderr = log, log
	server, err := launch(command)
	if err != nil {
		return nil, err
	}
	c := &Contender{Name: cmp.Or(p.Name, Athena), Ordered: true, Address: address, PID: command.Process.Pid, stop: server.stop, sessions: p.session}
	c.keep = func(ctx context.Context) (string, error) { return p.keep(ctx, c) }
	c.enforce = func(ctx context.Context, on bool) error {
		return p.configure(ctx, c, "/admin/api-key-clients/demo", fmt.Sprintf(`{"enforce_api_keys":%t}`, on))
	}
	if err := c.start(ctx, p, server); err != nil {
		return nil, errors.Join(err, server.stop(), fmt.Errorf("its log is %s", p.Log))
	}
	return c, nil
}

func (c *Contender) start(ctx context.Context, p Program, server *process) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		select {
		case err := <-server.ended:
			server.ended <- err
			cancel(errors.New("it ended early"))
		case <-ctx.Done():
		}
	}()
	if err := c.Ready(ctx, load.AppendGet(nil, "/ping", "")); err != nil {
		return err
	}
	var err error
	c.Headers, err = p.headers(ctx, "demo")
	return err
}

// headers are those of a client, with a new key.
func (p Program) headers(ctx context.Context, client string) (string, error) {
	var key struct {
		APIKey string `json:"api_key"`
	}
	err := p.ask(ctx, &key, "key", "create", "--client", client, "--right", "*", "--json")
	return headersOf(client, key.APIKey), err
}

// KeptClient is the client whose answers are kept.
const KeptClient = "bench-kept"

// keep makes it, on the database of the demo client.
func (p Program) keep(ctx context.Context, c *Contender) (string, error) {
	database, err := p.Database(ctx)
	if err != nil {
		return "", err
	}
	if _, err := p.output(ctx, "client", "add", KeptClient, "--pg-uri", database); err != nil {
		return "", err
	}
	headers, err := p.headers(ctx, KeptClient)
	if err != nil {
		return "", err
	}
	// The server hears of the client a moment later.
	return headers, p.configure(ctx, c, "/admin/client-configs/"+KeptClient, `{"config":{"cache":{"enabled":true,"ttl_seconds":3600}}}`)
}

// configure sets something, once the server knows what it is about.
func (p Program) configure(ctx context.Context, c *Contender, path, body string) error {
	template := load.NewTemplate("PUT", path, "apikey: "+p.admin+"\r\n")
	return c.Ready(ctx, template.Append(nil, []byte(body)))
}

// Database is the connection URI of the demo client.
func (p Program) Database(ctx context.Context) (string, error) {
	out, err := p.output(ctx, "client", "uri", "demo")
	return strings.TrimSpace(string(out)), err
}

func (p Program) session(ctx context.Context, i int) (Session, error) {
	var reply struct {
		Token  string `json:"token"`
		UserID string `json:"user_id"`
	}
	err := p.ask(ctx, &reply, "session", "create", "--user", user(i), "--organization", "bench", "--json")
	return Session{Token: reply.Token, User: reply.UserID}, err
}

// ask runs a command that prints an object.
func (p Program) ask(ctx context.Context, into any, args ...string) error {
	out, err := p.output(ctx, args...)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(out, into); err != nil {
		return fmt.Errorf("athena %s: read what it printed: %w", args[0], err)
	}
	return nil
}

func (p Program) output(ctx context.Context, args ...string) ([]byte, error) {
	out, err := p.command(ctx, args...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil, fmt.Errorf("athena %s: %w: %s", strings.Join(args, " "), err, exit.Stderr)
	}
	if err != nil {
		return nil, fmt.Errorf("athena %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}

// FreeAddress is one that nobody listens on at this moment.
func FreeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// NewProgram names the binary and makes its folder, which the unprivileged
// account of the embedded Postgres must be able to pass through.
func NewProgram(binary, data string) (Program, error) {
	if _, err := os.Stat(binary); err != nil {
		return Program{}, fmt.Errorf("%w: build it with go build -o %s ./cmd/athena", err, binary)
	}
	if err := os.Chmod(data, 0o755); err != nil {
		return Program{}, fmt.Errorf("open the data folder: %w", err)
	}
	return Program{Binary: binary, Data: filepath.Join(data, "athena"), Log: filepath.Join(data, "athena.log"), admin: rand.Text()}, nil
}
