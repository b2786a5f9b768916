package hospital

import (
	"context"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/api"
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
	Name    api.Text    `json:"name"`
	Hash    ledger.Hash `json:"hash"`
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

func (a operations) verify(ctx context.Context, in *verifyIn) (*api.Answer[desk.VerifyReport], error) {
	if err := access.Need(api.CallerOf(ctx).Who, access.Administer, access.Node); err != nil {
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
	return &api.Answer[desk.VerifyReport]{Body: report}, err
}

// backup writes where the caller says, so only who owns the data folder may ask.
func (a operations) backup(ctx context.Context, in *backupIn) (*api.Answer[backupOut], error) {
	if err := access.Need(api.CallerOf(ctx).Who, access.Administer, access.Node); err != nil {
		return nil, err
	}
	if !face.IsLocal(ctx) {
		return nil, desk.ErrScope
	}
	return &api.Answer[backupOut]{Body: backupOut{in.Body.To}}, a.Keeper.Backup(ctx, in.Body.To)
}
