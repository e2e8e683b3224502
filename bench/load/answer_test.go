package load

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseAnswer(t *testing.T) {
	t.Parallel()
	const head = "HTTP/1.1 200 OK\r\nServer: x\r\ncontent-length: 3\r\n\r\n"
	for _, tc := range []struct {
		name, in, body, fails string
		complete              bool
	}{
		{name: "nothing yet"},
		{name: "half a head", in: head[:30]},
		{name: "no body yet", in: head},
		{name: "half a body", in: head + "ab"},
		{name: "whole", in: head + "abc", body: "abc", complete: true},
		{name: "too much", in: head + "abcd", fails: "1 bytes after"},
		{name: "no length", in: "HTTP/1.1 200 OK\r\nA: b\r\n\r\n", fails: "without Content-Length"},
		{name: "bad length", in: "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", fails: "Content-Length"},
		{name: "not HTTP", in: "SSH-2.0\r\n\r\n", fails: "not an HTTP/1.1 answer"},
		{name: "bad status", in: "HTTP/1.1 2x0 OK\r\n\r\n", fails: "status"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			status, body, complete, err := parseAnswer([]byte(tc.in))
			if tc.fails != "" {
				require.ErrorContains(t, err, tc.fails)
				return
			}
			require.NoError(t, err)
			require.Equal(t, tc.complete, complete)
			if complete {
				require.Equal(t, 200, status)
				require.Equal(t, tc.body, string(body))
			}
		})
	}
}
