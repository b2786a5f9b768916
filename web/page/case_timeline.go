package page

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/a-h/templ"

	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/terms"
	"consilium/web/ui"
)

// timeline is what happened, the newest first.
func (v *caseView) timeline(say bool) ui.TimelineView {
	t := ui.TimelineView{}
	for i, h := range v.lanes {
		if i < maxLanes {
			t.Lanes = append(t.Lanes, v.hospital(h))
		}
	}
	for i := len(v.Timeline) - 1; i >= 0; i-- {
		t.Entries = append(t.Entries, v.timelineEntry(v.Timeline[i], say))
	}
	return t
}

func (v *caseView) timelineEntry(item casebook.Item, say bool) ui.TimelineEntry {
	q := v.q
	date, clock := v.when(item.When)
	e := ui.TimelineEntry{ID: "e-" + item.Hash.Short(), Lane: v.lane(item.By.Hospital), Date: date, Clock: clock, When: machineTime(item.When),
		Title: v.entryTitle(item), By: v.by(item.By), Said: v.words(item.Lines), Struck: item.Retracted, Quiet: strings.HasPrefix(item.Kind, "thread.")}
	if item.By.Name == "" {
		e.By = v.name(item.By.Hospital)
	}
	e.Marks = v.marks(item)
	if item.Erased {
		e.Said = ""
	}
	v.detail(item, &e)
	if item.Belated && !e.Quiet {
		e.Under = joinDots(e.Under, q.p("case.belated", map[string]any{"when": q.moment(item.Written)}))
	}
	if len(item.Corrections) > 0 {
		e.Content = together(e.Content, v.corrections(item))
	}
	if say && !item.Erased && !e.Quiet && v.correctable(item) {
		if links := v.correctLinks(item); links != nil {
			if e.Folded == nil {
				e.Folded = &ui.FoldView{ID: "k-" + item.Hash.Short(), Label: q.p("case.amend.link", nil)}
			}
			e.Folded.Content = together(e.Folded.Content, links)
		}
	}
	return e
}

// together is what of some parts there is.
func together(parts ...templ.Component) templ.Component {
	parts = slices.DeleteFunc(parts, func(c templ.Component) bool { return c == nil })
	if len(parts) == 0 {
		return nil
	}
	return templ.Join(parts...)
}

// when writes an event's date for the margin: the day, and the time where one is known.
func (v *caseView) when(stored string) (date, clock string) {
	t, err := time.Parse("2006-01-02T15:04Z07:00", stored)
	if err != nil {
		if t, err = time.Parse(time.RFC3339, stored); err != nil {
			if day, err := time.ParseInLocation(time.DateOnly, stored, v.q.now().Location()); err == nil {
				return shortDay(v.q.lang, day, v.q.now()), ""
			}
			return lang.PartialDate(v.q.lang, stored), ""
		}
	}
	t = t.In(v.q.now().Location())
	return shortDay(v.q.lang, t, v.q.now()), lang.Clock(v.q.lang, t)
}

// shortDay is today and yesterday in words, and all else as a date: a record is read for its dates.
func shortDay(l lang.Language, t, now time.Time) string {
	if y1, m1, d1 := t.Date(); true {
		y2, m2, d2 := now.Date()
		if days := time.Date(y2, m2, d2, 12, 0, 0, 0, time.UTC).Sub(time.Date(y1, m1, d1, 12, 0, 0, 0, time.UTC)).Hours() / 24; days == 0 || days == 1 {
			return lang.Day(l, t, now)
		}
	}
	if l == lang.Chinese && t.Year() != now.Year() {
		return t.Format(time.DateOnly) // as it is written on a chart, and short enough for the margin
	}
	return lang.ShortDate(l, t, now)
}

func machineTime(stored string) string {
	if _, err := terms.ParsePartialDate(stored); err != nil {
		return ""
	}
	return stored
}

// dayOf is the date of a stored time, without its clock.
func dayOf(stored string) string {
	day, _, _ := strings.Cut(stored, "T")
	return day
}

func (v *caseView) by(a casebook.Author) string {
	return joinDots(v.q.person(a.Name), v.q.roleName(a.Role), v.name(a.Hospital))
}

