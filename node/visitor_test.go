package node_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"testing"

	"consilium/node/nodetest"
)

// visitor is a browser at a hospital's pages, without its scripts.
type visitor struct {
	t      *testing.T
	h      *nodetest.Hospital
	client *http.Client
}

func visits(t *testing.T, h *nodetest.Hospital) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t, h, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// signedIn is the browser of a member of staff.
func signedIn(t *testing.T, h *nodetest.Hospital, who string) *visitor {
	t.Helper()
	v := visits(t, h)
	if status, body, _ := v.posts("/sign-in", "/sign-in", url.Values{"username": {who}, "password": {"correct horse " + h.Name}}); status != http.StatusSeeOther {
		t.Fatal(who, status, body)
	}
	return v
}

func (v *visitor) gets(path string) (status int, body string) {
	v.t.Helper()
	a, err := v.client.Get(v.h.URL() + path)
	if err != nil {
		v.t.Fatal(err)
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return a.StatusCode, string(raw)
}

var formToken = regexp.MustCompile(`name="csrf_token" value="([^"]+)"`)

// token is the form token of a page.
func (v *visitor) token(page string) string {
	v.t.Helper()
	_, body := v.gets(page)
	if m := formToken.FindStringSubmatch(body); m != nil {
		return m[1]
	}
	return ""
}

// posts sends a form of a page, and tells where it led.
func (v *visitor) posts(page, path string, form url.Values) (status int, body, to string) {
	v.t.Helper()
	form.Set("csrf_token", v.token(page))
	a, err := v.client.PostForm(v.h.URL()+path, form)
	if err != nil {
		v.t.Fatal(err)
	}
	defer a.Body.Close()
	raw, err := io.ReadAll(a.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	return a.StatusCode, string(raw), a.Header.Get("Location")
}

// calls asks the API with a token, and gives the answer as it came.
func calls(t *testing.T, h *nodetest.Hospital, token, method, path string, body any, header ...string) (status int, answer string) {
	t.Helper()
	var in io.Reader
	if body != nil {
		raw, err := json.Marshal(body)
		if err != nil {
			t.Fatal(err)
		}
		in = bytes.NewReader(raw)
	}
	r, err := http.NewRequest(method, h.URL()+"/api/v1"+path, in)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if in != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return answered(t, r)
}

// asks calls the API as a member of staff.
func asks(t *testing.T, h *nodetest.Hospital, who, method, path string, body any, header ...string) (status int, answer string) {
	t.Helper()
	return calls(t, h, h.Staff[who].Token, method, path, body, header...)
}
