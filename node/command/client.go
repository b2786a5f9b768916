package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	"consilium/web/face"
)

// target is which node a command asks: the one of a data folder, or one elsewhere.
type target struct {
	Data   string `help:"Data folder of the hospital." default:"consilium-data" placeholder:"DIR"`
	Server string `help:"Ask a node elsewhere: its address, as people open it." placeholder:"URL"`
	Token  string `help:"API token for --server." placeholder:"TOKEN"`
	As     string `help:"On this machine: in whose name (a username). Without it, the machine's administrator." placeholder:"USER"`
	JSON   bool   `help:"Answer in JSON." name:"json"`
}

// client asks a node by its JSON API. However it reaches the node, what it may do is decided there.
type client struct {
	http  *http.Client
	base  string
	token string
	as    string
	close func() error
}

// connect reaches the node: elsewhere, by the socket of the running one, or by opening the folder.
func (t target) connect(ctx context.Context, p Program) (*client, error) {
	if t.Server != "" {
		return &client{http: &http.Client{Timeout: 2 * time.Minute}, base: strings.TrimRight(t.Server, "/"), token: t.Token, close: func() error { return nil }}, nil
	}
	socket := p.Socket(t.Data)
	if conn, err := net.DialTimeout("unix", socket, time.Second); err == nil {
		conn.Close()
		transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "unix", socket)
		}}
		return &client{http: &http.Client{Transport: transport}, base: "http://node", as: t.As, close: func() error { transport.CloseIdleConnections(); return nil }}, nil
	}
	handler, closer, err := p.Open(ctx, t.Data)
	if err != nil {
		return nil, err
	}
	return &client{http: &http.Client{Transport: inProcess{handler}}, base: "http://node", as: t.As, close: closer.Close}, nil
}

// inProcess answers requests by calling the handler.
type inProcess struct{ handler http.Handler }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w.Result(), nil
}

// problem is an error as the API tells it (RFC 9457).
type problem struct {
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Status int    `json:"status"`
	Errors []struct {
		Message  string `json:"message"`
		Location string `json:"location"`
	} `json:"errors"`
}

func (p *problem) Error() string {
	text := p.Detail
	if text == "" {
		text = p.Title
	}
	for _, e := range p.Errors {
		text += "\n  " + e.Message
		if e.Location != "" {
			text += " (" + e.Location + ")"
		}
	}
	return text
}

// do sends a request with a JSON body (nil: none) and reads the answer into out (nil: none).
func (c *client) do(ctx context.Context, method, path string, in, out any) error {
	var body io.Reader
	if in != nil {
		raw, err := json.Marshal(in)
		if err != nil {
			return err
		}
		body = bytes.NewReader(raw)
	}
	return c.send(ctx, method, path, "application/json", body, out)
}

func (c *client) send(ctx context.Context, method, path, mediaType string, body io.Reader, out any) error {
	r, err := http.NewRequestWithContext(ctx, method, c.base+"/api/v1"+path, body)
	if err != nil {
		return err
	}
	if body != nil {
		r.Header.Set("Content-Type", mediaType)
	}
	if c.token != "" {
		r.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.as != "" {
		r.Header.Set(face.AsHeader, c.as)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return fmt.Errorf("asking the node: %w", err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 400 {
		p := &problem{Status: answer.StatusCode, Title: answer.Status}
		if err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(p); err != nil {
			return fmt.Errorf("the node answered %s", answer.Status)
		}
		return p
	}
	switch to := out.(type) {
	case nil:
		_, err = io.Copy(io.Discard, answer.Body)
	case io.Writer:
		_, err = io.Copy(to, answer.Body)
	default:
		err = json.NewDecoder(answer.Body).Decode(out)
	}
	if err != nil {
		return fmt.Errorf("reading the node's answer: %w", err)
	}
	return nil
}

// ask connects, runs fn and closes.
func (t target) ask(ctx context.Context, p Program, fn func(*client) error) error {
	c, err := t.connect(ctx, p)
	if err != nil {
		return err
	}
	return errors.Join(fn(c), c.close())
}

// query builds the part of an address after the question mark, leaving empty values out.
func query(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		if pairs[i+1] != "" {
			v.Set(pairs[i], pairs[i+1])
		}
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// Explain is what a person reads of an error.
func Explain(err error) string {
	if errors.Is(err, context.Canceled) {
		return "stopped"
	}
	return err.Error()
}

// Absolute is where a folder is, for who reads it in another folder.
func Absolute(dir string) string {
	if full, err := filepath.Abs(dir); err == nil {
		return full
	}
	return dir
}
