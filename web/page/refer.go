package page

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/pathway"
	"consilium/web/ui"
)

// referKind is the pathway's own form for asking for help.
var referKind = &entryKind{kind: casebook.KindReferred, pack: stageForm("referral"), files: "-", fields: []entryField{
	{name: "sub_specialty", sort: sortCode, options: subSpecialtyOptions},
	{name: "question", sort: sortLong, need: true, from: "question"},
	{name: "urgency", sort: sortCode, need: true, codes: casebook.Urgencies, list: "urgency", from: "urgency"},
	{name: "needed_by", sort: sortDay, from: "needed_by"},
	{name: "expires", sort: sortDay},
}}

// candidate is a hospital that may be asked, with the reasons for its place in the list.
type candidate struct {
	network.Partner
	Shared, Waiting int
	Distance        float64 // km; NaN: not known
	Reasons         []string
}

// referView is the page that asks for help.
type referView struct {
	Head     ui.HeadView
	Form     ui.FormView
	Banners  []ui.Notice
	Packet   []ui.ListItem
	PacketIs string
	Routes   []ui.ListItem // what the pathway suggests
	Whom     []ui.FieldView
	Groups   []entryGroup
	Gap      ui.FieldView
	Actions  ui.ActionsView
	q        *request
}

// referring is the form while it is filled in.
type referring struct {
	*saying
	candidates []candidate
	gaps       []pathway.PacketItem
}

func newReferring(q *request) (*referring, error) {
	v, err := q.openedCase()
	if err != nil {
		return nil, err
	}
	r := &referring{saying: &saying{q: q, v: v, kind: referKind, faults: map[string]string{}, media: map[string][]string{}}}
	r.choosePackForm()
	r.candidates, err = q.candidates()
	return r, err
}

func (r *referring) name() string { return "refer." + r.v.Thread.String() }

func referPage(q *request) error {
	r, err := newReferring(q)
	if err != nil {
		return err
	}
	if r.in, r.saved, err = q.draft(r.name(), r.start()); err != nil {
		return err
	}
	r.readValues()
	r.findGaps()
	return r.show(http.StatusOK)
}

// start begins with what the case knows already.
func (r *referring) start() url.Values {
	in := url.Values{}
	known := pathway.Values{}
	if r.form != nil {
		for _, f := range r.form.AllFields() {
			if a, ok := r.v.Latest[f.ID]; ok && f.Type != pathway.KindMedia && f.ID != "question" && f.ID != "needed_by" {
				known[f.ID] = a.Value
			}
		}
	}
	set := func(id string, v pathway.Value) {
		if known[id].IsZero() && !v.IsZero() {
			known[id] = v
		}
	}
	set("urgency", pathway.String(r.v.Urgency))
	if r.v.Side != "" {
		set("side", pathway.String(r.v.Side))
	}
	if r.v.Sex != "" {
		set("sex", pathway.String(r.v.Sex))
	}
	if r.v.Age != nil {
		set("age", pathway.Int(*r.v.Age))
	}
	if r.v.Summary != "" {
		set("record_summary", pathway.String(r.v.Summary))
	}
	fillValues(known, in)
	in.Set("urgency", r.v.Urgency)
	if hits := r.routes(known); len(hits) > 0 {
		in.Set("sub_specialty", hits[0].SubSpecialty)
	} else if r.v.pack != nil {
		in.Set("sub_specialty", r.v.pack.SubSpecialty)
	}
	return in
}

func (r *referring) routes(values pathway.Values) []pathway.RouteHit {
	if r.v.pack == nil {
		return nil
	}
	return r.v.pack.Route(r.v.Answers().With(values), map[string]any{"side": r.v.Side, "urgency": r.v.Urgency})
}

func (r *referring) referred() casebook.Referred {
	says := casebook.Referred{Question: r.get("question"), Values: r.values}
	if v, ok := r.values["question"].AsString(); ok && r.form != nil {
		says.Question = v
	}
	return says
}

func (r *referring) findGaps() {
	if r.v.pack != nil {
		r.gaps = casebook.Gaps(r.v.Case, r.v.pack, r.referred())
	}
}

