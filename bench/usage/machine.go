package usage

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// Machine describes what a measurement was made on.
type Machine struct {
	CPU    string `json:"cpu"`
	Cores  int    `json:"cores"`
	Memory int64  `json:"memory_bytes"`
	System string `json:"system"`
	Go     string `json:"go"`
}

// Machine describes this one; what cannot be read is left empty.
func (p Proc) Machine() Machine {
	m := Machine{Cores: runtime.NumCPU(), Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	if text, err := os.ReadFile(filepath.Join(string(p), "cpuinfo")); err == nil {
		m.CPU = model(text)
	}
	if text, err := os.ReadFile(filepath.Join(string(p), "meminfo")); err == nil {
		m.Memory, _ = kilobytes(text, "MemTotal:") // zero where the line is missing
	}
	if text, err := os.ReadFile(filepath.Join(string(p), "sys/kernel/osrelease")); err == nil {
		m.System += " " + strings.TrimSpace(string(text))
	}
	return m
}

// String is the description in one line.
func (m Machine) String() string {
	return fmt.Sprintf("%s, %d cores, %.0f GiB, %s, %s",
		m.CPU, m.Cores, float64(m.Memory)/(1<<30), m.System, m.Go)
}

// Busy is the processor time that everything on the machine has used since it
// started, time stolen by other machines on the same host included.
func (p Proc) Busy() (time.Duration, error) {
	const idle, wait, steal = 3, 4, 7 // guests are counted as users already
	text, err := os.ReadFile(filepath.Join(string(p), "stat"))
	if err != nil {
		return 0, fmt.Errorf("usage: %w", err)
	}
	line, _, _ := strings.Cut(string(text), "\n")
	fields := strings.Fields(line)
	if len(fields) <= steal+1 || fields[0] != "cpu" {
		return 0, fmt.Errorf("usage: the machine's stat begins with %q", line)
	}
	var sum time.Duration
	for i, field := range fields[1 : steal+2] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("usage: the machine's stat: %w", err)
		}
		if i != idle && i != wait {
			sum += time.Duration(n) * tick
		}
	}
	return sum, nil
}

func model(cpuinfo []byte) string {
	lines := bufio.NewScanner(bytes.NewReader(cpuinfo))
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
