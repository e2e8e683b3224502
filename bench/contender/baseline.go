package contender

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// DatabaseVariable tells the baseline's process its database. A flag would show
// the password to everybody on the machine.
const DatabaseVariable = "BENCH_DATABASE"

// StartBaseline runs this same program as the baseline.
func StartBaseline(ctx context.Context, database string) (*Contender, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("find this program: %w", err)
	}
	// The end of ctx is not its end: Stop is, which lets it finish.
	command := exec.CommandContext(context.WithoutCancel(ctx), self, Baseline)
	command.Env = append(os.Environ(), DatabaseVariable+"="+database)
	command.Stderr = os.Stderr
	out, err := command.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the baseline: %w", err)
	}
	// The baseline ends when this end of its input is closed, even if by our death.
	if _, err := command.StdinPipe(); err != nil {
		return nil, fmt.Errorf("start the baseline: %w", err)
	}
	if err := command.Start(); err != nil {
		return nil, fmt.Errorf("start the baseline: %w", err)
	}
	p := &process{command: command, ended: make(chan error, 1)}
	address, err := bufio.NewReader(out).ReadString('\n')
	go func() { p.ended <- command.Wait() }()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("the baseline did not start: %w", err), p.stop())
	}
	return &Contender{
		Name: Baseline, Address: strings.TrimSpace(address), PID: command.Process.Pid,
		Headers: headersOf("demo", "none"),
		stop:    p.stop,
		sessions: func(_ context.Context, i int) (Session, error) {
			return Session{Token: user(i), User: user(i)}, nil
		},
	}, nil
}

func user(i int) string { return fmt.Sprintf("bench-user-%d", i) }
