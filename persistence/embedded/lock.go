package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// ErrInUse is what Open reports when another process has the cluster open.
var ErrInUse = errors.New("the cluster is in use")

// lock is the ownership of a cluster's folder. The kernel gives it up with the
// process, however that ends, and no child inherits it.
type lock struct{ file *os.File }

// takeLock takes the lock at once or says who has it.
func takeLock(path string) (*lock, error) {
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("embedded: open the lock: %w", err)
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(refusal(path, err), file.Close())
	}
	if err := errors.Join(file.Truncate(0), writePID(file)); err != nil {
		return nil, fmt.Errorf("embedded: write the lock: %w", errors.Join(err, file.Close()))
	}
	return &lock{file: file}, nil
}

func writePID(file *os.File) error {
	_, err := fmt.Fprintln(file, os.Getpid())
	return err
}

func refusal(path string, err error) error {
	if !errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("embedded: lock %s: %w", path, err)
	}
	holder := "another process"
	if text, err := os.ReadFile(path); err == nil && len(text) > 0 {
		holder = "process " + strings.TrimSpace(string(text))
	}
	return fmt.Errorf("embedded: %s: %w by %s", filepath.Dir(path), ErrInUse, holder)
}

// release gives the folder up. It unlocks before it closes: a child that another
// goroutine forks at this moment shares the open file until it execs, and would
// keep the lock that long.
func (l *lock) release() error {
	return errors.Join(syscall.Flock(int(l.file.Fd()), syscall.LOCK_UN), l.file.Close())
}
