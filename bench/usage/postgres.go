package usage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"syscall"
	"time"
)

// Postgres is a PostgreSQL server on this machine: the postmaster and all
// processes it has started.
type Postgres struct {
	proc       Proc
	postmaster int
}

// PostgresOf finds the server that a backend, by its process id, belongs to.
func PostgresOf(proc Proc, backend int) (Postgres, error) {
	s, err := proc.stat(backend)
	if err != nil {
		return Postgres{}, fmt.Errorf("find the postmaster of backend %d: %w", backend, err)
	}
	return Postgres{proc: proc, postmaster: s.parent}, nil
}

// CPU is the processor time that the server has used since it started.
func (p Postgres) CPU() (time.Duration, error) {
	master, err := p.proc.stat(p.postmaster)
	if err != nil {
		return 0, err
	}
	pids, err := p.proc.pids()
	if err != nil {
		return 0, err
	}
	sum := master.own + master.reaped
	for _, pid := range pids {
		s, err := p.proc.stat(pid)
		switch {
		case gone(err): // it ended while we looked, and counts as reaped next time
		case err != nil:
			return 0, err
		case s.parent == p.postmaster:
			sum += s.own + s.reaped
		}
	}
	return sum, nil
}

func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}

func (p Proc) pids() ([]int, error) {
	entries, err := os.ReadDir(string(p))
	if err != nil {
		return nil, fmt.Errorf("usage: %w", err)
	}
	pids := make([]int, 0, len(entries))
	for _, entry := range entries {
		if pid, err := strconv.Atoi(entry.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids, nil
}
