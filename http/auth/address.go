package auth

import (
	"bytes"
	"net"
	"net/netip"
	"slices"
	"strings"

	"github.com/valyala/fasthttp"
)

// ranges is a set of address ranges; nil is the empty one. Looking an address up
// costs one map access for each length of prefix in the set, however many ranges
// there are.
type ranges struct {
	prefixes map[netip.Prefix]struct{}
	lengths4 []int
	lengths6 []int
}

func newRanges(list []netip.Prefix) *ranges {
	if len(list) == 0 {
		return nil
	}
	r := &ranges{prefixes: make(map[netip.Prefix]struct{}, len(list))}
	for _, p := range list {
		r.prefixes[p] = struct{}{}
		lengths := &r.lengths6
		if p.Addr().Is4() {
			lengths = &r.lengths4
		}
		if !slices.Contains(*lengths, p.Bits()) {
			*lengths = append(*lengths, p.Bits())
		}
	}
	return r
}

func newRangesByClient(lists map[string][]netip.Prefix) map[string]*ranges {
	sets := make(map[string]*ranges, len(lists))
	for client, list := range lists {
		sets[client] = newRanges(list)
	}
	return sets
}

// has reports whether the set holds an address. An address that is not known lies
// in no range.
func (r *ranges) has(addr netip.Addr) bool {
	if r == nil || !addr.IsValid() {
		return false
	}
	lengths := r.lengths6
	if addr.Is4() {
		lengths = r.lengths4
	}
	for _, bits := range lengths {
		p, err := addr.Prefix(bits)
		if err != nil {
			continue
		}
		if _, ok := r.prefixes[p]; ok {
			return true
		}
	}
	return false
}

// lacks reports whether the set restricts callers and does not hold the address.
func (r *ranges) lacks(addr netip.Addr) bool { return r != nil && !r.has(addr) }

// callerAddr gives the address of whoever sent the request. X-Forwarded-For is
// believed only as far as trusted proxies wrote it: from its end, past every
// proxy, to the first address that is none. It is invalid where the connection
// has no address.
func callerAddr(rc *fasthttp.RequestCtx, proxies []netip.Prefix) netip.Addr {
	addr := connected(rc.RemoteAddr())
	if len(proxies) == 0 || !trusted(addr, proxies) {
		return addr
	}
	hops := rc.Request.Header.PeekAll("X-Forwarded-For")
	for _, header := range slices.Backward(hops) {
		list := bytes.Split(header, []byte{','})
		for _, hop := range slices.Backward(list) {
			before, ok := parseHop(string(hop))
			if !ok {
				return addr
			}
			if addr = before; !trusted(addr, proxies) {
				return addr
			}
		}
	}
	return addr
}

func connected(remote net.Addr) netip.Addr {
	tcp, ok := remote.(*net.TCPAddr)
	if !ok {
		return netip.Addr{}
	}
	return plain(tcp.AddrPort().Addr())
}

// parseHop reads one entry of X-Forwarded-For; some proxies add the port.
func parseHop(text string) (netip.Addr, bool) {
	text = strings.TrimSpace(text)
	if addr, err := netip.ParseAddr(strings.Trim(text, "[]")); err == nil {
		return plain(addr), true
	}
	if withPort, err := netip.ParseAddrPort(text); err == nil {
		return plain(withPort.Addr()), true
	}
	return netip.Addr{}, false
}

// plain is an address as rules write it: an IPv4 address never in IPv6's form,
// and without the name of an interface.
func plain(addr netip.Addr) netip.Addr { return addr.Unmap().WithZone("") }

func trusted(addr netip.Addr, proxies []netip.Prefix) bool {
	return slices.ContainsFunc(proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
}
