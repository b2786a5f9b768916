// Package rehearsals is what programs do in the lab of a case: order what is to be made, read how far it is and what came of it, and take its files.
package rehearsals

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"time"

	"consilium/desk"
	"consilium/lab/rehearsal"
	"consilium/ledger"
	"consilium/web/api"
)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// Operations are everything of this group.
func Operations(s *api.API) {
	a := operations{s}
	api.Add(s, "GET", "/cases/{id}/lab", desk.ScopeRead, "What a case has in the lab, the newest first", a.list)
	api.Add(s, "POST", "/cases/{id}/lab", desk.ScopeWrite, "Have something made in the lab of a case. A surface, segmentation, guide, model, strength, implant, mirror and the registration of a surface are jobs; a plan, a registration of pairs and a segmentation of another program are made at once.", a.order)
	api.Add(s, "POST", "/cases/{id}/lab/{artefact}/cancel", desk.ScopeWrite, "End the job that makes something in the lab", a.cancel)
	s.Stream("GET", "/cases/{id}/lab/{artefact}/{file}", desk.ScopeRead, "A file of something made in the lab: glb, 3mf, json, f32, seg.dcm", a.file)
}

// labOrder is what is to be made.
type labOrder struct {
	ID   ledger.ThreadID `path:"id"`
	Body struct {
		Kind   string          `json:"kind" enum:"surface,segmentation,plan,guide,model,strength,registration,implant,mirror"`
		Entry  *ledger.Hash    `json:"entry,omitempty" doc:"Of a surface, or of a segmentation that is taken over: the entry that attaches the images. Others take it from their source"`
		Source string          `json:"source,omitempty" doc:"What it is made of: of a plan, a guide, a model, a strength, an implant, a mirror and a registration of kind surface the surface, of a registration of pairs the plan, of a segmentation the surface or the segmentation that is changed, or nothing where another program's is taken over, of a surface the segmentation or nothing"`
		Asked  json.RawMessage `json:"asked" doc:"In the form of the kind: see docs/lab.md"`
	}
}

// labItem is something made in the lab.
type labItem struct {
	ID      string          `json:"id"`
	Kind    string          `json:"kind"`
	Version int             `json:"version"`
	State   string          `json:"state" doc:"waiting, running, retrying, done, failed, cancelled"`
	Done    int64           `json:"done"`
	Total   int64           `json:"total"`
	Note    string          `json:"note,omitempty"`
	Fault   string          `json:"fault,omitempty" doc:"Why it could not be made"`
	Entry   ledger.Hash     `json:"entry" doc:"That attaches the images it comes from"`
	Source  string          `json:"source,omitempty"`
	Asked   json.RawMessage `json:"asked"`
	Facts   json.RawMessage `json:"facts,omitempty" doc:"What came of it, in the form of its kind"`
	Files   []labFile       `json:"files"`
	By      string          `json:"by"`
	At      time.Time       `json:"at"`
}

type labFile struct {
	File   string      `json:"file" doc:"glb, 3mf, json, f32 or seg.dcm"`
	SHA256 ledger.Hash `json:"sha256"`
	Size   int64       `json:"size"`
}

type labItems struct {
	Items  []labItem  `json:"items"`
	Models []labModel `json:"models" doc:"The learned models that this hospital has installed: they propose segmentations"`
}

type labModel struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	About   string `json:"about,omitempty"`
	SHA256  string `json:"sha256" doc:"Of the model's file"`
}

type artefactIn struct {
	ID       ledger.ThreadID `path:"id"`
	Artefact string          `path:"artefact" doc:"Its id"`
}

// items are what a case has in the lab, for who may see the case, without what comes of erased images.
func (a operations) items(ctx context.Context, id ledger.ThreadID) (list []desk.LabItem, err error) {
	l, err := a.Door.Read(ctx, api.CallerOf(ctx).Who, id)
	if err != nil {
		return nil, err
	}
	err = a.View(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = a.LabItems(ctx, tx, id)
		return err
	})
	return slices.DeleteFunc(list, func(i desk.LabItem) bool { s := l.Find(i.Entry); return s == nil || s.Erased }), err
}

func (a operations) list(ctx context.Context, in *api.ThreadIn) (*api.Answer[labItems], error) {
	list, err := a.items(ctx, in.ID)
	out := labItems{Items: []labItem{}, Models: []labModel{}}
	if a.Lab != nil {
		for _, m := range a.Lab.Models {
			out.Models = append(out.Models, labModel{m.Name, m.Version, m.About, m.SHA256})
		}
	}
	for i := range list {
		out.Items = append(out.Items, shown(ctx, &list[i]))
	}
	return &api.Answer[labItems]{Body: out}, err
}

func shown(ctx context.Context, i *desk.LabItem) labItem {
	l := api.LanguageOf(ctx)
	p := i.Status.Progress
	out := labItem{ID: i.ID, Kind: string(i.Kind), Version: i.Version, State: string(i.Status.State), Done: p.Done, Total: p.Total, Note: p.Note.In(l), Fault: i.Status.Error, Entry: i.Entry, Source: i.Source,
		Asked: i.Asked, Facts: i.Facts, Files: []labFile{}, By: i.Name, At: i.At}
	switch {
	case i.Artefact.Done():
		out.State = "done"
	case out.State == "":
		out.State = "failed" // the row of its job was cleared away
	}
	if f := i.Status.Result.Faults; len(f) > 0 {
		out.Fault = f[0].In(l)
	}
	for _, f := range i.Files {
		out.Files = append(out.Files, labFile{f.Ending, f.Hash, f.Size})
	}
	return out
}

func (a operations) order(ctx context.Context, in *labOrder) (*api.Answer[labItem], error) {
	b := in.Body
	o := desk.LabOrder{Thread: in.ID, Kind: rehearsal.Kind(b.Kind), Source: b.Source}
	list, err := a.items(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if b.Entry != nil {
		o.Entry = *b.Entry
	}
	if o.Kind != rehearsal.Surface && o.Kind != rehearsal.Segmented || b.Source != "" {
		at := slices.IndexFunc(list, func(i desk.LabItem) bool { return i.ID == b.Source && i.Artefact.Done() })
		if at < 0 {
			return nil, desk.ErrNotHere
		}
		o.Entry = list[at].Entry
	}
	made, err := a.AskLab(ctx, api.CallerOf(ctx), o, b.Asked)
	if err != nil {
		return nil, err
	}
	i := desk.LabItem{Artefact: made}
	out := shown(ctx, &i)
	if made.Job != 0 {
		out.State = "waiting"
	}
	return &api.Answer[labItem]{Body: out}, nil
}

type done struct{}

func (a operations) cancel(ctx context.Context, in *artefactIn) (*api.Answer[done], error) {
	return &api.Answer[done]{}, a.CancelLab(ctx, api.CallerOf(ctx), in.ID, in.Artefact)
}

// file gives a file to who may see the case.
func (a operations) file(w http.ResponseWriter, r *http.Request, caller desk.Caller) error {
	id, err := ledger.ParseThreadID(r.PathValue("id"))
	if err != nil {
		return desk.ErrNotHere
	}
	l, err := a.Door.Read(r.Context(), caller.Who, id)
	if err != nil {
		return err
	}
	made, f, content, err := a.LabFile(r.Context(), id, r.PathValue("artefact"), r.PathValue("file"))
	if err != nil {
		return err
	}
	defer content.Close()
	if s := l.Find(made.Entry); s == nil || s.Erased {
		return desk.ErrNotHere
	}
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", `"`+f.Hash.String()+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}
