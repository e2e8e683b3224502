package contender

import (
	"context"
	"fmt"
	"strings"
	"time"

	"athena/bench/load"
	"athena/bench/usage"
)

// Names of the contenders.
const (
	Athena   = "athena"
	Baseline = "baseline"
	// Uncached is the program, too, whose other client has answers kept.
	Uncached = "uncached"
	// Grouped is no server: a group commit written by hand, in the bench itself.
	Grouped = "grouped"
	// Keyless is the program, asked without an API key.
	Keyless = "keyless"
	// Crowded is the program once more, with a large catalog.
	Crowded = "crowded"
)

// Session is a user's right to chat.
type Session struct {
	Token string
	User  string
}

// Contender is a server under measurement.
type Contender struct {
	Name    string
	Address string // host:port
	// Headers are the header lines of a gateway request: client and key.
	Headers string
	// Ordered says that its sockets get messages in the order of their numbers, which
	// is held against it.
	Ordered bool
	// PID is its process on this machine, or zero.
	PID int
	// Database is the database of one that is called without HTTP.
	Database string

	// enforce says whether callers of the client need a key; nil where that is not ours
	// to say.
	enforce func(ctx context.Context, on bool) error
	// sessions makes one session for user number i.
	sessions func(ctx context.Context, i int) (Session, error)
	made     []Session
	// keep gives the header lines of a client on the same database whose answers are
	// kept, which it makes.
	keep func(ctx context.Context) (headers string, err error)
	kept *Contender
	stop func() error
}

// Template makes a gateway request ready but for its body. Headers are whole
// lines beside the contender's own.
func (c *Contender) Template(method, path string, headers ...string) load.Template {
	return load.NewTemplate(method, path, c.Headers+strings.Join(headers, ""))
}

// As are the header lines of a chat request.
func (c *Contender) As(s Session) string {
	return "X-Athena-Client: demo\r\nAuthorization: Bearer " + s.Token + "\r\n"
}

// Sessions gives the sessions of n users, fewer if there are not so many. They
// are made once and used by every scenario.
func (c *Contender) Sessions(ctx context.Context, n int) ([]Session, error) {
	for len(c.made) < n {
		s, err := c.sessions(ctx, len(c.made))
		if err != nil {
			return nil, fmt.Errorf("make a session: %w", err)
		}
		if len(c.made) > 0 && s == c.made[0] {
			break // there is only one
		}
		c.made = append(c.made, s)
	}
	return c.made[:min(n, len(c.made))], nil
}

// Kept is the same server, asked for a client whose answers it keeps. That client is
// made once.
func (c *Contender) Kept(ctx context.Context) (*Contender, error) {
	if c.kept == nil {
		headers, err := c.keep(ctx)
		if err != nil {
			return nil, fmt.Errorf("make a client whose answers are kept: %w", err)
		}
		c.kept = c.as(c.Name, headers)
	}
	return c.kept, nil
}

// Uncached is the same server as the one to compare its kept answers with.
func (c *Contender) Uncached() *Contender { return c.as(Uncached, c.Headers) }

// headersOf are the header lines of a client's requests.
func headersOf(client, key string) string {
	return "X-Athena-Client: " + client + "\r\napikey: " + key + "\r\n"
}

// WithoutKey is the same server, asked without an API key, once that is Enforced no more.
func (c *Contender) WithoutKey() *Contender {
	keyless := c.as(Keyless, "X-Athena-Client: demo\r\n")
	keyless.enforce = c.enforce
	return keyless
}

// as is the same server, asked by another name with other headers. It stops with the
// first.
func (c *Contender) as(name, headers string) *Contender {
	return &Contender{Name: name, Address: c.Address, PID: c.PID, Headers: headers}
}

// Enforce says whether callers need a key.
func (c *Contender) Enforce(ctx context.Context, on bool) error {
	if c.enforce == nil {
		return fmt.Errorf("%s: whether keys are needed is not for the bench to say", c.Name)
	}
	return c.enforce(ctx, on)
}

// Process is where the contender's costs are read; ok is false where it runs
// elsewhere.
func (c *Contender) Process() (p usage.Process, ok bool) {
	return usage.Process{Proc: usage.Default, PID: c.PID}, c.PID != 0
}

// Stop ends what was started, and waits until it is gone.
func (c *Contender) Stop() error {
	if c.stop == nil {
		return nil
	}
	return c.stop()
}

// patience is how long a server may take to start, or to notice a new table.
const patience = time.Minute

// Ready waits until the contender answers a request with 2xx.
func (c *Contender) Ready(ctx context.Context, request []byte) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	again := time.NewTicker(100 * time.Millisecond)
	defer again.Stop()
	for {
		_, err := load.Once(ctx, c.Address, request)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s: %w", c.Name, context.Cause(ctx))
		case <-late.C:
			return fmt.Errorf("%s is not ready within %v: %w", c.Name, patience, err)
		case <-again.C:
		}
	}
}
