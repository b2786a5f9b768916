package api

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"consilium/desk"
	"consilium/web/face"
)

func write(c huma.Context, p *problem) {
	c.SetHeader("Content-Type", "application/problem+json")
	if p.retry > 0 {
		c.SetHeader("Retry-After", strconv.Itoa(p.retry))
	}
	if p.Status == http.StatusUnauthorized {
		c.SetHeader("WWW-Authenticate", `Bearer realm="consilium"`)
	}
	c.SetStatus(p.Status)
	_ = json.NewEncoder(c.BodyWriter()).Encode(p)
}

// problem is an error as RFC 9457 wants it.
type problem struct {
	Type   string       `json:"type"` // urn:consilium:problem:<code>
	Title  string       `json:"title"`
	Status int          `json:"status"`
	Detail string       `json:"detail,omitempty"`
	Errors []fieldFault `json:"errors,omitempty"`
	retry  int
}

type fieldFault struct {
	Message  string `json:"message"`
	Location string `json:"location,omitempty"`
	Pointer  string `json:"pointer,omitempty" doc:"JSON pointer (RFC 6901) into the request's body"`
}

func (p *problem) Error() string  { return p.Detail }
func (p *problem) GetStatus() int { return p.Status }

// ContentType makes huma answer with the media type of RFC 9457.
func (p *problem) ContentType(string) string { return "application/problem+json" }

// problem tells an error in the caller's language.
func (a *API) problem(ctx context.Context, err error) *problem {
	var known *problem
	if errors.As(err, &known) {
		return known
	}
	f, l := desk.FaultOf(err), LanguageOf(ctx)
	if f.Hidden {
		a.Log.Error("api", slog.Any("err", err))
	}
	p := &problem{Type: "urn:consilium:problem:" + f.Code, Title: f.Title.In(l), Status: face.Status(f), Detail: f.Detail.In(l), retry: f.Retry}
	for _, field := range f.Fields {
		p.Errors = append(p.Errors, fieldFault{Message: field.Text.In(l), Location: field.Field})
	}
	return p
}
