package main

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the README's table of settings anew")

const (
	readme     = "../../README.md"
	tableBegin = "<!-- settings: written by go test ./cmd/athena -run Readme -update -->\n"
	tableEnd   = "<!-- /settings -->"
)

// TestReadmeListsEverySetting keeps the README's table in step with the program.
func TestReadmeListsEverySetting(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(readme)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(text), tableBegin)
	require.True(t, ok, "the README has the mark where the table begins")
	_, after, ok := strings.Cut(rest, tableEnd)
	require.True(t, ok, "the README has the mark where the table ends")
	want := before + tableBegin + settingsTable() + tableEnd + after
	if *update {
		require.NoError(t, os.WriteFile(readme, []byte(want), 0o644))
		return
	}
	require.Equal(t, want, string(text), "run go test ./cmd/athena -run Readme -update")
}

func settingsTable() string {
	var b strings.Builder
	b.WriteString("| setting | environment | default | what it is |\n| --- | --- | --- | --- |\n")
	for _, s := range settings() {
		preset := s.preset
		if preset != "" {
			preset = "`" + preset + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `%s` | %s | %s |\n", s.path, s.env, preset, s.help)
	}
	return b.String()
}
