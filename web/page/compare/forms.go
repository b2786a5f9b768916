package compare

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/figure"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/registry"
	"consilium/study"
	"consilium/web/face"
	"consilium/web/saying"
	"consilium/web/ui"
)

var talk = study.Talk()

// paper are the colors of figures that leave the page.
var paper = figure.Paper

// formOf is a form about a study. What kinds of entries ask for is declared in package study.
func formOf(q *face.Request, s *study.Study) *saying.Form {
	looks, err := looksOf(q, s)
	if err != nil {
		q.Desk.Log.Error("naming hospitals", "err", err)
	}
	v := &studyView{Study: s, looks: looks}
	return saying.Of(q, saying.Matter{Talk: talk, Log: s.Log, Title: titleOf(q, s), Members: s.Log.Roster.Members, Timeline: s.Timeline,
		Sorts:    map[record.Sort]saying.Component{"waiver": {Options: func(*saying.Form, record.Field) []ui.Option { return waivers(q, s) }}},
		Path:     func(below ...string) string { return pathOf(s, below...) },
		Name:     v.name,
		Hospital: func(h ledger.HospitalID) ui.Hospital { return v.looks[h] },
	}, nil)
}

func formPage(q *face.Request) error {
	if err := q.ParseForm(); err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	s, err := opened(q)
	if err != nil {
		return err
	}
	if q.PathValue("kind") == slug(study.KindProtocol) {
		return newVersionPage(q, s)
	}
	return formOf(q, s).Page()
}

// sayInStudy says what was posted. A hospital that answers to the protocol joins the thread with it.
func sayInStudy(q *face.Request) error {
	s, err := opened(q)
	if err != nil {
		return err
	}
	kind := q.PathValue("kind")
	if kind == slug(study.KindProtocol) {
		return newVersion(q, s)
	}
	var before []ledger.Draft
	if answers := kind == slug(study.KindApproved) || kind == slug(study.KindDeclined); answers && s.Log.Roster.State(q.Desk.ID) == ledger.Invited {
		before = []ledger.Draft{{Thread: s.Thread, Kind: ledger.KindJoined, Says: ledger.None{}}}
	}
	entry, err := formOf(q, s).Take(before...)
	if entry == nil {
		return err
	}
	return q.See(pathOf(s) + "?done=said")
}

// protocolForm is the page that writes a protocol: of a new study, or a new version of one.
type protocolForm struct {
	Title, Lead, Action, Submit, Saved string
	Draft                              ui.DraftView
	Back                               ui.Link
	Fields                             []ui.FieldView
	Mistakes                           []string
	Pathways                           []ui.Option // of a new study: which registry its rows are of
	Pathway                            string      // of them
	Columns                            ui.TableView
}

func newStudyPage(q *face.Request) error {
	if err := access.Need(q.Caller.Who, access.Open, access.What{Of: study.Governance}); err != nil {
		return err
	}
	form, drafted, err := q.Draft("study-new", url.Values{"source": {starter(chosenPathway(q))}})
	if err != nil {
		return err
	}
	return showProtocol(q, http.StatusOK, nil, form, drafted, nil)
}

// chosenPathway is the pathway whose registry the rows are of: the one of the address, or the first.
func chosenPathway(q *face.Request) *pathway.Pack {
	if p := q.Desk.Packs(q.FormValue("pathway"), ""); p != nil {
		return p
	}
	if all := q.Desk.AllPacks(); len(all) > 0 {
		return all[0]
	}
	return nil
}

func newVersionPage(q *face.Request, s *study.Study) error {
	begun := url.Values{}
	if v := s.Current(); v != nil {
		begun.Set("source", v.Says.Source)
	}
	form, drafted, err := q.Draft(versionDraft(s), begun)
	if err != nil {
		return err
	}
	return showProtocol(q, http.StatusOK, s, form, drafted, nil)
}

func versionDraft(s *study.Study) string { return "study-" + s.Thread.String() + "-protocol" }

// showProtocol shows the form, with the mistakes that were found in what was typed.
func showProtocol(q *face.Request, status int, s *study.Study, form url.Values, drafted face.Drafting, mistakes []string) error {
	pack := chosenPathway(q)
	f := protocolForm{Title: q.P("study.page.new", nil), Lead: q.P("study.page.newlead", nil), Action: "/studies/new", Submit: q.P("study.page.begin", nil), Saved: drafted.Saved, Mistakes: mistakes,
		Back: ui.Link{Label: q.P("study.page.title", nil), URL: "/studies"}}
	if s != nil {
		f.Title, f.Lead, f.Action, f.Submit = q.P("study.entry.protocol.name", nil), q.P("study.page.versionlead", nil), pathOf(s, "say", slug(study.KindProtocol)), q.P("study.page.sayversion", nil)
		f.Back = ui.Link{Label: titleOf(q, s), URL: pathOf(s)}
		if v := s.Current(); v != nil {
			pack = q.Desk.Packs(v.Parsed.Pathway, "")
		}
	} else {
		for _, p := range q.Desk.AllPacks() {
			f.Pathways = append(f.Pathways, ui.Option{Value: p.ID, Label: q.PackText(p.Name)})
		}
		if pack != nil {
			f.Pathway = pack.ID
		}
	}
	f.Draft = drafted.View(q, f.Action)
	f.Fields = append(f.Fields, ui.FieldView{Name: "source", Type: ui.FieldText, Long: true, Rows: 30, Mono: true, Label: q.P("study.page.source", nil), Help: q.P("study.page.sourcehelp", nil), Required: true, Value: form.Get("source")})
	if s == nil {
		f.Fields = append(f.Fields, hospitalsField(q, form["hospitals"]))
	} else {
		f.Fields = append(f.Fields, ui.FieldView{Name: "note", Type: ui.FieldText, Long: true, Label: q.P("study.page.note", nil), Value: form.Get("note")})
	}
	if pack != nil {
		f.Columns = columnsTable(q, pack)
	}
	d := q.Data(f.Title, "compare")
	d.Path = f.Draft.Here
	return q.Render(status, d, protocolContent(q, f))
}

