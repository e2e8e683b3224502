package usage

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// tick is the unit of times in /proc: USER_HZ is 100 on every Linux that Go
// runs on.
const tick = 10 * time.Millisecond

// Proc is a mounted /proc file system.
type Proc string

// Default is where Linux keeps it.
const Default Proc = "/proc"

// stat is what /proc/PID/stat tells of a process.
type stat struct {
	parent int
	own    time.Duration // user and system time of the process
	reaped time.Duration // the same of its children that were waited for
}

func (p Proc) stat(pid int) (stat, error) {
	text, err := os.ReadFile(p.path(pid, "stat"))
	if err != nil {
		return stat{}, fmt.Errorf("usage: %w", err)
	}
	return parseStat(text)
}

func (p Proc) path(pid int, file string) string {
	return filepath.Join(string(p), strconv.Itoa(pid), file)
}

// parseStat reads the fields after the name, which is in parentheses and may
// itself hold spaces and parentheses.
func parseStat(text []byte) (stat, error) {
	const parent, utime, stime, cutime, cstime = 1, 11, 12, 13, 14
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) <= cstime {
		return stat{}, fmt.Errorf("usage: stat has %d fields after the name", len(fields))
	}
	var numbers [cstime + 1]int
	for _, i := range []int{parent, utime, stime, cutime, cstime} {
		n, err := strconv.Atoi(string(fields[i]))
		if err != nil {
			return stat{}, fmt.Errorf("usage: stat field %d: %w", i, err)
		}
		numbers[i] = n
	}
	return stat{
		parent: numbers[parent],
		own:    time.Duration(numbers[utime]+numbers[stime]) * tick,
		reaped: time.Duration(numbers[cutime]+numbers[cstime]) * tick,
	}, nil
}
