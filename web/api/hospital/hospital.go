package hospital

import (
	"context"
	"net/http"
	"strconv"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people/security"
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
	Deep   bool   `query:"deep" doc:"Of all: also compare lists and searches with what the entries fold to"`
}

type backupIn struct {
	Body struct {
		To         string `json:"to" doc:"A folder on the node's machine"`
		Recipient  string `json:"recipient,omitempty" doc:"To whom it is closed: a recipient of age (age1…)"`
		Passphrase string `json:"passphrase,omitempty" doc:"Or by what it is closed, at least 12 letters"`
	}
}

type backupOut struct {
	To      string      `json:"to"`
	Without []lang.Text `json:"without,omitempty"` // what is not in it, and who keeps that
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
	verify := func(ctx context.Context) (desk.VerifyReport, error) { return a.Keeper.Verify(ctx, thread) }
	if in.Deep && thread == nil {
		verify = a.Keeper.VerifyDeep
	}
	report, err := verify(ctx)
	return &api.Answer[desk.VerifyReport]{Body: report}, err
}

func (a operations) sweep(ctx context.Context, _ *struct{}) (*api.Answer[desk.SweepReport], error) {
	if err := access.Need(api.CallerOf(ctx).Who, access.Administer, access.Node); err != nil {
		return nil, err
	}
	report, err := a.Keeper.Sweep(ctx)
	if err == nil {
		err = a.NoteNow(ctx, api.CallerOf(ctx), security.Swept, "", strconv.Itoa(report.Files)+" files")
	}
	return &api.Answer[desk.SweepReport]{Body: report}, err
}

// securityLog gives the whole log to who answers for it. That it was taken out is written down first.
func (a operations) securityLog(w http.ResponseWriter, r *http.Request, caller desk.Caller) error {
	if err := access.Need(caller.Who, access.ReadAccessLog, access.Node); err != nil {
		return err
	}
	form := r.PathValue("form")
	if form != "json" && form != "syslog" {
		return desk.ErrNotHere
	}
	if err := a.NoteNow(r.Context(), caller, security.Exported, "", "security log"); err != nil {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	return a.WriteSecurityLog(r.Context(), w, form)
}

// backup writes where the caller says, so only who owns the data folder may ask.
func (a operations) backup(ctx context.Context, in *backupIn) (*api.Answer[backupOut], error) {
	if err := access.Need(api.CallerOf(ctx).Who, access.Administer, access.Node); err != nil {
		return nil, err
	}
	if !face.IsLocal(ctx) {
		return nil, desk.ErrScope
	}
	without, err := a.Keeper.Backup(ctx, desk.BackupOrder{To: in.Body.To, Recipient: in.Body.Recipient, Passphrase: in.Body.Passphrase})
	if err != nil {
		return nil, err
	}
	return &api.Answer[backupOut]{Body: backupOut{in.Body.To, without}}, a.NoteNow(ctx, api.CallerOf(ctx), security.BackedUp, "", in.Body.To)
}