func hospitalsField(q *face.Request, chosen []string) ui.FieldView {
	f := ui.FieldView{Name: "hospitals", Type: ui.FieldCodes, Label: q.P("study.page.invited", nil), Help: q.P("study.page.invitedhelp", nil), Values: chosen}
	partners, err := q.Partners()
	if err != nil {
		q.Desk.Log.Error("listing partners", "err", err)
	}
	for _, p := range partners {
		f.Options = append(f.Options, ui.Option{Value: p.Hospital.String(), Label: q.PartnerName(p)})
	}
	return f
}

// columnsTable are the columns of a pathway's registry, that a protocol may name.
func columnsTable(q *face.Request, pack *pathway.Pack) ui.TableView {
	t := ui.TableView{Caption: q.P("study.page.columns", nil), Columns: []ui.Column{{Label: q.P("study.page.column", nil)}, {Label: q.P("study.page.means", nil)}, {Label: q.P("study.page.values", nil)}}}
	for _, c := range registry.Columns(pack) {
		var codes []string
		for _, x := range c.Choices {
			codes = append(codes, x.Code)
		}
		if c.Name == "procedure_recorded" { // a text, for packs change; its codes are those of the pack
			for _, o := range pack.Procedures {
				codes = append(codes, o.ID)
			}
		}
		values := strings.Join(codes, ", ")
		if values == "" {
			values = face.JoinDots(q.P("study.column."+string(c.Kind), nil), c.Unit)
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: c.Name}, {Text: q.Text(c.Label)}, {Text: values}}})
	}
	return t
}

// starter is a protocol to begin with; none without a pathway.
func starter(pack *pathway.Pack) string {
	if pack == nil {
		return ""
	}
	return study.Template(pack)
}

// beginStudy begins a study with the protocol that was posted, or shows its mistakes.
func beginStudy(q *face.Request) error {
	if err := access.Need(q.Caller.Who, access.Open, access.What{Of: study.Governance}); err != nil {
		return err
	}
	if at, sent := q.Sent(); sent {
		return q.See(at)
	}
	source := typed(q)
	if err := q.Desk.CheckProtocol(source); err != nil {
		return showProtocol(q, http.StatusUnprocessableEntity, nil, q.PostForm, q.Posted("study-new"), mistakesOf(err))
	}
	var hospitals []ledger.HospitalID
	for _, text := range q.PostForm["hospitals"] {
		h, err := ledger.ParseHospitalID(text)
		if err != nil {
			return errors.Join(desk.ErrInput, err)
		}
		hospitals = append(hospitals, h)
	}
	first, err := q.Desk.BeginStudy(q.Context(), source, hospitals)
	if err != nil {
		return err
	}
	var id ledger.ThreadID
	err = q.Desk.DB.Update(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		if id, err = q.Desk.Door.In(tx).Open(ctx, q.Caller.Who, talk.Thread, first); err != nil {
			return err
		}
		return q.EndDraftAs(ctx, tx, id.String(), "/studies/"+id.String())
	})
	if at, sent := q.Sent(); err != nil && sent {
		return q.See(at)
	}
	if err != nil {
		return err
	}
	return q.See("/studies/" + id.String() + "?done=begun")
}

// typed is the protocol as it was typed: browsers send lines that end in CR LF, and the hash is of what everybody reads.
func typed(q *face.Request) string {
	return strings.ReplaceAll(q.PostForm.Get("source"), "\r\n", "\n")
}

// mistakesOf are the lines of an error that names each mistake.
func mistakesOf(err error) []string {
	var list []string
	for _, line := range strings.Split(err.Error(), "\n") {
		if line = strings.TrimSpace(strings.TrimPrefix(line, "protocol:")); line != "" {
			list = append(list, line)
		}
	}
	return list
}

// newVersion says a new version of the protocol. Approvals of the one before do not pass on.
func newVersion(q *face.Request, s *study.Study) error {
	if at, sent := q.Sent(); sent {
		return q.See(at)
	}
	source := typed(q)
	if err := q.Desk.CheckProtocol(source); err != nil {
		return showProtocol(q, http.StatusUnprocessableEntity, s, q.PostForm, q.Posted(versionDraft(s)), mistakesOf(err))
	}
	d := ledger.Draft{Thread: s.Thread, Kind: study.KindProtocol, Says: study.Protocol{Version: int64(len(s.Versions) + 1), Source: source, Note: q.PostForm.Get("note")}}
	if v := s.Current(); v != nil {
		d.Refs = []ledger.Hash{v.Hash}
	}
	_, err := q.Desk.Door.SayAnd(q.Context(), q.Caller.Who, q.EndDraft(pathOf(s)), d)
	if at, sent := q.Sent(); err != nil && sent {
		return q.See(at)
	}
	var told desk.Told
	if errors.As(err, &told) {
		return showProtocol(q, http.StatusUnprocessableEntity, s, q.PostForm, q.Posted(versionDraft(s)), []string{q.Text(told.Tell())})
	}
	if err != nil {
		return err
	}
	return q.See(pathOf(s) + "?done=version")
}
