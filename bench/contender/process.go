package contender

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// grace is how long a process may take to stop when asked to.
const grace = 30 * time.Second

// process is a child that was started.
type process struct {
	command *exec.Cmd
	ended   chan error
}

func launch(command *exec.Cmd) (*process, error) {
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command.Path, err)
	}
	p := &process{command: command, ended: make(chan error, 1)}
	go func() { p.ended <- command.Wait() }()
	return p, nil
}

// stop asks the process to end, and ends it if it does not.
func (p *process) stop() error {
	if err := p.command.Process.Signal(syscall.SIGTERM); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return fmt.Errorf("stop %s: %w", p.command.Path, err)
	}
	select {
	case err := <-p.ended:
		if err != nil {
			return fmt.Errorf("%s ended: %w", p.command.Path, err)
		}
		return nil
	case <-time.After(grace):
		return errors.Join(fmt.Errorf("%s did not stop within %v", p.command.Path, grace), p.command.Process.Kill())
	}
}