func refer(q *request) error {
	if err := q.readForm(); err != nil {
		return err
	}
	r, err := newReferring(q)
	if err != nil {
		return err
	}
	r.in = q.PostForm
	r.readValues()
	r.findGaps()
	if r.get("_evaluate") != "" || q.Header.Get("X-CSRF-Token") != "" {
		return r.show(http.StatusOK)
	}
	draft, to := r.draft()
	if len(r.faults) > 0 {
		return r.show(http.StatusUnprocessableEntity)
	}
	if r.namesSomebody() && r.get("_named") == "" {
		r.named = true
		return r.show(http.StatusUnprocessableEntity)
	}
	entry, err := r.send(draft, to)
	if err != nil {
		if r.explain(err) {
			return r.show(http.StatusUnprocessableEntity)
		}
		return err
	}
	q.dropDraft(r.name())
	return q.see(r.v.path() + "?done=referred#e-" + entry.Hash.Short())
}

// draft is the referral as it is to be sent, and whom it asks; nil for a hospital outside the network.
func (r *referring) draft() (ledger.Draft, *candidate) {
	says := r.body()
	r.checkValues()
	var to *candidate
	switch whom := r.get("to"); {
	case whom == "outside":
		if r.get("outside") == "" {
			r.fault("outside", "case.fault.needed")
		}
		says["outside"] = r.get("outside")
	case whom == r.q.s.ID.Raw():
		says["to"] = r.q.s.ID
		if says["sub_specialty"] == nil {
			r.fault("sub_specialty", "case.fault.needed")
		}
	default:
		i := slices.IndexFunc(r.candidates, func(c candidate) bool { return c.Hospital.Raw() == whom })
		if i < 0 {
			r.fault("to", "case.fault.needed")
		} else {
			to = &r.candidates[i]
			says["to"] = to.Hospital
		}
	}
	if len(r.gaps) > 0 {
		if r.get("gap_reason") == "" {
			r.fault("gap_reason", "case.fault.gaps")
		}
		var ids []string
		for _, g := range r.gaps {
			ids = append(ids, g.ID)
		}
		says["gaps"], says["gap_reason"] = ids, r.get("gap_reason")
	}
	if r.form != nil && len(r.values) > 0 {
		says["form"], says["values"] = r.form.ID, r.values
	}
	d := ledger.Draft{Thread: r.v.Thread, Kind: casebook.KindReferred, Says: rawJSON(says)}
	if r.v.pack != nil {
		d.Pack = casebook.PackRef(r.v.pack)
	}
	return d, to
}

// send invites the hospital where it takes no part yet, and refers: both or neither. An invitation alone gives nothing away: what leaves is asked of the
// consent.
func (r *referring) send(d ledger.Draft, to *candidate) (*ledger.Entry, error) {
	drafts := []ledger.Draft{d}
	if to != nil {
		if state := r.v.log.Roster.State(to.Hospital); state != ledger.Joined && state != ledger.Invited {
			drafts = []ledger.Draft{invitation(r.v.Thread, to.Partner), d}
		}
	}
	return r.q.s.Door.Say(r.q.Context(), r.q.caller.Who, drafts...)
}

// invitation lets a partner into a case, with the statement of its link key for those who are not its partners.
func invitation(id ledger.ThreadID, p network.Partner) ledger.Draft {
	return ledger.Draft{Thread: id, Kind: ledger.KindInvited, Says: ledger.Invitation{Hospital: p.Hospital, Statement: p.Link}}
}

