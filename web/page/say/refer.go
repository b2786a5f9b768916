package say

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/web/face"
	"consilium/web/saying"
	"consilium/web/ui"
)

// referView is the page that asks for help.
type referView struct {
	Strip    face.StripView
	Head     ui.HeadView
	Form     ui.FormView
	Banners  []ui.Notice
	Packet   []ui.ListItem
	PacketIs string
	There    []ui.ListItem // of the packet
	Routes   []ui.ListItem // what the pathway suggests
	Laid     saying.Laid
	Actions  ui.ActionsView
	q        *face.Request
}

// referring is the form while it is filled in.
type referring struct {
	*saying.Form
	candidates []candidate
	gaps       []pathway.PacketItem
}

func newReferring(q *face.Request) (*referring, error) {
	v, err := q.OpenedCase()
	if err != nil {
		return nil, err
	}
	r := &referring{Form: saying.OfCase(v, casebook.KindReferred)}
	r.ChoosePackForm()
	r.candidates, err = candidates(q, v.Pack)
	return r, err
}

func (r *referring) name() string { return "refer." + r.V.Thread.String() }

func referPage(q *face.Request) error {
	r, err := newReferring(q)
	if err != nil {
		return err
	}
	if r.In, r.Drafted, err = q.Draft(r.name(), r.start()); err != nil {
		return err
	}
	r.ReadValues()
	r.findGaps()
	return r.show(http.StatusOK)
}

// start begins with what the case knows already.
func (r *referring) start() url.Values {
	in := url.Values{}
	known := pathway.Values{}
	if r.PackForm != nil {
		for _, f := range r.PackForm.AllFields() {
			if a, ok := r.V.Latest[f.ID]; ok && f.Type != pathway.KindMedia && f.ID != "question" && f.ID != "needed_by" {
				known[f.ID] = a.Value
			}
		}
	}
	set := func(id string, v pathway.Value) {
		if known[id].IsZero() && !v.IsZero() {
			known[id] = v
		}
	}
	set("urgency", pathway.String(r.V.Urgency))
	if r.V.Side != "" {
		set("side", pathway.String(r.V.Side))
	}
	if r.V.Sex != "" {
		set("sex", pathway.String(r.V.Sex))
	}
	if r.V.Age != nil {
		set("age", pathway.Int(*r.V.Age))
	}
	if r.V.Summary != "" {
		set("record_summary", pathway.String(r.V.Summary))
	}
	saying.FillValues(known, in)
	in.Set("urgency", r.V.Urgency)
	if hits := r.routes(known); len(hits) > 0 {
		in.Set("sub_specialty", hits[0].SubSpecialty)
	} else if r.V.Pack != nil {
		in.Set("sub_specialty", r.V.Pack.SubSpecialty)
	}
	return in
}

func (r *referring) routes(values pathway.Values) []pathway.RouteHit {
	if r.V.Pack == nil {
		return nil
	}
	return r.V.Pack.Route(r.V.Answers().With(values), map[string]any{"side": r.V.Side, "urgency": r.V.Urgency})
}

func (r *referring) referred() casebook.Referred {
	says := casebook.Referred{Question: r.Get("question"), Values: r.Values}
	if v, ok := r.Values["question"].AsString(); ok && r.PackForm != nil {
		says.Question = v
	}
	return says
}

func (r *referring) findGaps() {
	if r.V.Pack != nil {
		r.gaps = casebook.Gaps(r.V.Case, r.V.Pack, r.referred())
	}
}

func refer(q *face.Request) error {
	if err := q.ReadForm(); err != nil {
		return err
	}
	q.Caller.ByItself = q.Header.Get("X-CSRF-Token") != "" // which questions are asked now
	r, err := newReferring(q)
	if err != nil {
		return err
	}
	if at, sent := q.Sent(); sent {
		return q.See(at)
	}
	r.In, r.Drafted = q.PostForm, q.Posted(r.name())
	r.ReadValues()
	r.findGaps()
	if r.Get("_evaluate") != "" || q.Header.Get("X-CSRF-Token") != "" {
		return r.show(http.StatusOK)
	}
	draft, to := r.draft()
	if len(r.Faults) > 0 {
		return r.show(http.StatusUnprocessableEntity)
	}
	if r.NamesSomebody() && r.Get("_named") == "" {
		r.Named = true
		return r.show(http.StatusUnprocessableEntity)
	}
	entry, err := r.send(draft, to)
	if at, sent := q.Sent(); err != nil && sent {
		return q.See(at)
	}
	if err != nil {
		if r.Explain(err) {
			return r.show(http.StatusUnprocessableEntity)
		}
		return err
	}
	return q.See(r.V.Path() + "?done=referred#e-" + entry.Hash.Short())
}

