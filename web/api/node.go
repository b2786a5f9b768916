package api

import (
	"context"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/face"
)

type hospitalView struct {
	ID      ledger.HospitalID `json:"id"`
	Name    string            `json:"name"`
	Lat     *float64          `json:"lat,omitempty"`
	Lon     *float64          `json:"lon,omitempty"`
	Version string            `json:"version"`
	Demo    bool              `json:"demo" doc:"Everything here is invented"`
}

type packView struct {
	ID      string      `json:"id"`
	Version string      `json:"version"`
	Name    text        `json:"name"`
	Hash    ledger.Hash `json:"hash"`
}

type text struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}

type kindView struct {
	Name    string   `json:"name"`
	Version uint64   `json:"version"`
	Threads []string `json:"threads"`
	Roles   []string `json:"roles"`
}

type verifyIn struct {
	Thread string `query:"thread" doc:"One thread; left out: all"`
}

type backupIn struct {
	Body struct {
		To string `json:"to" doc:"A folder on the node's machine"`
	}
}

type backupOut struct {
	To string `json:"to"`
}

func (a *API) nodeOperations() {
	add(a, "GET", "/hospital", desk.ScopeRead, "Which hospital this is", func(context.Context, *struct{}) (*answer[hospitalView], error) {
		v := hospitalView{ID: a.ID, Name: a.Name, Version: a.Version, Demo: a.Demo}
		if a.Place != nil {
			v.Lat, v.Lon = &a.Place[0], &a.Place[1]
		}
		return &answer[hospitalView]{v}, nil
	})
	add(a, "GET", "/pathways", desk.ScopeRead, "The pathway packs in force here", func(context.Context, *struct{}) (*answer[items[packView]], error) {
		out := &answer[items[packView]]{Body: items[packView]{Items: []packView{}}}
		for _, p := range a.AllPacks() {
			out.Body.Items = append(out.Body.Items, packView{p.ID, p.Version, text{p.Name.En, p.Name.Zh}, ledger.Hash(p.Hash())})
		}
		return out, nil
	})
	add(a, "GET", "/kinds", desk.ScopeRead, "What can be said", func(context.Context, *struct{}) (*answer[items[kindView]], error) {
		out := &answer[items[kindView]]{Body: items[kindView]{Items: []kindView{}}}
		for _, k := range a.Book.Kinds.All() {
			out.Body.Items = append(out.Body.Items, kindView{k.Name, k.Version, append([]string{}, k.Threads...), append([]string{}, k.Roles...)})
		}
		return out, nil
	})
	add(a, "GET", "/verify", desk.ScopeAdminister, "Prove the node's threads and files from their bytes", a.verify)
	add(a, "POST", "/backup", desk.ScopeAdminister, "Copy the data folder; only through the node's own socket", a.backup)
}

func (a *API) verify(ctx context.Context, in *verifyIn) (*answer[desk.VerifyReport], error) {
	if err := access.Need(callerOf(ctx).Who, access.Administer, access.Node); err != nil {
		return nil, err
	}
	var thread *ledger.ThreadID
	if in.Thread != "" {
		id, err := ledger.ParseThreadID(in.Thread)
		if err != nil {
			return nil, err
		}
		thread = &id
	}
	report, err := a.Keeper.Verify(ctx, thread)
	return &answer[desk.VerifyReport]{report}, err
}

// backup writes where the caller says, so only who owns the data folder may ask.
func (a *API) backup(ctx context.Context, in *backupIn) (*answer[backupOut], error) {
	if err := access.Need(callerOf(ctx).Who, access.Administer, access.Node); err != nil {
		return nil, err
	}
	if !face.IsLocal(ctx) {
		return nil, desk.ErrScope
	}
	return &answer[backupOut]{backupOut{in.Body.To}}, a.Keeper.Backup(ctx, in.Body.To)
}
