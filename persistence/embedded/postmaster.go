package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// postmaster is what a server's main process writes into postmaster.pid. Zero
// stands for none.
type postmaster struct {
	pid, port int
	ready     bool
}

// readPostmaster reads the file, which the server writes in several steps: what
// is not there yet is zero.
func readPostmaster(data string) postmaster {
	text, err := os.ReadFile(pidFile(data))
	if err != nil {
		return postmaster{}
	}
	lines := append(strings.Split(string(text), "\n"), make([]string, 8)...)
	number := func(i int) int {
		n, err := strconv.Atoi(strings.TrimSpace(lines[i]))
		if err != nil {
			return 0
		}
		return n
	}
	return postmaster{pid: number(0), port: number(3), ready: strings.TrimSpace(lines[7]) == "ready"}
}

func pidFile(data string) string { return filepath.Join(data, "postmaster.pid") }

const (
	// strayPatience is how long a server gets for an orderly end before it is
	// made to stop at once; the next start then recovers.
	strayPatience = time.Minute
	pollEvery     = 10 * time.Millisecond
)

// endStray ends a server that outlived its owner and waits until its process is
// gone, which under a slow init takes a while longer than its work. The caller
// holds the folder's lock, so that a server found here is nobody's.
func endStray(ctx context.Context, data string, log *slog.Logger) error {
	signal, began := syscall.SIGINT, time.Now()
	told := syscall.Signal(0)
	for {
		pid := readPostmaster(data).pid
		if pid == 0 || !exists(pid) {
			return nil
		}
		switch serverOn(pid, data) {
		case foreign:
			return forget(data)
		case ours:
			if told != signal {
				log.Info("ending a PostgreSQL server that an earlier run left", "pid", pid, "signal", signal)
				told = signal
				// It may be gone by now, which the next round sees.
				_ = syscall.Kill(pid, signal)
			}
		case unclear: // on its way in or out
		}
		if time.Since(began) > strayPatience {
			signal = syscall.SIGQUIT
		}
		if err := pause(ctx, pollEvery); err != nil {
			return fmt.Errorf("embedded: wait for the earlier server (process %d) to end: %w", pid, err)
		}
	}
}

// exists tells whether there is such a process, be it a zombie.
func exists(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// forget removes a process file whose number has gone to another program, as
// happens after a restart of the machine or container. The server would take that
// program for itself and not start. Should one be alive after all, the server's
// second interlock, its shared memory, still stops a new one.
func forget(data string) error {
	if err := os.Remove(pidFile(data)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("embedded: remove a stale postmaster.pid: %w", err)
	}
	return nil
}

// kinship is what a process has to do with a data folder.
type kinship int

const (
	unclear kinship = iota // cannot be told, as of a zombie
	ours                   // it is the folder's server
	foreign                // it is something else
)

// pause waits for d or for the end of ctx, which it reports.
func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