// candidates are the partners, ranked: near, little waiting, known from earlier cases.
func (q *request) candidates() ([]candidate, error) {
	partners, err := q.partners()
	if err != nil {
		return nil, err
	}
	var list []candidate
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, p := range partners {
			c := candidate{Partner: p, Distance: q.distance(p)}
			shared, err := ledger.Shared(ctx, tx, p.Hospital, ledger.ThreadID{}, 1000)
			if err != nil {
				return err
			}
			for _, s := range shared {
				if s.Kind == "case" {
					c.Shared++
				}
			}
			tasks, err := casebook.Tasks(ctx, tx, casebook.TaskQuery{Hospital: p.Hospital, Kinds: []string{casebook.KindAccepted, casebook.KindOpinion}, Limit: 200})
			if err != nil {
				return err
			}
			c.Waiting = len(tasks)
			list = append(list, c)
		}
		return nil
	})
	for i := range list {
		list[i].Reasons = q.reasons(list[i])
	}
	slices.SortStableFunc(list, func(a, b candidate) int {
		if a.State != b.State {
			return cmp.Compare(stateRank(a), stateRank(b))
		}
		return cmp.Or(cmp.Compare(a.Waiting, b.Waiting), cmp.Compare(b.Shared, a.Shared), cmp.Compare(nearness(a), nearness(b)))
	})
	return list, err
}

func stateRank(c candidate) int {
	if c.State == network.Accepted {
		return 0
	}
	return 1
}

func nearness(c candidate) float64 {
	if math.IsNaN(c.Distance) {
		return math.MaxFloat64
	}
	return c.Distance
}

func (q *request) reasons(c candidate) (list []string) {
	if c.State == network.Asked {
		list = append(list, q.p("case.refer.asked", nil))
	}
	list = append(list, q.p("case.refer.waiting", map[string]any{"count": c.Waiting}))
	if c.Shared > 0 {
		list = append(list, q.p("case.refer.shared", map[string]any{"count": c.Shared}))
	}
	switch {
	case !math.IsNaN(c.Distance):
		list = append(list, q.p("case.refer.distance", map[string]any{"km": lang.Number(q.lang, int64(math.Round(c.Distance)))}))
	case c.Place != "":
		list = append(list, c.Place)
	}
	return list
}

// distance is how far a partner is, where both places are known as degrees north and east.
func (q *request) distance(p network.Partner) float64 {
	lat, lon, ok := placeOf(p.Place)
	if !ok || q.s.Place == nil {
		return math.NaN()
	}
	return greatCircle(q.s.Place[0], q.s.Place[1], lat, lon)
}

// greatCircle is the distance on the ground in km.
func greatCircle(lat1, lon1, lat2, lon2 float64) float64 {
	const earth, rad = 6371.0, math.Pi / 180
	a := math.Pow(math.Sin((lat2-lat1)*rad/2), 2) + math.Cos(lat1*rad)*math.Cos(lat2*rad)*math.Pow(math.Sin((lon2-lon1)*rad/2), 2)
	return 2 * earth * math.Asin(math.Min(1, math.Sqrt(a)))
}

func (r *referring) show(status int) error {
	q := r.q
	v := referView{q: q, Head: r.v.headOf(q.p("case.refer.title", nil)), Banners: r.banner, Packet: r.packet(), Whom: r.whom()}
	have := 0
	for _, item := range v.Packet {
		if item.Icon == "check-circle" {
			have++
		}
	}
	v.PacketIs = q.p("case.packet.count", map[string]any{"have": have, "of": len(v.Packet)})
	if r.named {
		v.Banners = append(v.Banners, ui.Notice{Sort: ui.Warn, Title: q.p("case.named.title", nil), Text: q.p("case.named.text", nil)})
	}
	if len(r.candidates) == 0 {
		v.Banners = append(v.Banners, ui.Notice{Sort: ui.Info, Title: q.p("case.refer.nobody", nil), Text: q.p("case.refer.nobody-text", nil), URL: "/network", Do: q.p("case.refer.network", nil)})
	}
	if r.v.Consent.State(access.Consult).Answer != access.Granted {
		v.Banners = append(v.Banners, ui.Notice{Sort: ui.Warn, Title: q.p("case.refer.noconsent", nil), Text: q.p("case.refer.noconsent-text", nil),
			URL: r.v.path("say", "consent"), Do: q.p("case.kind.consent", nil)})
	}
	for _, h := range r.routes(r.values) {
		v.Routes = append(v.Routes, ui.ListItem{Icon: "arrow-right", Text: q.pt(h.Name), Note: joinDots(q.pt(h.Reason), r.sourceName(h.Source))})
	}
	v.Groups = append(r.ownGroups(), r.packGroups()...)
	v.Gap = ui.FieldView{Name: "gap_reason", Type: ui.FieldText, Long: true, Label: q.p("case.field.gap-reason", nil), Help: q.p("case.help.gap-reason", nil),
		Value: r.in.Get("gap_reason"), Error: r.faults["gap_reason"], Hidden: len(r.gaps) == 0}
	groups := append(slices.Clone(v.Groups), entryGroup{Fields: append(slices.Clone(v.Whom), v.Gap)})
	v.Form = ui.FormView{ID: "refer", Action: r.v.path("refer"), CSRF: q.csrf(), DraftURL: draftURL(r.name()), Owner: string(q.caller.Person), Evaluate: r.v.path("refer"), Errors: r.faultLines(groups)}
	if r.named {
		v.Groups = append(v.Groups, entryGroup{Fields: []ui.FieldView{{Name: "_named", Type: ui.FieldTick, Label: q.p("case.named.ok", nil)}}})
	}
	v.Actions = ui.ActionsView{Submit: q.p("case.do.referred", nil), Cancel: ui.Link{Label: q.p("case.cancel", nil), URL: r.v.path()}, Draft: true, Saved: r.saved, Evaluate: r.form != nil}
	d := q.data(v.Head.Title, "cases")
	d.LiveURL = ""
	return q.render(status, d, referContent(v))
}

