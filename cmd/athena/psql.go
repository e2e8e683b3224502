package main

import (
	"context"
	"errors"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"slices"
)

type psqlCommand struct {
	Name string   `arg:"" help:"Name of the client, or that of the control database."`
	Args []string `arg:"" optional:"" passthrough:"" help:"Arguments for psql, after --."`
}

// Run opens psql on a client's database.
func (c *psqlCommand) Run(ctx context.Context, p *program) error {
	// An interrupt is for psql, which ends the query under way and not itself.
	signal.Ignore(os.Interrupt)
	return withControl(ctx, p, func(control *control) error {
		uri, err := control.clientURI(ctx, p, c.Name)
		if err != nil {
			return err
		}
		address, password, err := forPsql(uri)
		if err != nil {
			return err
		}
		args := c.Args
		if len(args) > 0 && args[0] == "--" {
			args = args[1:]
		}
		command := exec.CommandContext(ctx, control.psql(), append([]string{"-d", address}, args...)...)
		command.Stdin, command.Stdout, command.Stderr = os.Stdin, p.out, p.err
		command.Env = append(os.Environ(), "PGPASSWORD="+password)
		return command.Run()
	})
}

// psql is the program of the embedded server's own version, where there is one.
func (c *control) psql() string {
	if c.cluster != nil {
		path := c.cluster.Binaries().Path("psql")
		if info, err := os.Stat(path); err == nil && info.Mode()&0o111 != 0 {
			return path
		}
	}
	return "psql"
}

// understood are the parameters of an address that psql knows too; it refuses an
// address with any other.
var understood = []string{
	"host", "port", "sslmode", "sslrootcert", "sslcert", "sslkey", "channel_binding",
	"application_name", "connect_timeout", "options", "target_session_attrs",
}

// forPsql gives an address for psql's command line, which everybody on the
// machine can read, and the password apart from it.
func forPsql(uri string) (address, password string, err error) {
	u, err := url.Parse(uri)
	if err != nil {
		return "", "", errors.New("the client's address cannot be parsed") // the cause may repeat the password
	}
	query := u.Query()
	password = query.Get("password")
	if u.User != nil {
		if own, ok := u.User.Password(); ok {
			password = own
		}
		u.User = url.User(u.User.Username())
	}
	for name := range query {
		if !slices.Contains(understood, name) {
			query.Del(name)
		}
	}
	u.RawQuery = query.Encode()
	return u.String(), password, nil
}
