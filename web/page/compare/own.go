package compare

import (
	"context"
	"slices"
	"strconv"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/registry"
	"consilium/registry/waiver"
	"consilium/study"
	"consilium/study/disclosure"
	"consilium/web/face"
	"consilium/web/ui"
)

// ownView is what would leave this hospital, for its own people.
type ownView struct {
	Head    ui.HeadView
	Waiver  ui.FieldView
	Cohort  string
	Odd     []string
	Lost    string // that what left before a restore is not known
	Parts   ui.TableView
	Approve *ui.ButtonView
}

// ownPage tells, before anybody approves, to which analyses this hospital would contribute with its rows as they stand, and why not to others. The reasons are for its own
// people; nothing leaves with this page.
func ownPage(q *face.Request) error {
	s, err := opened(q)
	if err != nil {
		return err
	}
	under := q.FormValue("waiver")
	part, err := q.Desk.OwnPart(q.Context(), q.Caller, s, under)
	if err != nil {
		return err
	}
	p := s.Current().Parsed
	cohort := q.P("study.own.few-patients", nil)
	if n, told := part.Patients(); told {
		cohort = q.P("study.own.cohort", map[string]any{"count": n})
	}
	v := ownView{Head: ui.HeadView{Title: q.P("study.own.title", nil), Sub: titleOf(q, s), Back: ui.Link{Label: titleOf(q, s), URL: pathOf(s)}},
		Waiver: ui.FieldView{Name: "waiver", Type: ui.FieldCode, Label: q.P("study.entry.approved.waiver", nil), Help: q.P("study.own.waiverhelp", nil), Options: ownWaivers(q, s), Value: under},
		Cohort: cohort}
	lost, err := q.Desk.ForgottenRun(q.Context(), s.Current())
	if err != nil {
		return err
	}
	if !lost.IsZero() {
		v.Lost = q.P("study.own.forgotten", map[string]any{"when": q.Day(lost)})
	}
	for _, odd := range part.Cohort.Odd {
		v.Odd = append(v.Odd, odd.Variable) // never their values: who looks need not be who may read rows
	}
	v.Parts = ui.TableView{Caption: q.P("study.own.title", nil), Columns: []ui.Column{{Label: q.P("study.protocol.analysis", nil)}, {Label: q.P("study.own.patients", nil), Numeric: true},
		{Label: q.P("study.own.leaves", nil)}, {Label: q.P("study.own.why", nil)}}}
	for i := range p.Analyses {
		count := "–"
		if n, told := part.Complete(i); told {
			count = strconv.Itoa(n)
		}
		chip := ui.ChipView{Text: q.P("study.own.sums", nil), Sort: ui.Good, Icon: "check"}
		if !part.Takes[i] {
			chip = ui.ChipView{Text: q.P("study.own.nothing", nil), Sort: ui.Line, Icon: "x"}
		}
		v.Parts.Rows = append(v.Parts.Rows, ui.TableRow{Cells: []ui.Cell{{Text: p.Analyses[i].ID}, {Text: count}, {Chips: []ui.ChipView{chip}}, {Text: reasons(q, part.Why[i])}}})
	}
	if t, ok := ownTask(q, s.Next()); ok && t.Kind == study.KindApproved {
		v.Approve = &ui.ButtonView{Label: q.Text(talk.Name(slug(t.Kind))), URL: pathOf(s, "say", slug(t.Kind))}
	}
	return q.Show(q.Data(v.Head.Title, "compare"), ownContent(q, v))
}

// waivers offers the waivers of consent under which this hospital may approve the newest version, by the number that the approval names.
func waivers(q *face.Request, s *study.Study) []ui.Option {
	v := s.Current()
	if v == nil {
		return nil
	}
	var list []waiver.Row
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = q.Desk.WaiversOf(ctx, tx, q.Caller, v.Parsed.Pathway)
		return err
	})
	if err != nil { // who sees a study need not be who may know of waivers
		q.Desk.Log.Debug("listing waivers", "err", err)
	}
	options := q.WaiverOptions(list)
	for i, o := range options[1:] {
		options[1+i].Value = o.Label
	}
	return slices.CompactFunc(options, func(a, b ui.Option) bool { return a.Value == b.Value }) // of two with one number the newer is meant
}

// ownWaivers are those of [waivers] that somebody may look under: a head under each, others under that of the approval here.
func ownWaivers(q *face.Request, s *study.Study) []ui.Option {
	all := waivers(q, s)
	if slices.Contains(q.Caller.Roles, people.HeadOfDepartment) || len(all) == 0 {
		return all
	}
	on := s.Current().Ground(q.Desk.ID)
	return slices.DeleteFunc(all, func(o ui.Option) bool { return o.Value != "" && (on == nil || o.Value != on.Waiver) })
}

// reasons are what stands against an analysis, in words.
func reasons(q *face.Request, list []disclosure.Reason) string {
	var words []string
	for _, r := range list {
		words = append(words, r.In(q.Lang))
	}
	return lang.List(q.Lang, words)
}

// labels are what a pathway's registry calls its columns and their codes.
func labels(q *face.Request, id string) func(variable, level string) string {
	pack := q.Desk.Packs(id, "")
	if pack == nil {
		return nil
	}
	columns := map[string]registry.Column{}
	for _, c := range registry.Columns(pack) {
		columns[c.Name] = c
	}
	return func(variable, level string) string {
		c, ok := columns[variable]
		switch {
		case !ok:
			return procedureName(q, level)
		case level == "":
			return q.Text(c.Label)
		}
		for _, x := range c.Choices {
			if x.Code == level {
				return q.Text(x.Label)
			}
		}
		return procedureName(q, level)
	}
}

// procedureName is what packs call a procedure; "" for what is none.
func procedureName(q *face.Request, code string) string {
	if code == "" {
		return ""
	}
	if name := q.ProcedureName(code); name != code {
		return name
	}
	return ""
}