func (v *caseView) words(lines []lang.Text) string {
	var list []string
	for _, l := range lines {
		list = append(list, v.q.text(l))
	}
	return strings.Join(list, "\n")
}

// entryTitle names codes of the pack by their names.
func (v *caseView) entryTitle(item casebook.Item) string {
	title := v.q.text(item.Title)
	s := v.log.Find(item.Hash)
	if s == nil || v.pack == nil || s.Says() == nil {
		return title
	}
	switch item.Kind {
	case casebook.KindComplication:
		if k, err := ledger.Decode[casebook.Complication](s.Says()); err == nil {
			if c := v.pack.Complication(k.Code); c != nil {
				return v.q.p("case.title.complication", map[string]any{"name": v.q.pt(c.Name)})
			}
		}
	case casebook.KindFollowUp:
		if u, err := ledger.Decode[casebook.FollowUp](s.Says()); err == nil {
			if f := v.pack.FollowUp(u.Schedule); f != nil {
				key := "case.title.followup"
				if u.Lost != "" {
					key = "case.title.lost"
				}
				return v.q.p(key, map[string]any{"name": v.q.pt(f.Name)})
			}
		}
	case casebook.KindFinding:
		if n, err := ledger.Decode[casebook.Finding](s.Says()); err == nil && n.Form != "" {
			if f := v.pack.Form(n.Form); f != nil {
				return v.q.pt(f.Name)
			}
		}
	}
	return title
}

// marks are what is odd about an entry, in plain words.
func (v *caseView) marks(item casebook.Item) (list []string) {
	q := v.q
	switch item.Standing {
	case ledger.Late:
		list = append(list, q.p("case.mark.late", nil))
	case ledger.Doubted:
		list = append(list, q.p("case.mark.doubted", nil))
	}
	if item.Erased {
		list = append(list, q.p("case.mark.erased", nil))
	}
	if item.Unread {
		list = append(list, q.p("case.mark.unread", nil))
	}
	if item.Conflict {
		list = append(list, q.p("case.mark.conflict", nil))
	}
	if v.odd[item.Hash] {
		list = append(list, q.p("case.mark.clock", nil))
	}
	for _, m := range item.Marks {
		list = append(list, q.text(m.Text))
	}
	return list
}

// detail adds what an entry holds beside its words: answers, images, the plan as a document.
func (v *caseView) detail(item casebook.Item, e *ui.TimelineEntry) {
	s := v.log.Find(item.Hash)
	if s == nil || item.Erased || item.Retracted {
		return
	}
	var parts []templ.Component
	if item.Kind == casebook.KindPlan {
		if i := slices.IndexFunc(v.Plans, func(p casebook.PlanVersion) bool { return p.Hash == item.Hash }); i >= 0 {
			e.Said, e.Title = "", v.q.p("case.plan.version", map[string]any{"n": strconv.FormatInt(v.Plans[i].Says.Version, 10)})
			parts = append(parts, v.planInTimeline(i))
		}
	}
	if len(item.Blobs) > 0 {
		if thumbs := v.thumbs(item.Blobs); thumbs != nil {
			parts = append(parts, thumbs)
		}
	}
	switch item.Kind {
	case casebook.KindReferred:
		e.Under = v.referredTo(s)
	case casebook.KindOpinion:
		e.Said, e.Under = v.opinionWords(s, e.Said)
	case casebook.KindOperation:
		if o, err := ledger.Decode[casebook.Operation](s.Says()); err == nil {
			e.Under = v.tableTeam(o)
		}
		if i := slices.IndexFunc(v.Operations, func(o casebook.Operated) bool { return o.Hash == item.Hash }); i >= 0 && len(v.Operations[i].Deviation) > 0 {
			parts = append(parts, v.deviation(v.Operations[i]))
		}
	}
	if says := s.Says(); says != nil && item.Kind != casebook.KindPlan {
		v.answersOf(says, e)
	}
	e.Content = together(parts...)
}

