package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Superuser is the role that owns the cluster and that URIs name.
const Superuser = "athena"

// initdb makes the cluster beside its place and moves it there when it is whole,
// so that what an interrupted run left is never taken for a cluster. It reports
// whether there was something to make.
func (c *Cluster) initdb(ctx context.Context) (bool, error) {
	if c.home.exists() {
		return false, nil
	}
	temp := c.home.data() + ".new"
	if err := c.emptyFolder(temp); err != nil {
		return false, err
	}
	if err := c.runInitdb(ctx, temp); err != nil {
		return false, errors.Join(err, os.RemoveAll(temp))
	}
	if err := os.Rename(temp, c.home.data()); err != nil {
		return false, fmt.Errorf("embedded: put the new cluster in its place: %w", err)
	}
	return true, syncPath(c.home.dir)
}

// emptyFolder makes a folder of the server's own, without what was there before.
func (c *Cluster) emptyFolder(path string) error {
	if err := os.RemoveAll(path); err != nil {
		return fmt.Errorf("embedded: clear away an unfinished cluster: %w", err)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		return fmt.Errorf("embedded: make %s: %w", filepath.Base(path), err)
	}
	return c.account.own(path)
}

func (c *Cluster) runInitdb(ctx context.Context, dir string) (err error) {
	passwordFile := dir + ".password"
	if err := writeFile(passwordFile, c.password+"\n"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(passwordFile)) }()
	if err := c.account.own(passwordFile); err != nil {
		return err
	}
	args := []string{"-D", dir, "-U", Superuser, "--pwfile", passwordFile,
		"-A", "scram-sha-256", "-E", "UTF8", "--no-locale"}
	if c.cfg.Ephemeral {
		args = append(args, "--no-sync")
	}
	out, err := c.command(ctx, "initdb", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("embedded: initdb: %w: %s", err, lastLines(string(out), 5))
	}
	return nil
}

// command prepares one of PostgreSQL's programs to run as the server's account,
// away from settings in our environment that are meant for others.
func (c *Cluster) command(ctx context.Context, program string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, c.cfg.Binaries.Path(program), args...)
	cmd.Dir = c.home.dir
	cmd.Env = []string{"LC_ALL=C", "PATH=" + c.cfg.Binaries.Dir + ":/usr/bin:/bin"}
	cmd.SysProcAttr = c.account.attributes()
	return cmd
}

// lastLines is the end of a program's output, on one line.
func lastLines(text string, n int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return strings.Join(lines[max(0, len(lines)-n):], " | ")
}
