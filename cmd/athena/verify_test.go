package main

import (
	"os"
	"testing"

	"athena/bench/verify"

	"github.com/goccy/go-json"
	"github.com/stretchr/testify/require"
)

// TestChatKeepsItsPromisesWhileThingsBreak runs the checker on servers built from
// these sources. Rerun a failure with its seed in ATHENA_TEST_SEED.
func TestChatKeepsItsPromisesWhileThingsBreak(t *testing.T) {
	t.Parallel()
	h := home{dir: folder(t)}
	t.Cleanup(func() { os.RemoveAll(h.dir) })
	args := []string{"bench", "chat-verify", "--json", "--for", "8s", "--senders", "8", "--sockets", "4", "--readers", "2", "--dir", h.dir}
	if seed := os.Getenv("ATHENA_TEST_SEED"); seed != "" {
		args = append(args, "--seed", seed)
	}
	out, errs, code := h.run(t, args...)
	t.Logf("%s", errs)
	require.Zero(t, code, "%s\n%s", out, errs)
	var report verify.Report
	require.NoError(t, json.Unmarshal([]byte(out), &report))
	require.Empty(t, report.Violations)
	require.Equal(t, report.Rooms, report.Audited)
	require.Positive(t, report.Wait.N)
	c := report.Counts
	require.Positive(t, min(c.Acknowledged, c.Stored, c.Events, c.Pages, c.Prompt, c.Connections), "%+v", c)
	require.Positive(t, c.Kills+c.Restarts+c.Cuts+c.LostReplies+c.Delays)
	t.Logf("%s", report.String())
}

func TestChatVerifyRefusesNobody(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	_, errs, code := h.run(t, "bench", "chat-verify", "--senders", "0")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "a sender at least")
}
