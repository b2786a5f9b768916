package lab

import (
	"slices"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lab/rehearsal"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/saying"
	"consilium/web/stage"
	"consilium/web/ui"
)

// restView is one thing on the stage, and whether the case's plan names it.
type restView struct {
	casebook.Rest
	Label, State string
	Named        bool // the plan names this very file
}

// rests are what stands on the stage and has a file whose hash can be signed. A guide with faults has none.
func (w *labView) rests() (list []restView) {
	for _, one := range []struct {
		a    *rehearsal.Artefact
		says func() []string
	}{{w.Stage.Surface, w.surfaceSays}, {w.Stage.Segmentation, func() []string { return nil }}, {w.Stage.Plan, w.planSays}, {w.Stage.Guide, w.guideSays}, {w.Stage.Model, func() []string { return nil }}, {w.Stage.Strength, w.stressSays}, {w.Stage.Registration, w.fitSays}, {w.Stage.Mirror, w.mirrorSays}} {
		if one.a == nil {
			continue
		}
		if f, ok := one.a.Main(); ok {
			list = append(list, w.rest(casebook.Rest{Sort: string(one.a.Kind), Version: int64(one.a.Version), File: f.Hash.String(), Says: one.says()}))
		}
	}
	implants, _ := w.Stage.Placed() // one that cannot be read is told where it stands on the page
	for _, i := range implants {
		if f, ok := i.Main(); ok {
			list = append(list, w.rest(casebook.Rest{Sort: string(i.Kind), Name: i.Order.Name, Version: int64(i.Version), File: f.Hash.String(), Says: w.implantSays(i)}))
		}
	}
	return list
}

// rest finds out whether the plan names it.
func (w *labView) rest(r casebook.Rest) restView {
	v := restView{Rest: r, Label: face.Joined(" ", w.q.P("lab.kind."+r.Sort, nil), r.Name, num(w.q, float64(r.Version), 0)), State: w.q.P("lab.rests.unnamed", nil)}
	p := w.v.Plan()
	if p == nil {
		return v
	}
	for _, named := range p.Says.Rests {
		switch {
		case named.File == r.File:
			v.Named, v.State = true, w.q.P("lab.rests.named", map[string]any{"n": p.Says.Version})
		case named.Field() == r.Field() && !v.Named:
			v.State = w.q.P("lab.rests.older", map[string]any{"n": p.Says.Version, "version": named.Version})
		}
	}
	return v
}

func (w *labView) surfaceSays() []string {
	return []string{face.JoinDots(w.sub(), w.scanNote())}
}

func (w *labView) planSays() (lines []string) {
	for _, name := range rehearsal.Planes(w.plan) {
		lines = append(lines, face.JoinDots(w.q.P("lab.plane", map[string]any{"plane": name}), w.planeSays(name)))
	}
	return lines[:min(len(lines), 12)]
}

func (w *labView) guideSays() []string {
	return []string{face.JoinDots(w.q.P("lab.step.checked", map[string]any{"volume": num(w.q, w.guide.Volume/1000, 1)}), w.guide.Engraved)}
}

func (w *labView) stressSays() []string {
	lines := []string{face.JoinDots(w.strengthHow(), w.strengthStep().Note)}
	return append(lines, w.q.P("lab.str.material", map[string]any{"law": w.q.P("lab.law."+face.Dashed(w.load.Law), nil), "calibration": w.load.Calibration.Name, "criterion": w.q.P("lab.criterion."+face.Dashed(string(w.load.Criterion)), nil)}))
}

func (w *labView) fitSays() []string {
	lines := []string{factLine(w.fitLines())}
	for _, t := range w.fit.Targets {
		lines = append(lines, face.JoinDots(face.Joined(" ", w.q.P("lab.reg.tre", map[string]any{"place": w.targetName(w.pairs.Target)}), w.mm(t.TRE)), face.Joined(" ", w.q.P("lab.reg.tre95", nil), w.mm(t.TRE95))))
	}
	return lines
}

func (w *labView) mirrorSays() []string { return []string{factLine(w.mirrorFacts())} }

// factLine are facts on one line.
func factLine(list []ui.Fact) string {
	var parts []string
	for _, f := range list {
		parts = append(parts, f.Label+" "+f.Value)
	}
	return face.JoinDots(parts...)
}

// unnamed tells whether something on the stage is not what the plan names.
func unnamed(list []restView) bool {
	return slices.ContainsFunc(list, func(r restView) bool { return !r.Named })
}

// mayRest tells whether the reader may say a new version of the case's plan, and there is one to begin from.
func (w *labView) mayRest() bool {
	return w.Say && len(w.v.PlanHeads) == 1 && saying.MaySay(w.v, casebook.KindPlan) && w.v.May(access.Say)
}

// restsSay is why nothing can be named, or what naming leads to.
func (w *labView) restsSay(list []restView) string {
	switch {
	case len(w.v.PlanHeads) == 0:
		return w.q.P("lab.rests.noplan", nil)
	case len(w.v.PlanHeads) > 1:
		return w.q.P("lab.rests.disputed", nil)
	case !unnamed(list):
		return w.q.P("lab.rests.all", map[string]any{"n": w.v.Plan().Says.Version})
	}
	if d := w.v.Device("guide"); d != nil && len(w.v.Stale(d)) == 0 {
		return w.q.P("lab.rests.voids", nil)
	}
	return w.q.P("lab.rests.lead", map[string]any{"n": w.v.Plan().Says.Version + 1})
}

// takeRests says a new version of the case's plan, the same but for what it rests on: what stands on the stage now.
func takeRests(q *face.Request) error {
	return taken(q, "rests", func(w *labView, i *stage.Input) error {
		p := w.v.Plan()
		if p == nil || !w.mayRest() {
			return stage.Faulty("nocaseplan", nil)
		}
		if i.Text("plan") != p.Hash.String() {
			return desk.ErrChanged
		}
		says := p.Says
		says.Version, says.Rests = says.Version+1, nil
		for _, r := range w.rests() {
			says.Rests = append(says.Rests, r.Rest)
		}
		attached := slices.DeleteFunc(slices.Clone(p.Blobs), func(b ledger.BlobRef) bool { return b.Sealed })
		_, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, ledger.Draft{Thread: w.v.Thread, Kind: casebook.KindPlan, Pack: p.Pack, Refs: []ledger.Hash{p.Hash}, Says: says, Blobs: attached})
		return err
	})
}
