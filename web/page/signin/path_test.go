package signin

import "testing"

func TestOwnPathLeadsNowhereElse(t *testing.T) {
	for in, want := range map[string]string{"/cases/1?x=2": "/cases/1?x=2", "": "/", "//evil.example/": "/", "https://evil.example": "/", `/\evil.example`: "/",
		"/\t/evil.example": "/", "javascript:alert(1)": "/", "cases": "/", "/sign-in": "/", "/sign-out": "/", "/a\r\nSet-Cookie: x": "/", "///evil.example": "/", "/": "/"} {
		if got := ownPath(in); got != want {
			t.Errorf("%q leads to %q, want %q", in, got, want)
		}
	}
}
