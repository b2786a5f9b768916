package load

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

// Site is a hospital that the month is played at: one node or several, asked by turns as a balancer would.
type Site struct {
	Name   string   // as the node says it: a wrong address is noticed before anything is written
	Nodes  []string // addresses as people open them
	Token  string   // of a person who opens cases and says who takes part in them
	Health string   // where its /metrics are read; empty: nowhere

	turn   atomic.Uint64
	client *http.Client
}

// refusal is an answer that is no success.
type refusal struct {
	Status int
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Errors []struct {
		Message string `json:"message"`
	} `json:"errors"`
}

func (r *refusal) Error() string {
	text := fmt.Sprintf("%d %s", r.Status, r.Title)
	for _, e := range r.Errors {
		text += ": " + e.Message
	}
	if len(r.Errors) == 0 && r.Detail != "" {
		text += ": " + r.Detail
	}
	return text
}

// busy says whether the node was there and would not: people try again.
func (r *refusal) busy() bool {
	return r.Status == http.StatusTooManyRequests || r.Status == http.StatusServiceUnavailable
}

// patience is how long one request may take: nobody looks at a page for longer.
const patience = time.Minute

// do asks the next node. In is JSON, or bytes that are sent as they are.
func (s *Site) do(ctx context.Context, method, path string, in, out any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	kind, raw := "application/octet-stream", []byte(nil)
	switch body := in.(type) {
	case nil:
	case []byte:
		raw = body
	default:
		var err error
		if raw, err = json.Marshal(body); err != nil {
			return err
		}
		kind = "application/json"
	}
	node := s.Nodes[s.turn.Add(1)%uint64(len(s.Nodes))]
	r, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(node, "/")+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+s.Token)
	if raw != nil {
		r.Header.Set("Content-Type", kind)
	}
	answer, err := s.client.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 400 {
		refused := &refusal{Title: http.StatusText(answer.StatusCode)}
		_ = json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(refused) // an answer of a proxy has no such body
		refused.Status = answer.StatusCode
		return refused
	}
	if out == nil {
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	}
	return json.NewDecoder(io.LimitReader(answer.Body, 64<<20)).Decode(out)
}

// title begins the title of every case that is opened here, so that they are known again.
const title = "Load test"

// ready sees that the node is the one meant, and that it bears no cases of patients.
func (s *Site) ready(ctx context.Context, beside bool) error {
	var hospital struct{ Name string }
	if err := s.do(ctx, "GET", "/hospital", nil, &hospital); err != nil {
		return fmt.Errorf("asking %s: %w", s.Name, err)
	}
	if hospital.Name != s.Name {
		return fmt.Errorf("the node at %s belongs to %q, not to %q: nothing was written", s.Nodes[0], hospital.Name, s.Name)
	}
	var cases struct{ Items []struct{ Title string } }
	if err := s.do(ctx, "GET", "/cases?limit=50", nil, &cases); err != nil {
		return fmt.Errorf("asking %s for its cases: %w", s.Name, err)
	}
	for _, c := range cases.Items {
		if !beside && !strings.HasPrefix(c.Title, title) {
			return fmt.Errorf("%s has cases of its own, and what a month writes stays: play it at a hospital that is not live yet, or say --beside-cases", s.Name)
		}
	}
	return nil
}

// partners gives the ID of each hospital, as its partners know it, by its name.
func partners(ctx context.Context, sites []*Site) (map[string]string, error) {
	ids := map[string]string{}
	for _, s := range sites {
		var list struct {
			Items []struct{ ID, Name, State string }
		}
		if err := s.do(ctx, "GET", "/peers", nil, &list); err != nil {
			return nil, fmt.Errorf("asking %s for its partners: %w", s.Name, err)
		}
		for _, p := range list.Items {
			ids[p.Name] = p.ID
		}
	}
	for _, s := range sites {
		if ids[s.Name] == "" {
			return nil, errors.New(s.Name + " is nobody's partner: link the hospitals first, or play each by itself")
		}
	}
	return ids, nil
}
