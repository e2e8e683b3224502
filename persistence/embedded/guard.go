package embedded

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"syscall"
)

// guard is a small process that waits at the end of a pipe which we hold open.
// When we are gone, however that came, it reads the end of the pipe and shuts the
// server down. It works the same on every Unix, unlike the kernel's own means.
type guard struct {
	cmd  *exec.Cmd
	hold *os.File
}

const (
	endServer = `read -r released || kill -INT "$1"`
	// A throwaway server needs no orderly end, and its folder goes with it. The
	// wait is bounded because a zombie may stay for ever under some inits.
	endThrowaway = `read -r released && exit
kill -QUIT "$1"
n=0
while kill -0 "$1" 2>/dev/null && [ $n -lt 50 ]; do sleep 0.1; n=$((n+1)); done
rm -rf "$2" "$3"`
)

func (c *Cluster) newGuard(pid int) (*guard, error) {
	script := endServer
	if c.cfg.Ephemeral {
		script = endThrowaway
	}
	wait, hold, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("embedded: make the guard's pipe: %w", err)
	}
	cmd := exec.Command("/bin/sh", "-c", script, "athena-guard", strconv.Itoa(pid), c.home.dir, c.home.socket())
	cmd.Dir = "/"
	cmd.Stdin = wait
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = errors.Join(cmd.Start(), wait.Close())
	if err != nil {
		return nil, fmt.Errorf("embedded: start the guard: %w", errors.Join(err, hold.Close()))
	}
	return &guard{cmd: cmd, hold: hold}, nil
}

// release sends the guard home: the server it watched has ended. That the guard
// was killed before is no failure, so its end is not looked at.
func (g *guard) release() {
	_, _ = g.hold.WriteString("released\n")
	_ = g.hold.Close()
	_ = g.cmd.Wait()
}
