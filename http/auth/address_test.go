package auth

import (
	"net"
	"net/netip"
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/valyala/fasthttp"
)

func prefixes(texts ...string) []netip.Prefix {
	var list []netip.Prefix
	for _, text := range texts {
		list = append(list, netip.MustParsePrefix(text))
	}
	return list
}

func TestRanges(t *testing.T) {
	t.Parallel()
	set := newRanges(prefixes("10.0.0.0/8", "192.168.1.7/32", "2001:db8::/32", "::1/128"))
	for text, want := range map[string]bool{
		"10.255.0.1": true, "11.0.0.1": false, "192.168.1.7": true, "192.168.1.8": false,
		"2001:db8:1::": true, "2001:db9::": false, "::1": true, "::2": false,
	} {
		require.Equal(t, want, set.has(netip.MustParseAddr(text)), text)
		require.Equal(t, !want, set.lacks(netip.MustParseAddr(text)), text)
	}
	require.False(t, set.has(netip.Addr{}))
	require.True(t, set.lacks(netip.Addr{}), "an unknown address lies in no list")

	none := newRanges(nil)
	require.False(t, none.has(netip.MustParseAddr("10.0.0.1")))
	require.False(t, none.lacks(netip.MustParseAddr("10.0.0.1")), "an empty list restricts nobody")
	all := newRanges(prefixes("0.0.0.0/0"))
	require.True(t, all.has(netip.MustParseAddr("8.8.8.8")))
	require.False(t, all.has(netip.MustParseAddr("::8")), "all of IPv4 is nothing of IPv6")
}

func TestCallerAddr(t *testing.T) {
	t.Parallel()
	proxies := prefixes("10.0.0.0/8", "fd00::/8")
	for _, tc := range []struct {
		name, remote string
		forwarded    []string
		want         string
	}{
		{"direct", "1.2.3.4", nil, "1.2.3.4"},
		{"a stranger's header counts for nothing", "1.2.3.4", []string{"9.9.9.9"}, "1.2.3.4"},
		{"behind a proxy", "10.0.0.1", []string{"1.2.3.4"}, "1.2.3.4"},
		{"what the caller wrote before it counts for nothing", "10.0.0.1", []string{"9.9.9.9, 1.2.3.4"}, "1.2.3.4"},
		{"behind two proxies", "10.0.0.1", []string{"9.9.9.9, 1.2.3.4, 10.0.0.2"}, "1.2.3.4"},
		{"in several headers", "10.0.0.1", []string{"9.9.9.9", "1.2.3.4", "10.0.0.2"}, "1.2.3.4"},
		{"proxies alone", "10.0.0.1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},
		{"a proxy that tells nothing", "10.0.0.1", nil, "10.0.0.1"},
		{"rubbish hides nobody", "10.0.0.1", []string{"1.2.3.4, unknown"}, "10.0.0.1"},
		{"rubbish behind a proxy", "10.0.0.1", []string{"unknown, 10.0.0.2"}, "10.0.0.2"},
		{"with a port", "10.0.0.1", []string{"1.2.3.4:5678"}, "1.2.3.4"},
		{"IPv6", "fd00::1", []string{"2001:db8::7"}, "2001:db8::7"},
		{"IPv6 in brackets", "fd00::1", []string{"[2001:db8::7]:443"}, "2001:db8::7"},
		{"IPv4 in IPv6", "::ffff:10.0.0.1", []string{"::ffff:1.2.3.4"}, "1.2.3.4"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			rc := from(tc.remote)
			for _, value := range tc.forwarded {
				rc.Request.Header.Add("X-Forwarded-For", value)
			}
			require.Equal(t, tc.want, callerAddr(rc, proxies).String())
		})
	}
}

func TestConnectionWithoutAddress(t *testing.T) {
	t.Parallel()
	rc := &fasthttp.RequestCtx{}
	rc.SetRemoteAddr(&net.UnixAddr{Name: "/run/athena.sock", Net: "unix"})
	require.False(t, callerAddr(rc, prefixes("0.0.0.0/0")).IsValid())
}

// from is a request that arrived from an address.
func from(addr string) *fasthttp.RequestCtx {
	rc := &fasthttp.RequestCtx{}
	rc.SetRemoteAddr(net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(addr), 40000)))
	return rc
}
