package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"athena/persistence/embedded"
	"athena/persistence/migrate"

	"github.com/jackc/pgx/v5"
)

type doctorCommand struct {
	JSON bool `help:"Print JSON."`
}

// finding is one thing that was looked at.
type finding struct {
	Check  string `json:"check"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	// Advice says what to do, where something is wrong.
	Advice string `json:"advice,omitempty"`
}

func fine(check, format string, args ...any) finding {
	return finding{Check: check, OK: true, Detail: fmt.Sprintf(format, args...)}
}

func wrong(check, advice, format string, args ...any) finding {
	return finding{Check: check, Detail: fmt.Sprintf(format, args...), Advice: advice}
}

// Run checks everything, and fails when something is wrong.
func (c *doctorCommand) Run(ctx context.Context, p *program) error {
	findings := examine(ctx, p)
	var lines []string
	bad := 0
	for _, f := range findings {
		mark := "ok  "
		if !f.OK {
			mark = "FAIL"
			bad++
		}
		lines = append(lines, fmt.Sprintf("%s  %-16s %s", mark, f.Check, f.Detail))
		if f.Advice != "" {
			lines = append(lines, "                        "+f.Advice)
		}
	}
	if err := p.print(c.JSON, findings, strings.Join(lines, "\n")); err != nil {
		return err
	}
	if bad > 0 {
		return fmt.Errorf("%d of %d checks failed", bad, len(findings))
	}
	return nil
}

// examine looks at everything; without settings there is nothing else to look at.
func examine(ctx context.Context, p *program) []finding {
	if p.configErr != nil {
		return []finding{wrong("configuration", "mend or remove the setting that it names", "%v", p.configErr)}
	}
	findings := []finding{
		fine("configuration", "every setting is understood"),
		checkDataDir(&p.config), checkDisk(&p.config), checkPort(&p.config),
	}
	if p.config.Control.URI == "" {
		findings = append(findings, checkBinaries(&p.config))
	}
	findings = append(findings, checkRemote(ctx, &p.config)...)
	if p.config.Cache.RedisURL != "" {
		findings = append(findings, checkRedis(ctx, &p.config))
	}
	return append(findings, checkDatabases(ctx, p)...)
}

func checkDataDir(config *Config) finding {
	const check = "data folder"
	info, err := os.Stat(config.DataDir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fine(check, "%s is made at the first start", config.DataDir)
	case err != nil:
		return wrong(check, "give this user access to it, or set data_dir", "%v", err)
	case !info.IsDir():
		return wrong(check, "set data_dir to a folder", "%s is not a folder", config.DataDir)
	}
	probe, err := os.CreateTemp(config.DataDir, ".doctor-*")
	if err != nil {
		return wrong(check, "give this user the right to write there, or set data_dir", "%v", err)
	}
	probe.Close()
	if err := os.Remove(probe.Name()); err != nil {
		return wrong(check, "give this user the right to remove files there", "%v", err)
	}
	return fine(check, "%s can be written", config.DataDir)
}

// leastDisk is what a database needs to work without running into the end.
const leastDisk = 1 << 30

func checkDisk(config *Config) finding {
	const check = "disk"
	dir := config.DataDir
	for !exists(dir) && filepath.Dir(dir) != dir {
		dir = filepath.Dir(dir)
	}
	var fs syscall.Statfs_t
	if err := syscall.Statfs(dir, &fs); err != nil {
		return wrong(check, "look at the file system of data_dir", "%v", err)
	}
	free := uint64(fs.Bavail) * uint64(fs.Bsize) //nolint:unconvert // the types differ between systems
	if free < leastDisk {
		return wrong(check, "make room, or set data_dir to a larger disk", "%d MiB are free at %s", free>>20, dir)
	}
	return fine(check, "%d GiB are free at %s", free>>30, dir)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func checkPort(config *Config) finding {
	const check = "port"
	listener, err := net.Listen("tcp", config.Listen)
	if err == nil {
		listener.Close()
		return fine(check, "%s is free", config.Listen)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return fine(check, "%s is in use; that is right while Athena runs", config.Listen)
	}
	return wrong(check, "set listen to an address of this machine", "%v", err)
}

func checkBinaries(config *Config) finding {
	const check = "postgres"
	found, err := embedded.Find(config.clusterConfig(nil).Search...)
	if err != nil {
		return wrong(check, "run cmd/setup/postgres.sh, or install PostgreSQL's server package", "%v", err)
	}
	return fine(check, "version %d in %s", found.Major, found.Dir)
}

// checkDatabases looks at the control database and at every client's. Before the
// first start there is none to look at.
func checkDatabases(ctx context.Context, p *program) []finding {
	if p.config.Control.URI == "" && !exists(p.config.clusterDir()) {
		return []finding{fine("control", "it is made at the first start")}
	}
	var findings []finding
	err := withControl(ctx, p, func(c *control) error {
		findings = append(findings, checkMigrations(ctx, c))
		list, err := c.clients().List(ctx)
		for _, client := range list {
			findings = append(findings, checkClient(ctx, p, c, client.ClientName))
		}
		for name := range p.config.PostgresClients {
			findings = append(findings, checkClient(ctx, p, c, name))
		}
		if p.config.Gateway.AuthClient != "" && p.config.Auth.URL == "" {
			findings = append(findings, checkSessions(ctx, p, c))
		}
		return err
	})
	if err != nil {
		findings = append(findings, wrong("control", "check control.uri and that the database is up", "%v", err))
	}
	return findings
}

func checkMigrations(ctx context.Context, c *control) finding {
	steps, err := migrate.Status(ctx, c.uri, migrate.ControlList())
	if err != nil {
		return wrong("control", "check that the control database is up", "%v", err)
	}
	for _, step := range steps {
		if step.Applied.IsZero() {
			return wrong("control", "run `athena migrate`, or start the server", "migration %d is not applied", step.Version)
		}
	}
	return fine("control", "up to date, %d migrations", len(steps))
}

// clientTimeout is the longest that a client's database may take to answer.
const clientTimeout = 5 * time.Second

func checkClient(ctx context.Context, p *program, c *control, name string) finding {
	check := "client " + name
	uri, err := c.clientURI(ctx, p, name)
	if err != nil {
		return wrong(check, "set the variable, or change the client's address", "%v", err)
	}
	ctx, cancel := context.WithTimeout(ctx, clientTimeout)
	defer cancel()
	conn, err := pgx.Connect(ctx, uri)
	if err != nil {
		return wrong(check, "check the address, and that the database is up", "it cannot be reached")
	}
	defer conn.Close(context.WithoutCancel(ctx))
	var server string
	if err := conn.QueryRow(ctx, "SHOW server_version").Scan(&server); err != nil {
		return wrong(check, "look at the database's own log", "%v", err)
	}
	return fine(check, "answers, PostgreSQL %s", server)
}
