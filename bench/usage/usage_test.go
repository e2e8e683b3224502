package usage_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"athena/bench/usage"

	"github.com/stretchr/testify/require"
)

// process writes the files of a process; times are in hundredths of a second.
func process(t *testing.T, proc usage.Proc, pid, parent, user, system, childUser, childSystem int) {
	t.Helper()
	dir := filepath.Join(string(proc), strconv.Itoa(pid))
	require.NoError(t, os.MkdirAll(dir, 0o755))
	stat := fmt.Sprintf("%d (postgres: a) b) S %d 1 1 0 -1 4194304 101 0 0 0 %d %d %d %d 20 0 1 0 9 9\n",
		pid, parent, user, system, childUser, childSystem)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "stat"), []byte(stat), 0o644))
}

func TestPostgresIsThePostmasterItsChildrenAndTheReaped(t *testing.T) {
	t.Parallel()
	proc := usage.Proc(t.TempDir())
	process(t, proc, 10, 1, 1, 2, 300, 400) // postmaster
	process(t, proc, 11, 10, 20, 30, 0, 0)  // a backend
	process(t, proc, 12, 10, 5, 5, 1, 1)    // an archiver with a child of its own
	process(t, proc, 13, 1, 9000, 0, 0, 0)  // a stranger
	require.NoError(t, os.MkdirAll(filepath.Join(string(proc), "14"), 0o755), "one that ended while we look")
	server, err := usage.PostgresOf(proc, 11)
	require.NoError(t, err)

	before, err := server.CPU()
	require.NoError(t, err)
	require.Equal(t, (3+700+50+12)*10*time.Millisecond, before)

	require.NoError(t, os.RemoveAll(filepath.Join(string(proc), "11")))
	process(t, proc, 10, 1, 1, 2, 325, 430) // the backend ended after 5 more
	after, err := server.CPU()
	require.NoError(t, err)
	require.Equal(t, 50*time.Millisecond, after-before)
}

func TestBrokenStat(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "7 (x) S 1", "7 (x) S 1 1 1 0 -1 0 0 0 0 0 many 2 3 4 5"} {
		proc := usage.Proc(t.TempDir())
		dir := filepath.Join(string(proc), "7")
		require.NoError(t, os.MkdirAll(dir, 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(dir, "stat"), []byte(text), 0o644))
		_, err := usage.Process{Proc: proc, PID: 7}.CPU()
		require.Error(t, err, text)
	}
}

func TestNobodyThere(t *testing.T) {
	t.Parallel()
	nobody := usage.Process{Proc: usage.Proc(t.TempDir()), PID: 1}
	_, err := nobody.CPU()
	require.Error(t, err)
	_, err = nobody.RSS()
	require.Error(t, err)
	_, err = usage.PostgresOf(nobody.Proc, 1)
	require.Error(t, err)
}

func TestThisProcess(t *testing.T) {
	t.Parallel()
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("no /proc on this system")
	}
	me := usage.Process{Proc: usage.Default, PID: os.Getpid()}
	before, err := me.CPU()
	require.NoError(t, err)
	for after := before; after < before+50*time.Millisecond; { // ends by working
		after, err = me.CPU()
		require.NoError(t, err)
	}
	rss, err := me.RSS()
	require.NoError(t, err)
	require.Greater(t, rss, int64(1<<20))
}

func TestMachine(t *testing.T) {
	t.Parallel()
	proc := usage.Proc(t.TempDir())
	for name, text := range map[string]string{
		"cpuinfo":              "processor\t: 0\nmodel name\t: Some CPU 3000\n",
		"meminfo":              "MemTotal:       2097152 kB\nMemFree: 1 kB\n",
		"sys/kernel/osrelease": "6.1.0\n",
	} {
		path := filepath.Join(string(proc), name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o644))
	}
	m := proc.Machine()
	require.Equal(t, "Some CPU 3000", m.CPU)
	require.EqualValues(t, 2<<30, m.Memory)
	require.Contains(t, m.String(), "2 GiB")
	require.Contains(t, m.System, "6.1.0")
	require.Empty(t, usage.Proc(t.TempDir()).Machine().CPU)
}

func TestBusyLeavesOutIdleAndGuests(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"cpu  1 2 4 1000 2000 8 16 32 7 7\ncpu0 9 9 9 9 9 9 9 9 9 9\n": 630 * time.Millisecond,
		"cpu  1 2 4 1000 2000 8 16\n":                                  -1,
		"cpu  1 2 4 1000 2000 8 many 32 7 7\n":                         -1,
		"intr 1 2 3 4 5 6 7 8 9\n":                                     -1,
		"":                                                             -1,
	} {
		proc := usage.Proc(t.TempDir())
		require.NoError(t, os.WriteFile(filepath.Join(string(proc), "stat"), []byte(text), 0o644))
		busy, err := proc.Busy()
		if want < 0 {
			require.Error(t, err, text)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, want, busy)
	}
	_, err := usage.Proc(t.TempDir()).Busy()
	require.Error(t, err)
}
