package face

import (
	"context"
	"net"
	"net/http"
	"strings"

	"consilium/desk"
)

// AsHeader names, on the node's own socket, the username in whose name a command speaks.
const AsHeader = "Consilium-As"

// LiveHeader marks what an open page asks for by itself, when something has changed.
const LiveHeader = "X-Live"

type localKey struct{}

// Local marks requests that came through the node's own socket, which only the owner of the data folder can open.
func Local(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), localKey{}, true)))
	})
}

// IsLocal tells whether a request came through the node's own socket.
func IsLocal(ctx context.Context) bool { return ctx.Value(localKey{}) != nil }

// SessionPrefix is how the names of session cookies begin: nodes under one host name have cookies of their own.
const SessionPrefix = "consilium-"

// SessionCookie is the name of the cookie that holds the session's token. Two hospitals on one machine have one each. Over HTTPS the prefix binds it to
// this host and path.
func SessionCookie(d *desk.Desk) string {
	name := SessionPrefix + strings.ToLower(d.ID.Raw()[:8])
	if d.Secure {
		return "__Host-" + name
	}
	return name
}

// Caller finds out who is asking: an API token, a session, or the machine's administrator on the node's own socket.
func Caller(d *desk.Desk, r *http.Request) (desk.Caller, error) {
	if IsLocal(r.Context()) {
		return d.LocalCaller(r.Context(), r.Header.Get(AsHeader), r.Method+" "+r.URL.Path)
	}
	if header := r.Header.Get("Authorization"); header != "" {
		secret, ok := strings.CutPrefix(header, "Bearer ")
		if !ok {
			return desk.Caller{}, desk.ErrSignIn
		}
		return d.TokenCaller(r.Context(), secret, Address(r))
	}
	if cookie, err := r.Cookie(SessionCookie(d)); err == nil {
		return d.SessionCaller(r.Context(), cookie.Value, Address(r), unattended(r))
	}
	return desk.Caller{}, desk.ErrSignIn
}

// Credential is the secret with which a request came: the API token, or that of the session; "" on the node's own socket.
func Credential(d *desk.Desk, r *http.Request) string {
	if IsLocal(r.Context()) {
		return ""
	}
	if header := r.Header.Get("Authorization"); header != "" {
		return header
	}
	if cookie, err := r.Cookie(SessionCookie(d)); err == nil {
		return cookie.Value
	}
	return ""
}

// unattended tells whether a page asks by itself, with perhaps nobody in front of it: such a request keeps nobody signed in. Who claims it falsely is signed out sooner.
func unattended(r *http.Request) bool {
	return r.Header.Get(LiveHeader) != "" || r.Header.Get("Accept") == "text/event-stream"
}

// Address is where a request comes from, without the port.
func Address(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
