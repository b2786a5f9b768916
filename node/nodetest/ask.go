package nodetest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"

	"consilium/node"
)

// Problem is an error as the API tells it (RFC 9457).
type Problem struct {
	Type   string `json:"type"`
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`
}

func (p *Problem) Error() string {
	return fmt.Sprintf("%d %s: %s: %s %v", p.Status, p.Type, p.Title, p.Detail, p.Errors)
}

// Ask lets one of the staff ask the node through the JSON API. Body and answer are JSON; raw bytes ([]byte) are sent as they are. A refusal is a
// [*Problem].
func (h *Hospital) Ask(username, method, path string, body, out any) error {
	return h.AskAt(h.URL(), username, method, path, body, out)
}

// AskAt is Ask of a node on the hospital's folder that runs elsewhere, such as in a process of its own.
func (h *Hospital) AskAt(url, username, method, path string, body, out any) error {
	r, err := request(method, url+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	p, ok := h.Staff[username]
	if !ok {
		return fmt.Errorf("nobody is called %q at %s", username, h.Name)
	}
	r.Header.Set("Authorization", "Bearer "+p.Token)
	answer, err := h.client.Do(r)
	if err != nil {
		return err
	}
	return read(answer, out)
}

// MustAsk is Ask where a refusal ends the test.
func (h *Hospital) MustAsk(username, method, path string, body, out any) {
	h.w.Helper()
	if err := h.Ask(username, method, path, body, out); err != nil {
		h.w.Fatalf("%s at %s: %s %s: %v", username, h.Name, method, path, err)
	}
}

// mustLocal asks by the node's own socket, without the socket.
func (h *Hospital) mustLocal(method, path string, body, out any) {
	h.w.Helper()
	h.mustLocalAs("", method, path, body, out)
}

// mustLocalAs is mustLocal in somebody's name.
func (h *Hospital) mustLocalAs(username, method, path string, body, out any) {
	h.w.Helper()
	if err := h.localAs(username, method, path, body, out); err != nil {
		h.w.Fatalf("%s: %s %s: %v", h.Name, method, path, err)
	}
}

// localAs asks on the node's own socket, in somebody's name.
func (h *Hospital) localAs(username, method, path string, body, out any) error {
	r, err := request(method, "http://node/api/v1"+path, body)
	if err != nil {
		return err
	}
	r.Header.Set(node.AsHeader, username)
	answer := httptest.NewRecorder()
	h.LocalHandler().ServeHTTP(answer, r)
	return read(answer.Result(), out)
}

func request(method, url string, body any) (*http.Request, error) {
	var content io.Reader
	mediaType := "application/json"
	switch b := body.(type) {
	case nil:
	case []byte:
		content, mediaType = bytes.NewReader(b), "application/octet-stream"
	default:
		raw, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(raw)
	}
	r, err := http.NewRequest(method, url, content)
	if err == nil && content != nil {
		r.Header.Set("Content-Type", mediaType)
	}
	return r, err
}

func read(answer *http.Response, out any) error {
	defer answer.Body.Close()
	if answer.StatusCode >= 400 {
		p := &Problem{Status: answer.StatusCode}
		if err := json.NewDecoder(answer.Body).Decode(p); err != nil {
			return fmt.Errorf("the node answered %s: %w", answer.Status, err)
		}
		return p
	}
	switch to := out.(type) {
	case nil:
		_, err := io.Copy(io.Discard, answer.Body)
		return err
	case io.Writer:
		_, err := io.Copy(to, answer.Body)
		return err
	}
	return json.NewDecoder(answer.Body).Decode(out)
}
