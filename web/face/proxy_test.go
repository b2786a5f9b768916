package face

import (
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

var proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/24"), netip.MustParsePrefix("127.0.0.1/32")}

// Only what a trusted proxy wrote is believed: everything before the first address that is none anybody could have written.
func TestTheAddressBehindAProxy(t *testing.T) {
	for _, c := range []struct{ peer, header, value, want string }{
		{"10.0.0.1:99", "X-Forwarded-For", "203.0.113.7", "203.0.113.7"},
		{"10.0.0.1:99", "X-Forwarded-For", "1.1.1.1, 203.0.113.7", "203.0.113.7"}, // forged in front
		{"10.0.0.1:99", "X-Forwarded-For", "203.0.113.7, 10.0.0.2", "203.0.113.7"},
		{"10.0.0.1:99", "X-Forwarded-For", "127.0.0.1", "127.0.0.1"},
		{"10.0.0.1:99", "X-Forwarded-For", "nonsense", "10.0.0.1"},
		{"10.0.0.1:99", "Forwarded", `for="[2001:db8::9]:4711";proto=https`, "2001:db8::9"},
		{"10.0.0.1:99", "Forwarded", `proto=https;FOR=203.0.113.7, for=10.0.0.2`, "203.0.113.7"},
		{"203.0.113.9:99", "X-Forwarded-For", "127.0.0.1", "203.0.113.9"}, // a stranger who says that they are near
		{"10.0.0.1:99", "X-Other", "x", "10.0.0.1"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr, r.Host = c.peer, "localhost"
		r.Header.Set(c.header, c.value)
		BehindProxies(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			if got := Address(r); got != c.want {
				t.Errorf("%s says %s: %s; it is %s, want %s", c.peer, c.header, c.value, got, c.want)
			}
			if (&Request{Request: r}).Near() {
				t.Errorf("%s says %s: %s, and is taken for near", c.peer, c.header, c.value)
			}
		})).ServeHTTP(httptest.NewRecorder(), r)
	}
}

// A proxy on the node's own machine that names nobody makes nobody near.
func TestAProxyOnThisMachineIsNotNear(t *testing.T) {
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr, r.Host = "127.0.0.1:99", "localhost"
	BehindProxies(proxies, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if (&Request{Request: r}).Near() {
			t.Error("near")
		}
	})).ServeHTTP(httptest.NewRecorder(), r)
}

// FuzzProxyHeaders: whatever the headers say, the answer is an address, and never one that stands before a stranger's.
func FuzzProxyHeaders(f *testing.F) {
	f.Add("203.0.113.7, 10.0.0.2", `for="[::1]"`)
	f.Add("", "for=;for=,,;=")
	f.Fuzz(func(t *testing.T, forwardedFor, forwarded string) {
		if strings.ContainsAny(forwardedFor+forwarded, "\r\n") {
			return
		}
		h := http.Header{}
		if forwardedFor != "" {
			h.Set("X-Forwarded-For", forwardedFor+", 198.51.100.1")
		}
		h.Set("Forwarded", forwarded+", for=198.51.100.1")
		if got := clientOf(h, netip.MustParseAddr("10.0.0.1"), proxies); got != netip.MustParseAddr("198.51.100.1") {
			t.Errorf("%s", got)
		}
	})
}
