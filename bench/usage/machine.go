package usage

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
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

func model(cpuinfo []byte) string {
	lines := bufio.NewScanner(bytes.NewReader(cpuinfo))
	for lines.Scan() {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown processor"
}