// draft is the referral as it is to be sent, and whom it asks; nil for a hospital outside the network.
func (r *referring) draft() (ledger.Draft, *candidate) {
	says := r.Body()
	r.CheckValues()
	var to *candidate
	switch whom := r.Get("to"); {
	case whom == "outside":
		if r.Get("outside") == "" {
			r.Fault("outside", "case.fault.needed")
		}
		says["outside"] = r.Get("outside")
	case whom == r.Q.Desk.ID.Raw():
		says["to"] = r.Q.Desk.ID
		if says["sub_specialty"] == nil {
			r.Fault("sub_specialty", "case.fault.needed")
		}
	default:
		i := slices.IndexFunc(r.candidates, func(c candidate) bool { return c.Hospital.Raw() == whom })
		if i < 0 {
			r.Fault("to", "case.fault.needed")
		} else {
			to = &r.candidates[i]
			says["to"] = to.Hospital
		}
	}
	if len(r.gaps) > 0 {
		if r.Get("gap_reason") == "" {
			r.Fault("gap_reason", "case.fault.gaps")
		}
		var ids []string
		for _, g := range r.gaps {
			ids = append(ids, g.ID)
		}
		says["gaps"], says["gap_reason"] = ids, r.Get("gap_reason")
	}
	if r.PackForm != nil && len(r.Values) > 0 {
		says["form"], says["values"] = r.PackForm.ID, r.Values
	}
	d := ledger.Draft{Thread: r.V.Thread, Kind: casebook.KindReferred, Says: saying.RawJSON(says)}
	if r.V.Pack != nil {
		d.Pack = casebook.PackRef(r.V.Pack)
	}
	return d, to
}

// send invites the hospital where it takes no part yet, and refers: both or neither. An invitation alone gives nothing away: what leaves is asked of the
// consent.
func (r *referring) send(d ledger.Draft, to *candidate) (*ledger.Entry, error) {
	drafts := []ledger.Draft{d}
	if to != nil {
		if state := r.V.Log.Roster.State(to.Hospital); state != ledger.Joined && state != ledger.Invited {
			invitation, err := r.Q.Desk.Invitation(r.Q.Context(), to.Hospital)
			if err != nil {
				return nil, err
			}
			invitation.Thread = r.V.Thread
			drafts = []ledger.Draft{invitation, d}
		}
	}
	return r.Q.Desk.Door.SayAnd(r.Q.Context(), r.Q.Caller.Who, r.Q.EndDraft(r.V.Path()), drafts...)
}

func (r *referring) show(status int) error {
	q := r.Q
	v := referView{q: q, Strip: r.V.Strip(), Head: r.V.HeadOf(q.P("case.refer.title", nil)), Banners: r.Banner}
	for _, item := range r.packet() {
		if item.Icon == "check-circle" {
			v.There = append(v.There, item)
		} else {
			v.Packet = append(v.Packet, item)
		}
	}
	v.PacketIs = q.P("case.packet.count", map[string]any{"have": len(v.There), "of": len(v.There) + len(v.Packet)})
	if r.Named {
		v.Banners = append(v.Banners, ui.Notice{Sort: ui.Warn, Title: q.P("case.named.title", nil), Text: q.P("case.named.text", nil)})
	}
	if len(r.candidates) == 0 {
		v.Banners = append(v.Banners, ui.Notice{Sort: ui.Info, Title: q.P("case.refer.nobody", nil), Text: q.P("case.refer.nobody-text", nil), URL: "/network", Do: q.P("case.refer.network", nil)})
	}
	if r.V.Consent.State(access.Consult).Answer != access.Granted {
		v.Banners = append(v.Banners, ui.Notice{Sort: ui.Warn, Title: q.P("case.refer.noconsent", nil), Text: q.P("case.refer.noconsent-text", nil),
			URL: r.V.Path("say", "consent"), Do: q.P("case.kind.consent", nil)})
	}
	for _, h := range r.routes(r.Values) {
		v.Routes = append(v.Routes, ui.ListItem{Icon: "arrow-right", Text: q.PackText(h.Name), Note: face.JoinDots(q.PackText(h.Reason), r.sourceName(h.Source))})
	}
	groups := r.groups()
	drafted := r.Drafted.View(q, r.V.Path("refer"))
	v.Form = ui.FormView{ID: "refer", Action: r.V.Path("refer"), CSRF: q.CSRF(), Draft: &drafted, Evaluate: r.V.Path("refer"), Errors: r.FaultLines(groups)}
	v.Laid = r.LayOut(&v.Form, groups)
	v.Actions = ui.ActionsView{Instrument: true, Submit: q.P("case.do.referred", nil), Cancel: ui.Link{Label: q.P("case.cancel", nil), URL: r.V.Path()}, Draft: true, Saved: r.Drafted.Saved, Evaluate: r.PackForm != nil}
	d := q.Data(v.Head.Title, "cases")
	d.LiveURL, d.Path = "", drafted.Here
	return q.Render(status, d, referContent(v))
}

