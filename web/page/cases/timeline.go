package cases

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/imaging/manifest"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/terms"
	"consilium/web/face"
	"consilium/web/saying"
	"consilium/web/ui"
)

// timeline is what happened, the newest first.
func timeline(v *face.Case, say bool) ui.TimelineView {
	t := ui.TimelineView{}
	for i, h := range v.Lanes {
		if i < face.MaxLanes {
			t.Lanes = append(t.Lanes, v.Hospital(h))
		}
	}
	n := narrowingOf(v.Q)
	t.Filter, t.Jumps = narrowings(v, n), jumps(v)
	month, ask := "", saying.Asked(v)
	var run []record.Item // of bookkeeping, all of one month: one line at its end
	add := func(e ui.TimelineEntry, item record.Item) {
		if m := monthOf(v, item); m != month {
			e.Month, month = m, m
		}
		t.Entries = append(t.Entries, e)
	}
	fold := func() {
		if len(run) > 0 {
			add(systemFold(v, run), run[0])
		}
		run = nil
	}
	for _, item := range slices.Backward(v.Timeline) {
		switch {
		case !n.lets(item):
		case n.group == "" && isSystem(item):
			if len(run) > 0 && monthOf(v, run[0]) != monthOf(v, item) {
				fold()
			}
			run = append(run, item)
		default:
			if month != monthOf(v, item) {
				fold()
			}
			add(timelineEntry(v, item, say, ask), item)
		}
	}
	fold()
	return t
}

