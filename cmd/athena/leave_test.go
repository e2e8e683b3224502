package main

import (
	"fmt"
	"net"
	"regexp"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestClientWhoLeavesCancelsItsStatement(t *testing.T) {
	t.Parallel()
	h := installed(t)
	p := serve(t, h)
	uri := h.succeed(t, "client", "uri", "demo")
	release := hold(t, uri)
	defer release()

	conn, err := net.Dial("tcp", p.address)
	require.NoError(t, err)
	_, err = fmt.Fprintf(conn, "POST /gateway/query HTTP/1.1\r\nHost: athena\r\nX-Athena-Client: demo\r\napikey: %s\r\nContent-Length: %d\r\n\r\n%s",
		credentialsOf(t).key, len(lockStatement), lockStatement)
	require.NoError(t, err)
	awaitWaiting(t, uri, true)
	require.NoError(t, conn.Close())
	awaitWaiting(t, uri, false)
	p.await(t, regexp.MustCompile(`path=/gateway/query status=499`)) // not the statement's own timeout
}