// answersOf shows the scores of a form as chips, and folds the rest away.
func (v *caseView) answersOf(says json.RawMessage, e *ui.TimelineEntry) {
	var body struct {
		Form   string         `json:"form"`
		Values pathway.Values `json:"values"`
	}
	if json.Unmarshal(says, &body) != nil || len(body.Values) == 0 {
		return
	}
	chips, facts := v.answers(body.Form, body.Values)
	e.Chips = append(e.Chips, chips...)
	if len(facts) > 0 {
		e.Folded = &ui.FoldView{ID: "a-" + strings.TrimPrefix(e.ID, "e-"), Label: v.q.p("case.answers", map[string]any{"count": len(facts)}), Content: ui.Facts(facts)}
	}
}

// answers tells the answers of a form in the order of its fields: scores as chips, all of it as facts. Without the pack the codes are shown.
func (v *caseView) answers(formID string, values pathway.Values) (chips []ui.ChipView, facts []ui.Fact) {
	var form *pathway.Form
	if v.pack != nil {
		form = v.pack.Form(formID)
	}
	if form == nil {
		ids := make([]string, 0, len(values))
		for id := range values {
			ids = append(ids, id)
		}
		slices.Sort(ids)
		for _, id := range ids {
			facts = append(facts, ui.Fact{Label: id, Value: values[id].String()})
		}
		return nil, facts
	}
	for _, f := range form.AllFields() {
		value := values[f.ID]
		if value.IsZero() || f.Type == pathway.KindMedia {
			continue
		}
		words := v.answer(f, value)
		facts = append(facts, ui.Fact{Label: v.q.pt(f.Label), Value: words})
		if s := v.pack.Scale(f.ID); s != nil && value.Given() && len(chips) < 4 {
			chips = append(chips, ui.ChipView{Text: v.scoreChip(s, f, value)})
		}
	}
	return chips, facts
}

// answer is one answer in words: dates and numbers as the reader's language writes them.
func (v *caseView) answer(f pathway.Field, value pathway.Value) string {
	if text, ok := value.AsString(); ok && (f.Type == pathway.KindDate || f.Type == pathway.KindDateTime) {
		return lang.PartialDate(v.q.lang, text)
	}
	words := v.q.pt(f.Answer(value))
	if f.Unit != "" {
		words = strings.Replace(words, " "+f.Unit, " "+unitName(v.q.lang, f.Unit), 1)
	}
	return words
}

// scoreChip is a score as short as it can be: "Cohen 3", "HFS-7 19 of 28".
func (v *caseView) scoreChip(s *pathway.Scale, f pathway.Field, value pathway.Value) string {
	text := v.q.pt(s.Name) + " " + value.String()
	if len(s.Grades) == 0 && s.Max != "" {
		text = v.q.p("case.score", map[string]any{"scale": v.q.pt(s.Name), "value": value.String(), "max": s.Max})
	}
	return text
}

// unitName writes a unit as people read it.
func unitName(l lang.Language, code string) string {
	u, err := terms.ParseUnit(code)
	if err != nil {
		return code
	}
	return lang.Text(u.Symbol).In(l)
}

func (v *caseView) referredTo(s *ledger.Said) string {
	r, err := ledger.Decode[casebook.Referred](s.Says())
	if err != nil {
		return ""
	}
	parts := []string{v.q.subSpecialtyName(r.SubSpecialty), r.PersonName}
	if !r.To.IsZero() {
		parts = append(parts, v.name(r.To))
	}
	parts = append(parts, r.Outside)
	text := v.q.p("case.referred.to", map[string]any{"whom": joinDots(parts...)})
	if r.NeededBy != "" {
		text = joinDots(text, v.q.p("case.by", map[string]any{"when": lang.PartialDate(v.q.lang, r.NeededBy)}))
	}
	if len(r.Gaps) == 0 {
		return joinDots(text, v.q.p("case.packet.whole", nil))
	}
	return joinDots(text, v.q.p("case.packet.gaps", map[string]any{"count": len(r.Gaps)}))
}