func (r *referring) sourceName(id string) string {
	if s := r.v.pack.SourceOf(id); s != nil {
		if !s.Checked {
			return s.Text + " · " + r.q.p("case.unchecked", nil)
		}
		return s.Text
	}
	return ""
}

// packet shows what the pathway wants a referral to bring, and what of it is there.
func (r *referring) packet() (list []ui.ListItem) {
	if r.v.pack == nil {
		return nil
	}
	missing := map[string]bool{}
	for _, g := range r.gaps {
		missing[g.ID] = true
	}
	missing["question"] = strings.TrimSpace(r.referred().Question) == ""
	all := r.v.pack.PacketGaps(pathway.Values{}, nil)
	wanted := func(item pathway.PacketItem) bool {
		return item.When.IsZero() || missing[item.ID] || slices.ContainsFunc(all, func(g pathway.PacketItem) bool { return g.ID == item.ID })
	}
	for _, item := range r.v.pack.Packet {
		if !wanted(item) {
			continue
		}
		line := ui.ListItem{Icon: "check-circle", Text: r.q.pt(item.Label), End: r.q.p("case.packet.there", nil)}
		if missing[item.ID] {
			line.Icon, line.End, line.Note = "alert", r.q.p("case.packet.missing", nil), r.q.pt(item.Help)
			if item.Kind == "attachment" {
				slug := "finding?_form=-"
				if attachmentOf(item) == "dicom" || attachmentOf(item) == "video" {
					slug = "imaging"
				}
				line.URL = r.v.path("say", slug)
			}
		}
		list = append(list, line)
	}
	return list
}

// whom asks which hospital, with the reasons beside each.
func (r *referring) whom() []ui.FieldView {
	q := r.q
	f := ui.FieldView{Name: "to", Type: ui.FieldCode, Label: q.p("case.field.to", nil), Required: true, Value: r.get("to"), Error: r.faults["to"]}
	for _, c := range r.candidates {
		f.Options = append(f.Options, ui.Option{Value: c.Hospital.Raw(), Label: ui.NameIn(q.lang, c.Name), Help: strings.Join(c.Reasons, " · ")})
	}
	f.Options = append(f.Options, ui.Option{Value: q.s.ID.Raw(), Label: q.p("case.refer.inside", map[string]any{"hospital": ui.NameIn(q.lang, q.s.Name)}), Help: q.p("case.refer.inside-help", nil)},
		ui.Option{Value: "outside", Label: q.p("case.refer.outside", nil), Help: q.p("case.refer.outside-help", nil)})
	return []ui.FieldView{f, {Name: "outside", Type: ui.FieldText, Label: q.p("case.field.outside", nil), Value: r.in.Get("outside"), Error: r.faults["outside"],
		Hidden: r.get("to") != "outside"}}
}
