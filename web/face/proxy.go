package face

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// mostHops bounds how far the list of proxies that a request names is read.
const mostHops = 32

// BehindProxies gives every request that comes through a trusted proxy the address of who asked the proxy, as X-Forwarded-For or Forwarded (RFC 7239) name it. What
// anybody else says of where they come from is not believed.
func BehindProxies(trusted []netip.Prefix, h http.Handler) http.Handler {
	if len(trusted) == 0 {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if peer, err := netip.ParseAddrPort(r.RemoteAddr); err == nil && within(peer.Addr(), trusted) {
			r = r.Clone(r.Context())
			r.RemoteAddr = net.JoinHostPort(clientOf(r.Header, peer.Addr(), trusted).String(), "0")
			if r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == "" {
				r.Header.Set("X-Forwarded-For", "unknown") // a proxy on this machine does not make everybody near
			}
		}
		h.ServeHTTP(w, r)
	})
}

func within(a netip.Addr, list []netip.Prefix) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(list, func(p netip.Prefix) bool { return p.Contains(a) })
}

// clientOf is the last address, read from the near end, that is no trusted proxy: what stands before it anybody could have written. Where the headers name none that can be read, it is
// the peer.
func clientOf(h http.Header, peer netip.Addr, trusted []netip.Prefix) netip.Addr {
	client := peer
	hops := hopsOf(h)
	for i, n := len(hops)-1, 0; i >= 0 && n < mostHops; i, n = i-1, n+1 {
		a, ok := hopAddress(hops[i])
		if !ok {
			return client
		}
		client = a
		if !within(a, trusted) {
			return client
		}
	}
	return client
}

// hopsOf are the hops in the order in which the request passed them. X-Forwarded-For counts before Forwarded.
func hopsOf(h http.Header) (hops []string) {
	for _, line := range h.Values("X-Forwarded-For") {
		hops = append(hops, strings.Split(line, ",")...)
	}
	if hops != nil {
		return hops
	}
	for _, line := range h.Values("Forwarded") {
		for _, element := range strings.Split(line, ",") {
			hop := ""
			for _, pair := range strings.Split(element, ";") {
				if name, value, ok := strings.Cut(pair, "="); ok && strings.EqualFold(strings.TrimSpace(name), "for") {
					hop = strings.Trim(strings.TrimSpace(value), `"`)
				}
			}
			hops = append(hops, hop)
		}
	}
	return hops
}

// hopAddress reads 192.0.2.1, 192.0.2.1:99, 2001:db8::1, [2001:db8::1] or [2001:db8::1]:99.
func hopAddress(hop string) (netip.Addr, bool) {
	hop = strings.TrimSpace(hop)
	if with, err := netip.ParseAddrPort(hop); err == nil {
		return with.Addr().Unmap().WithZone(""), true
	}
	a, err := netip.ParseAddr(strings.TrimSuffix(strings.TrimPrefix(hop, "["), "]"))
	return a.Unmap().WithZone(""), err == nil
}
