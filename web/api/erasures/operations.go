// Package erasures is requests to erase, and legal holds, for who answers for them at this hospital.
package erasures

import (
	"context"
	"errors"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/api"
)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// Operations are everything of this group.
func Operations(s *api.API) {
	a := operations{s}
	api.Add(s, "GET", "/erasures", desk.ScopeRead, "Requests to erase, as this hospital has to answer them", a.list)
	api.Add(s, "POST", "/cases/{id}/erasures/{erasure}", desk.ScopeWrite, "Answer a request to erase: destroyed, kept by a law until a day, or refused with a reason", a.answer)
	api.Add(s, "POST", "/cases/{id}/identity/erase", desk.ScopeWrite, "Erase who this hospital's patient is", a.identity)
	api.Add(s, "GET", "/holds", desk.ScopeRead, "Legal holds", a.holds)
	api.Add(s, "POST", "/holds", desk.ScopeWrite, "Put a thread under a legal hold", a.hold)
	api.Add(s, "DELETE", "/holds/{id}", desk.ScopeWrite, "Release a legal hold", a.release)
}

type erasureListIn struct {
	All bool `query:"all" doc:"Also those that are answered"`
}

type erasedEntryView struct {
	Entry    ledger.Hash       `json:"entry"`
	Hospital ledger.HospitalID `json:"hospital"`
	Kind     string            `json:"kind"`
	At       time.Time         `json:"at"`
}

type erasureView struct {
	Erasure  ledger.Hash           `json:"erasure"`
	Thread   ledger.ThreadID       `json:"thread"`
	Hospital ledger.HospitalID     `json:"hospital" doc:"Who asks"`
	Reason   string                `json:"reason"`
	At       time.Time             `json:"at"`
	Entries  []erasedEntryView     `json:"entries"`
	Waits    bool                  `json:"waits" doc:"A person has to answer"`
	Decided  bool                  `json:"decided" doc:"It was decided that it is destroyed"`
	Held     string                `json:"held,omitempty" doc:"The law of the legal hold that keeps it"`
	Answer   *ledger.ErasureAnswer `json:"answer,omitempty"`
}

func (a operations) list(ctx context.Context, in *erasureListIn) (*api.Answer[api.Items[erasureView]], error) {
	out := &api.Answer[api.Items[erasureView]]{Body: api.Items[erasureView]{Items: []erasureView{}}}
	list, err := a.Erasures(ctx, api.CallerOf(ctx), in.All)
	for _, e := range list {
		v := erasureView{Erasure: e.Erasure, Thread: e.Thread, Hospital: e.By, Reason: e.Reason, At: e.At, Entries: []erasedEntryView{},
			Waits: e.Waits(a.Now().Format(time.DateOnly)), Decided: e.Decided, Answer: e.Answer}
		for _, x := range e.Asked {
			v.Entries = append(v.Entries, erasedEntryView{x.Entry, x.By, x.Kind, x.At})
		}
		if e.Hold != nil {
			v.Held = e.Hold.Law
		}
		out.Body.Items = append(out.Body.Items, v)
	}
	return out, err
}

type erasureAnswerIn struct {
	ID      string `path:"id"`
	Erasure string `path:"erasure"`
	Body    struct {
		Answer string `json:"answer" enum:"destroyed,kept,refused"`
		Law    string `json:"law,omitempty" doc:"Where kept: which law demands it"`
		Until  string `json:"until,omitempty" doc:"Where kept: the day on which it is asked again"`
		Why    string `json:"why,omitempty" doc:"Where refused"`
	}
}

func (a operations) answer(ctx context.Context, in *erasureAnswerIn) (*struct{}, error) {
	id, bad := ledger.ParseThreadID(in.ID)
	erasure, err := ledger.ParseHash(in.Erasure)
	if err = errors.Join(bad, err); err != nil {
		return nil, errors.Join(desk.ErrInput, err)
	}
	return nil, a.AnswerErasure(ctx, api.CallerOf(ctx), id, erasure, ledger.ErasureAnswer{Answer: in.Body.Answer, Law: in.Body.Law, Until: in.Body.Until, Why: in.Body.Why})
}

type identityErasureIn struct {
	ID   string `path:"id"`
	Body struct {
		Reason string `json:"reason" enum:"withdrawn,mistake,law"`
	}
}

func (a operations) identity(ctx context.Context, in *identityErasureIn) (*struct{}, error) {
	id, err := ledger.ParseThreadID(in.ID)
	if err != nil {
		return nil, errors.Join(desk.ErrInput, err)
	}
	return nil, a.EraseIdentity(ctx, api.CallerOf(ctx), id, in.Body.Reason)
}

type holdView struct {
	ID       string          `json:"id"`
	Thread   ledger.ThreadID `json:"thread"`
	Law      string          `json:"law"`
	Until    string          `json:"until,omitempty"`
	Person   ledger.PersonID `json:"person"`
	At       time.Time       `json:"at"`
	Released *time.Time      `json:"released,omitempty"`
}

func viewHold(h access.Hold) holdView {
	v := holdView{ID: h.ID, Thread: h.Thread, Law: h.Law, Until: h.Until, Person: h.Person, At: h.At}
	if !h.Released.IsZero() {
		v.Released = &h.Released
	}
	return v
}

func (a operations) holds(ctx context.Context, _ *struct{}) (*api.Answer[api.Items[holdView]], error) {
	out := &api.Answer[api.Items[holdView]]{Body: api.Items[holdView]{Items: []holdView{}}}
	list, err := a.Holds(ctx, api.CallerOf(ctx))
	for _, h := range list {
		out.Body.Items = append(out.Body.Items, viewHold(h))
	}
	return out, err
}

type holdIn struct {
	Body struct {
		Thread string `json:"thread"`
		Law    string `json:"law" doc:"Which law, or which proceeding"`
		Until  string `json:"until,omitempty" doc:"The day on which it ends by itself"`
	}
}

func (a operations) hold(ctx context.Context, in *holdIn) (*api.Answer[holdView], error) {
	id, err := ledger.ParseThreadID(in.Body.Thread)
	if err != nil {
		return nil, errors.Join(desk.ErrInput, err)
	}
	h, err := a.Hold(ctx, api.CallerOf(ctx), access.Hold{Thread: id, Law: in.Body.Law, Until: in.Body.Until})
	return &api.Answer[holdView]{Body: viewHold(h)}, err
}

type releaseIn struct {
	ID string `path:"id"`
}

func (a operations) release(ctx context.Context, in *releaseIn) (*struct{}, error) {
	return nil, a.Release(ctx, api.CallerOf(ctx), in.ID)
}