// groups are what is asked: whom, what, and why it is sent without what is missing.
func (r *referring) groups() []saying.Group {
	q := r.Q
	whom := saying.Group{Title: q.P("case.refer.whom", nil), Wide: true, Fields: r.whom()}
	for _, own := range r.OwnGroups() {
		whom.Fields = append(whom.Fields, own.Fields...)
	}
	list := append([]saying.Group{whom}, r.PackGroups()...)
	if len(r.gaps) > 0 {
		list = append(list, saying.Group{Title: q.P("case.refer.gaps", nil), Wide: true, Fields: []ui.FieldView{{Name: "gap_reason", Type: ui.FieldText, Long: true, Required: true,
			Label: q.P("case.field.gap-reason", nil), Help: q.P("case.help.gap-reason", nil), Value: r.In.Get("gap_reason"), Error: r.Faults["gap_reason"]}}})
	}
	if r.Named {
		list = append(list, saying.Group{Title: q.P("case.named.title", nil), Wide: true, Fields: []ui.FieldView{{Name: "_named", Type: ui.FieldTick, Label: q.P("case.named.ok", nil)}}})
	}
	return list
}

func (r *referring) sourceName(id string) string {
	if s := r.V.Pack.SourceOf(id); s != nil {
		if !s.Checked {
			return r.Q.SourceText(*s) + " · " + r.Q.P("case.unchecked", nil)
		}
		return r.Q.SourceText(*s)
	}
	return ""
}

// packet shows what the pathway wants a referral to bring, and what of it is there.
func (r *referring) packet() (list []ui.ListItem) {
	if r.V.Pack == nil {
		return nil
	}
	missing := map[string]bool{}
	for _, g := range r.gaps {
		missing[g.ID] = true
	}
	missing["question"] = strings.TrimSpace(r.referred().Question) == ""
	all := r.V.Pack.PacketGaps(pathway.Values{}, nil)
	wanted := func(item pathway.PacketItem) bool {
		return item.When.IsZero() || missing[item.ID] || slices.ContainsFunc(all, func(g pathway.PacketItem) bool { return g.ID == item.ID })
	}
	for _, item := range r.V.Pack.Packet {
		if !wanted(item) {
			continue
		}
		line := ui.ListItem{Icon: "check-circle", Text: r.Q.PackText(item.Label), End: r.Q.P("case.packet.there", nil)}
		if missing[item.ID] {
			line.Icon, line.End, line.Note = "alert", r.Q.P("case.packet.missing", nil), r.Q.PackText(item.Help)
			if item.Kind == "attachment" {
				slug := "finding?_form=-"
				if casebook.Attachment(item) == "dicom" || casebook.Attachment(item) == "video" {
					slug = "imaging"
				}
				line.URL = r.V.Path("say", slug)
			}
		}
		list = append(list, line)
	}
	return list
}

// whom asks which hospital, with the reasons beside each.
func (r *referring) whom() []ui.FieldView {
	q := r.Q
	f := ui.FieldView{Name: "to", Type: ui.FieldCode, Label: q.P("case.field.to", nil), Required: true, Value: r.Get("to"), Error: r.Faults["to"]}
	for _, c := range r.candidates {
		f.Options = append(f.Options, ui.Option{Value: c.Hospital.Raw(), Label: ui.NameIn(q.Lang, c.Name), Help: strings.Join(c.Reasons, " · ")})
	}
	f.Options = append(f.Options, ui.Option{Value: q.Desk.ID.Raw(), Label: q.P("case.refer.inside", map[string]any{"hospital": ui.NameIn(q.Lang, q.Desk.Name)}), Help: q.P("case.refer.inside-help", nil)},
		ui.Option{Value: "outside", Label: q.P("case.refer.outside", nil), Help: q.P("case.refer.outside-help", nil)})
	return []ui.FieldView{f, {Name: "outside", Type: ui.FieldText, Label: q.P("case.field.outside", nil), Value: r.In.Get("outside"), Error: r.Faults["outside"],
		Hidden: r.Get("to") != "outside"}}
}
