package main

import (
	"io"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTwoPeopleTalkInTheTerminal(t *testing.T) {
	t.Parallel()
	n := newTwoNodes(t)
	require.Equal(t, 201, n.send(t, n.here, "ann", "before").status)
	h := newHome(t)
	terminal := func(p *process, user string) (*process, io.WriteCloser) {
		cmd := h.command("chat", n.room, "--url", "http://"+p.address, "--token", n.tokens[user])
		in, err := cmd.StdinPipe()
		require.NoError(t, err)
		shown := newTranscript()
		cmd.Stdout, cmd.Stderr = shown, shown
		require.NoError(t, cmd.Start())
		q := &process{cmd: cmd, errs: shown, ended: make(chan struct{})}
		go func() { q.failure = cmd.Wait(); close(q.ended) }()
		t.Cleanup(func() { _ = cmd.Process.Kill(); <-q.ended })
		return q, in
	}
	ann, annTypes := terminal(n.here, "ann")
	bob, bobTypes := terminal(n.there, "bob")
	for _, who := range []*process{ann, bob} {
		who.await(t, regexp.MustCompile(`1  ann: (before)`))
	}
	_, err := io.WriteString(bobTypes, "hello from bob\n")
	require.NoError(t, err)
	ann.await(t, regexp.MustCompile(`2  bob: (hello from bob)`))
	require.NoError(t, annTypes.Close())
	<-ann.ended
	require.NoError(t, ann.failure, ann.errs.String())

	_, errs, code := h.run(t, "chat", n.room, "--url", "http://"+n.here.address, "--token", "wrong")
	require.Equal(t, 1, code)
	require.Contains(t, errs, "session")
}
