package usage

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Process is one process. Its children are not counted.
type Process struct {
	Proc Proc
	PID  int
}

// CPU is the processor time used since the process started.
func (p Process) CPU() (time.Duration, error) {
	s, err := p.Proc.stat(p.PID)
	return s.own, err
}

// RSS is the resident memory in bytes.
func (p Process) RSS() (int64, error) {
	text, err := os.ReadFile(p.Proc.path(p.PID, "status"))
	if err != nil {
		return 0, fmt.Errorf("usage: %w", err)
	}
	return kilobytes(text, "VmRSS:")
}

// kilobytes finds a line such as "VmRSS:   1024 kB" and gives it in bytes.
func kilobytes(text []byte, name string) (int64, error) {
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		value, found := strings.CutPrefix(lines.Text(), name)
		if !found {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("usage: %s %w", name, err)
		}
		return n << 10, nil
	}
	return 0, fmt.Errorf("usage: no line %s", name)
}
