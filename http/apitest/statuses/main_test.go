package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestListsWhatIsMissing(t *testing.T) {
	t.Parallel()
	promised, err := documented()
	require.NoError(t, err)
	require.Contains(t, promised, "GET /ping 200")
	folder := t.TempDir()
	keep := func(lines ...string) {
		require.NoError(t, os.WriteFile(filepath.Join(folder, "some.test"), []byte(strings.Join(lines, "\n")+"\n"), 0o600))
	}
	var out bytes.Buffer

	keep(promised[1:]...)
	require.ErrorContains(t, run(&out, []string{folder}), "are provoked by no test")
	require.Equal(t, promised[0]+"\n", out.String())

	keep(promised...)
	require.NoError(t, run(&out, []string{folder}))
	require.ErrorContains(t, run(&out, []string{t.TempDir()}), "run the tests first")
}