func timelineEntry(v *face.Case, item record.Item, say bool, ask *record.Asking) ui.TimelineEntry {
	q := v.Q
	t := told(v, item, ask)
	date, clock := when(v, item.When)
	e := ui.TimelineEntry{ID: "e-" + item.Hash.Short(), Lane: v.Lane(item.By.Hospital), Date: date, Clock: clock, When: machineTime(item.When),
		Title: title(v, item, t), By: by(v, item.By), Said: words(v, item.Lines), Struck: item.Retracted, Quiet: strings.HasPrefix(item.Kind, "thread.")}
	if item.By.Name == "" {
		e.By = v.Name(item.By.Hospital)
	}
	e.Marks = marks(v, item)
	if item.Erased {
		e.Said = ""
	}
	detail(v, item, t, &e)
	if item.Belated && !e.Quiet {
		e.Under = face.JoinDots(e.Under, q.P("case.belated", map[string]any{"when": q.Moment(item.Written)}))
	}
	if len(item.Corrections) > 0 {
		e.Content = together(e.Content, corrections(v, item))
	}
	if say && !item.Erased && !e.Quiet && correctable(v, item) {
		if links := correctLinks(v, item); links != nil {
			if e.Folded == nil {
				e.Folded = &ui.FoldView{ID: "k-" + item.Hash.Short(), Label: q.P("case.amend.link", nil)}
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
func when(v *face.Case, stored string) (date, clock string) {
	zone := v.Q.Now().Location()
	d, err := terms.ParsePartialDate(stored)
	at := d.Start(zone)
	if err != nil {
		if at, err = terms.ParseMoment(stored); err != nil {
			return lang.PartialDate(v.Q.Lang, stored), ""
		}
	}
	switch d.Precision() {
	case terms.Year, terms.Month:
		return lang.PartialDate(v.Q.Lang, stored), ""
	case terms.Day:
		return shortDay(v.Q.Lang, at, v.Q.Now()), ""
	}
	at = at.In(zone)
	return shortDay(v.Q.Lang, at, v.Q.Now()), lang.Clock(v.Q.Lang, at)
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

func by(v *face.Case, a record.Author) string {
	return v.By(a)
}

func words(v *face.Case, lines []lang.Text) string {
	var list []string
	for _, l := range lines {
		list = append(list, v.Q.Text(l))
	}
	return strings.Join(list, "\n")
}

// marks are what is odd about an entry, in plain words.
func marks(v *face.Case, item record.Item) (list []string) {
	q := v.Q
	switch item.Standing {
	case ledger.Late:
		list = append(list, q.P("case.mark.late", nil))
	case ledger.Doubted:
		list = append(list, q.P("case.mark.doubted", nil))
	}
	if item.Erased {
		list = append(list, erasedMark(v, item.Hash))
	}
	if item.Unread {
		list = append(list, q.P("case.mark.unread", nil))
	}
	if item.Conflict {
		list = append(list, q.P("case.mark.conflict", nil))
	}
	if v.Odd[item.Hash] {
		list = append(list, q.P("case.mark.clock", nil))
	}
	for _, m := range item.Marks {
		list = append(list, q.Text(oddMark(v, item.Hash, m)))
	}
	return list
}

// oddMark is a mark in words: of what a pack calls odd as the pack has it, where the reader has the pack.
func oddMark(v *face.Case, entry ledger.Hash, m record.Mark) lang.Text {
	code, odd := strings.CutPrefix(m.Code, casebook.OddOf)
	s := v.Log.Find(entry)
	if !odd || s == nil || v.Pack == nil || v.Pack.OddText(code).IsZero() {
		return m.Text
	}
	var body struct{ Confirmed casebook.Confirmed }
	if json.Unmarshal(s.Says(), &body) != nil {
		return m.Text
	}
	return casebook.OddMark(saying.OddText(v.Pack, code), body.Confirmed.Why)
}

// panels are the parts of this page that a declaration asks for by their names, to stand below an entry's words. A panel that is whole leaves nothing else to tell.
var panels = map[string]func(v *face.Case, entry ledger.Hash, e *ui.TimelineEntry) (content templ.Component, whole bool){"plan": planPanel, "deviation": deviationPanel}

// told is an entry as its declaration tells it to a reader who has the pack and all else that was said.
func told(v *face.Case, item record.Item, ask *record.Asking) (t record.Telling) {
	k, s := saying.Kind(item.Kind), v.Log.Find(item.Hash)
	if k == nil || s == nil || item.Unread {
		return t
	}
	return k.Told(s, ask)
}

// title is the line that says what an entry is.
func title(v *face.Case, item record.Item, t record.Telling) string {
	if item.Erased {
		return v.Q.KindName(item.Kind)
	}
	if !t.Title.Empty() {
		return v.Q.Text(t.Title)
	}
	return v.Q.Text(item.Title)
}

// detail adds what an entry holds beside its words: answers, images, the plan as a document.
func detail(v *face.Case, item record.Item, t record.Telling, e *ui.TimelineEntry) {
	s := v.Log.Find(item.Hash)
	if s == nil || item.Erased || item.Retracted {
		return
	}
	if t.Lines != nil {
		e.Said = words(v, t.Lines)
	}
	var under []string
	for _, u := range t.Under {
		under = append(under, v.Q.Text(u))
	}
	e.Under = face.JoinDots(under...)
	var parts []templ.Component
	whole := false
	if k := saying.Kind(item.Kind); k != nil && panels[k.Panel] != nil {
		var content templ.Component
		content, whole = panels[k.Panel](v, item.Hash, e)
		parts = append(parts, content)
	}
	if len(item.Blobs) > 0 {
		parts = append(parts, thumbs(v, item.Blobs))
	}
	if says := s.Says(); says != nil && !whole {
		answersOf(v, says, e)
	}
	e.Content = together(parts...)
}

// answersOf shows the scores of a form as chips, and folds the rest away.
func answersOf(v *face.Case, says json.RawMessage, e *ui.TimelineEntry) {
	var body struct {
		Form   string         `json:"form"`
		Values pathway.Values `json:"values"`
	}
	if json.Unmarshal(says, &body) != nil || len(body.Values) == 0 {
		return
	}
	chips, facts := v.FormAnswers(body.Form, body.Values)
	e.Chips = append(e.Chips, chips...)
	if len(facts) > 0 {
		e.Folded = &ui.FoldView{ID: "a-" + strings.TrimPrefix(e.ID, "e-"), Label: v.Q.P("case.answers", map[string]any{"count": len(facts)}), Content: ui.Facts(facts)}
	}
}

// thumbs are the pictures of an entry that a browser can show, and links to all other files.
func thumbs(v *face.Case, blobs []ledger.BlobRef) templ.Component {
	var pictures, files []ui.Link
	for _, b := range blobs {
		if b.Type == desk.PackType || b.Sealed && (b.Scope == "" || b.Scope == string(access.Identity)) {
			continue // the pack and the sealed identity travel with the case; nobody opens them on the timeline
		}
		if b.Type == manifest.PackType {
			continue // what the study's link shows
		}
		here := !b.Sealed && v.Q.Desk.Blobs.Has(b.Hash)
		link := ui.Link{Label: face.JoinDots(fileName(v, b), typeName(v.Q, b.Type), sizeOf(v.Q, v.Q.Desk.Length(v.Q.Context(), b)))}
		if here {
			link.URL = v.Path("files", b.Hash.String())
		}
		if b.Type == manifest.Type {
			link = ui.Link{Label: v.Q.P("images.view", nil), URL: v.Path("images")}
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
	return entryFiles(pictures, files, more, v.Path("files"), v.Q)
}

// correctable: who said it, or the head of the department, may correct what was said here; the door decides.
func correctable(v *face.Case, item record.Item) bool {
	if item.By.Hospital != v.Q.Desk.ID || item.Standing == ledger.Late {
		return false
	}
	return item.By.Person == v.Q.Caller.Person || v.Q.Is("head_of_department")
}

func correctLinks(v *face.Case, item record.Item) templ.Component {
	q := v.Q
	query := "?ref=" + item.Hash.String()
	var links []ui.Link
	known := saying.Corrects(item.Kind)
	if known && item.Kind != casebook.KindPlan && item.Kind != casebook.KindPlanSigned && !item.Retracted {
		label := q.P("case.amend.link", nil)
		if item.Conflict {
			label = q.P("case.settle", nil)
		}
		links = append(links, ui.Link{Label: label, URL: v.Path("say", ledger.KindAmend) + query})
	}
	if !item.Retracted && item.Kind != casebook.KindOpened && strings.HasPrefix(item.Kind, "case.") {
		links = append(links, ui.Link{Label: q.P("case.retract.link", nil), URL: v.Path("say", ledger.KindRetract) + query})
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
func corrections(v *face.Case, item record.Item) templ.Component {
	var list []correctionView
	for _, c := range item.Corrections {
		list = append(list, correctionView{By: face.JoinDots(by(v, c.By), v.Q.Moment(c.Written)), Why: c.Why, Words: words(v, c.Lines), Retracted: c.Retracted})
	}
	if item.Conflict {
		return entryConflict(v.Q, list, words(v, item.Original))
	}
	label := v.Q.P("case.corrected", map[string]any{"count": len(list)})
	return ui.Folded(ui.FoldView{ID: "c-" + item.Hash.Short(), Label: label, Content: entryCorrected(v.Q, list, words(v, item.Original))})
}
