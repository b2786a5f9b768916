package casebook

import (
	"context"
	"slices"
	"strings"

	jsonv2 "github.com/go-json-experiment/json"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// What a writer says may be odd: a date beside others, a value beyond what is usual, an operator without a privilege. It is not refused, for it may be right. But the
// writer is asked, confirms it with a reason, and the reason stays with the entry, at which every reader sees a mark.

// Confirmed is what a writer said who was asked about something odd: the codes of what they were asked about, and why it is so nevertheless.
type Confirmed struct {
	Odd []string `json:"odd,omitempty"`
	Why string   `json:"why,omitempty"`
}

func (s Confirmed) check(c *record.Checks) { c.Text("confirmed.why", s.Why, len(s.Odd) > 0) }

// Doubt is one thing that is odd about what somebody would say.
type Doubt struct {
	Code  string
	Field string // of the body; "v.ID" for the variable ID of the pack's form
	Text  lang.Text
}

// doubt is one whose words are the phrase of its code.
func doubt(code, field string) Doubt { return Doubt{code, field, oddText(code)} }

// Doubter finds what is odd about a draft. What cannot be at all it stops with an error.
type Doubter func(ctx context.Context, tx ledger.Tx, draft ledger.Draft) ([]Doubt, error)

// Doubted is the rule that asks doubters, and stops a writer who has not confirmed what they find, or confirms what is not odd: a mark must not stand at what is
// in order.
func Doubted(doubters ...Doubter) access.Rule {
	return func(ctx context.Context, tx ledger.Tx, draft ledger.Draft) error {
		var found []Doubt
		for _, ask := range doubters {
			list, err := ask(ctx, tx, draft)
			if err != nil {
				return err
			}
			found = append(found, list...)
		}
		confirmed := confirmedIn(draft.Raw()).Odd
		open := slices.ContainsFunc(found, func(d Doubt) bool { return !slices.Contains(confirmed, d.Code) })
		idle := slices.ContainsFunc(confirmed, func(code string) bool {
			return !slices.ContainsFunc(found, func(d Doubt) bool { return d.Code == code })
		})
		if open || idle {
			return &Unconfirmed{found}
		}
		return nil
	}
}

func confirmedIn(says []byte) Confirmed {
	var body struct {
		Confirmed Confirmed `json:"confirmed"`
	}
	if jsonv2.Unmarshal(says, &body, quickValues) != nil {
		return Confirmed{} // the body's own check says what is wrong with it
	}
	return body.Confirmed
}

// Unconfirmed says all that is odd about what somebody would say, and has to be confirmed. With no doubts, something was confirmed that is not odd.
type Unconfirmed struct{ Doubts []Doubt }

func (u *Unconfirmed) Error() string { return u.Tell().En }

// Tell is what is odd, as people read it.
func (u *Unconfirmed) Tell() lang.Text { return record.Together(u.Faults()) }

// Faults are the doubts at their fields, and how they are confirmed.
func (u *Unconfirmed) Faults() (list []record.Fault) {
	var codes []string
	for _, d := range u.Doubts {
		list = append(list, record.Fault{Field: d.Field, Text: d.Text})
		codes = append(codes, d.Code)
	}
	how := lang.Phrase("case.odd.confirm", map[string]any{"codes": strings.Join(codes, ", ")})
	if len(codes) == 0 {
		how = lang.Phrase("case.odd.idle", nil)
	}
	return append(list, record.Fault{Field: "confirmed", Text: how})
}

// oddText is what a code says; of a pack's code only that the pack calls it odd, for a reader may not have the pack.
func oddText(code string) lang.Text {
	switch {
	case strings.HasPrefix(code, pathway.OddUsual):
		return lang.Phrase("case.odd.of-pack", map[string]any{"what": strings.TrimPrefix(code, pathway.OddUsual)})
	case strings.HasPrefix(code, pathway.OddCheck):
		return lang.Phrase("case.odd.of-pack", map[string]any{"what": strings.TrimPrefix(code, pathway.OddCheck)})
	}
	return lang.Named("case.odd", code)
}

// OddOf is the beginning of the code of a mark that says that something odd was confirmed; what follows is the code of the doubt.
const OddOf = "odd."

// confirmation is an entry whose writer confirmed something.
type confirmation struct {
	entry ledger.Hash
	Confirmed
}

// confirm notes what the writer of an entry confirmed.
func (f *folding) confirm(e record.Entry, s Confirmed) {
	if len(s.Odd) > 0 {
		f.confirmed = append(slices.Clip(f.confirmed), confirmation{e.Hash, s})
	}
}

// markConfirmed marks in the timeline what is odd and was confirmed, with the reason.
func (f *folding) markConfirmed() {
	for _, s := range f.confirmed {
		for _, code := range s.Odd {
			f.mark(s.entry, record.Mark{Code: OddOf + code, Text: OddMark(oddText(code), s.Why)})
		}
	}
}

// OddMark is how it is told that something odd was confirmed.
func OddMark(what lang.Text, why string) lang.Text {
	return lang.Phrase("case.odd.mark", map[string]any{"what": what, "why": why})
}

// mark adds a mark to an entry of the timeline. That of the reading itself is shared and stays.
func (f *folding) mark(entry ledger.Hash, m record.Mark) {
	at := slices.IndexFunc(f.c.Timeline, func(i record.Item) bool { return i.Hash == entry })
	if at < 0 {
		return
	}
	if &f.c.Timeline[0] == &f.Timeline[0] {
		f.c.Timeline = slices.Clone(f.Timeline)
	}
	item := &f.c.Timeline[at]
	if len(item.Marks) == 0 && !item.Conflict && item.Standing != ledger.Doubted {
		f.c.Marks++
	}
	item.Marks = append(slices.Clip(item.Marks), m)
}

// Confirms are the kinds that hold answers of a pack's form, and can say why something odd is so nevertheless.
var Confirms = []string{KindFinding, KindOperation, KindComplication, KindFollowUp}

// OddAnswers asks the pack of a case what is odd about the answers of a form.
func OddAnswers(book *ledger.Book, packs Packs) Doubter {
	return func(ctx context.Context, tx ledger.Tx, d ledger.Draft) (list []Doubt, err error) {
		var body struct {
			Form   string         `json:"form"`
			Values pathway.Values `json:"values"`
		}
		if d.Pack == nil || jsonv2.Unmarshal(d.Raw(), &body, quickValues) != nil || len(body.Values) == 0 {
			return nil, nil
		}
		pack := packs(d.Pack.ID, d.Pack.Version)
		if pack == nil {
			return nil, nil
		}
		l, err := book.Log(ctx, tx, d.Thread)
		if err != nil {
			return nil, err
		}
		c := Fold(l)
		if !c.Opened || c.History != "" {
			return nil, nil // an imported case is judged by the registry, all of it at once
		}
		for _, o := range pack.Odd(body.Form, body.Values, c.Answers()) {
			list = append(list, Doubt{o.Code, "v." + o.Field, lang.Text(o.Text)})
		}
		return list, nil
	}
}