// opinionWords shows the recommendations below the opinion, each with what became of it.
func (v *caseView) opinionWords(s *ledger.Said, said string) (words, under string) {
	o, err := ledger.Decode[casebook.Opinion](s.Says())
	if err != nil || len(o.Recommendations) == 0 {
		return said, ""
	}
	words = o.Text
	done := 0
	for _, r := range o.Recommendations {
		line := "→ " + r.Text + " (" + joinDots(v.q.person(v.ownerName(r.Owner)), lang.PartialDate(v.q.lang, r.Due)) + ")"
		for _, a := range v.Recommendations {
			if a.Opinion == s.Hash && a.ID == r.ID && a.Outcome != nil {
				done++
				line += " — " + v.q.choiceName("advice", a.Outcome.Says.Status)
				if a.Outcome.Says.Why != "" {
					line += ": " + a.Outcome.Says.Why
				}
			}
		}
		words += "\n" + line
	}
	return words, v.q.p("case.rec.count", map[string]any{"count": len(o.Recommendations), "done": done})
}

func (v *caseView) ownerName(o casebook.Owner) string {
	if o.Hospital.IsZero() {
		return ""
	}
	if o.Name != "" {
		return o.Name
	}
	return joinDots(v.q.roleName(o.Role), v.name(o.Hospital))
}

// thumbs are the pictures of an entry that a browser can show, and links to all other files.
func (v *caseView) thumbs(blobs []ledger.BlobRef) templ.Component {
	var pictures, files []ui.Link
	for _, b := range blobs {
		if b.Type == desk.PackType {
			continue // it travels with the case; nobody opens it on the timeline
		}
		here := !b.Sealed && v.q.s.Blobs.Has(b.Hash)
		link := ui.Link{Label: joinDots(v.fileName(b), typeName(v.q, b.Type), sizeOf(v.q, b.Size))}
		if here {
			link.URL = v.path("files", b.Hash.String())
		}
		if here && slices.Contains(shown, b.Type) && len(pictures) < 6 {
			pictures = append(pictures, link)
		} else {
			files = append(files, link)
		}
	}
	more := 0
	if len(files) > 4 {
		more = len(files) - 4
		files = files[:4]
	}
	return entryFiles(pictures, files, more, v.path("files"), v.q)
}

// correctable: who said it, or the head of the department, may correct what was said here; the door decides.
func (v *caseView) correctable(item casebook.Item) bool {
	if item.By.Hospital != v.q.s.ID || item.Standing == ledger.Late {
		return false
	}
	return item.By.Person == v.q.caller.Person || v.q.is("head_of_department")
}

func (v *caseView) correctLinks(item casebook.Item) templ.Component {
	q := v.q
	query := "?ref=" + item.Hash.String()
	var links []ui.Link
	known := entryKinds[strings.TrimPrefix(item.Kind, "case.")] != nil
	if known && item.Kind != casebook.KindPlan && item.Kind != casebook.KindPlanSigned && !item.Retracted {
		label := q.p("case.amend.link", nil)
		if item.Conflict {
			label = q.p("case.settle", nil)
		}
		links = append(links, ui.Link{Label: label, URL: v.path("say", ledger.KindAmend) + query})
	}
	if !item.Retracted && item.Kind != casebook.KindOpened && strings.HasPrefix(item.Kind, "case.") {
		links = append(links, ui.Link{Label: q.p("case.retract.link", nil), URL: v.path("say", ledger.KindRetract) + query})
	}
	if len(links) == 0 {
		return nil
	}
	return entryLinks(links)
}

// correctionView is one correction as it stands beside others.
type correctionView struct {
	By, Why, Words string
	Retracted      bool
}

// corrections shows one correction folded, and those that conflict side by side, open.
func (v *caseView) corrections(item casebook.Item) templ.Component {
	var list []correctionView
	for _, c := range item.Corrections {
		list = append(list, correctionView{By: joinDots(v.by(c.By), v.q.moment(c.Written)), Why: c.Why, Words: v.words(c.Lines), Retracted: c.Retracted})
	}
	if item.Conflict {
		return entryConflict(v.q, list, v.words(item.Original))
	}
	label := v.q.p("case.corrected", map[string]any{"count": len(list)})
	return ui.Folded(ui.FoldView{ID: "c-" + item.Hash.Short(), Label: label, Content: entryCorrected(v.q, list, v.words(item.Original))})
}
