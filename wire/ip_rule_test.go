package wire

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestParseIPRange(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"10.0.0.1":           "10.0.0.1/32",
		" 10.0.0.1 ":         "10.0.0.1/32",
		"10.0.0.0/8":         "10.0.0.0/8",
		"0.0.0.0/0":          "0.0.0.0/0",
		"2001:db8::1":        "2001:db8::1/128",
		"2001:DB8::/32":      "2001:db8::/32",
		"::ffff:192.168.0.1": "192.168.0.1/32",
	} {
		got, err := ParseIPRange("addr", text)
		require.NoError(t, err, text)
		require.Equal(t, want, got.String(), text)
	}
	for _, bad := range []string{"", "10.0.0.300", "10.0.0.0/33", "10.0.0/8", "10.0.0.1/8", "fe80::1%eth0", "::ffff:10.0.0.0/104", "example.org", "10.0.0.1-10.0.0.9", "1/8"} {
		_, err := ParseIPRange("addr", bad)
		problem, ok := AsProblem(err)
		require.True(t, ok, bad)
		require.Equal(t, InvalidRequest, problem.Code, bad)
		require.Equal(t, "addr", problem.Field, bad)
		require.Contains(t, problem.Detail, `"`+bad+`"`)
	}
}

func TestRangesOfOneRequestDoNotOverlap(t *testing.T) {
	t.Parallel()
	_, err := ParseIPRanges("addrs", []string{"10.0.0.0/8", "192.168.0.1", "10.1.0.0/16"})
	require.ErrorContains(t, err, "10.0.0.0/8 and 10.1.0.0/16")
	_, err = ParseIPRanges("addrs", []string{"10.0.0.1", "10.0.0.1/32"})
	require.ErrorContains(t, err, "overlap")
	list, err := ParseIPRanges("addrs", []string{"10.0.0.0/8", "::/0"})
	require.NoError(t, err)
	require.Len(t, list, 2)
}
