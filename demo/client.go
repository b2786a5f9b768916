package demo

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"consilium/ledger"
)

// problem is an error as the API tells it.
type problem struct {
	Status int
	Title  string
	Detail string
	Errors []struct{ Message, Location string }
}

func (p *problem) Error() string {
	text := fmt.Sprintf("%d %s: %s", p.Status, p.Title, p.Detail)
	for _, e := range p.Errors {
		text += "; " + e.Message + " " + e.Location
	}
	return text
}

// post says something to the API of the person's hospital.
func (p *person) post(ctx context.Context, path string, in, out any) error {
	return p.do(ctx, "POST", path, in, out)
}

func (p *person) get(ctx context.Context, path string, out any) error {
	return p.do(ctx, "GET", path, nil, out)
}

func (p *person) do(ctx context.Context, method, path string, in, out any) error {
	r, err := request(ctx, method, p.at.node.URL()+path, in)
	if err != nil {
		return err
	}
	return p.ask(r, out)
}

func (p *person) ask(r *http.Request, out any) error {
	r.Header.Set("Authorization", "Bearer "+p.token)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("asking %s: %w", p.at.name, err)
	}
	return read(answer, out)
}

// attach sends a file and gives what an entry says of it.
func (p *person) attach(ctx context.Context, content []byte, mediaType, label, scope string) (ledger.BlobRef, error) {
	r, err := http.NewRequestWithContext(ctx, "POST", p.at.node.URL()+prefix+"/blobs", bytes.NewReader(content))
	if err != nil {
		return ledger.BlobRef{}, err
	}
	var made struct {
		Hash ledger.Hash
		Size int64
	}
	if err := p.ask(r, &made); err != nil {
		return ledger.BlobRef{}, fmt.Errorf("sending the file %s: %w", label, err)
	}
	return ledger.BlobRef{Hash: made.Hash, Size: made.Size, Type: mediaType, Label: label, Scope: scope}, nil
}

// file gets a file.
func (p *person) file(ctx context.Context, hash ledger.Hash) ([]byte, error) {
	var content bytes.Buffer
	err := p.get(ctx, "/blobs/"+hash.String(), &content)
	return content.Bytes(), err
}

const prefix = "/api/v1"

// withPrefix puts a path under the API, whose address begins with a scheme and a host.
func withPrefix(url string) string {
	scheme, rest, _ := strings.Cut(url, "://")
	host, path, _ := strings.Cut(rest, "/")
	return scheme + "://" + host + prefix + "/" + path
}

func bodyOf(in any) (io.Reader, error) {
	if in == nil {
		return http.NoBody, nil
	}
	raw, err := json.Marshal(in)
	if err != nil {
		return nil, fmt.Errorf("writing a request: %w", err)
	}
	return bytes.NewReader(raw), nil
}

// read takes an answer into out: a value for JSON, an io.Writer for a file, nil for neither.
func read(answer *http.Response, out any) error {
	defer answer.Body.Close()
	raw, err := io.ReadAll(answer.Body)
	if err != nil {
		return fmt.Errorf("reading an answer: %w", err)
	}
	if answer.StatusCode >= 400 {
		p := &problem{}
		if json.Unmarshal(raw, p) != nil {
			p.Title = strings.TrimSpace(string(raw))
		}
		p.Status = answer.StatusCode
		return p
	}
	if w, ok := out.(io.Writer); ok {
		_, err = w.Write(raw)
		return err
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(raw, out); err != nil {
		return fmt.Errorf("an answer of %s: %w", answer.Request.URL.Path, err)
	}
	return nil
}

// missing tells whether something is not there, or not yet.
func missing(err error) bool {
	var p *problem
	return errors.As(err, &p) && (p.Status == http.StatusNotFound || p.Status == http.StatusForbidden)
}
