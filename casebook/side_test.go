package casebook

import (
	"encoding/json"
	"slices"
	"testing"

	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// TestTheSideHasOneSource plays a case of the left side in which somebody plans for the right: it is stopped at its writer; where an older release let it through, every
// fold marks it and nothing is signed or recorded until two people have settled it.
func TestTheSideHasOneSource(t *testing.T) {
	w := newWorld(t)
	n, id := w.home, w.id
	side := func(s string) pathway.Values { return pathway.Values{"side": pathway.String(s)} }
	plan := Plan{Version: 1, Title: "MVD", Form: "plan", Values: side("right"), Signers: []ledger.HospitalID{n.id}}
	draft := ledger.Draft{Thread: id, Kind: KindPlan, Says: plan}
	n.stopped(draft, "side-differs")
	n.stopped(ledger.Draft{Thread: id, Kind: KindScheduled, Says: Scheduled{Date: "2026-03-20", Hospital: n.id, Side: "right"}}, "side-differs")
	n.stopped(ledger.Draft{Thread: id, Kind: KindOperation, Says: Operation{Date: "2026-03-20", Emergency: "bleeding", Form: "operation", Values: side("right")}}, "side-differs")
	n.must(ledger.Draft{Thread: id, Kind: KindOperation, Says: Operation{Date: "2020-03-20", Elsewhere: "a county hospital", Form: "operation", Values: side("right")}})

	plan.Values = side("left")
	h := n.must(ledger.Draft{Thread: id, Kind: KindPlan, Says: plan})
	if c := Fold(n.log(id)); c.SideDisputed || len(c.Sides) != 1 || !c.Sides[0].Agrees {
		t.Errorf("the sides are %+v", c.Sides)
	}
	// The case is corrected to the right: now the plan differs.
	opened := Fold(n.log(id)).Opening
	n.must(ledger.Draft{Thread: id, Kind: ledger.KindAmend, Refs: []ledger.Hash{opened},
		Says: ledger.Amendment{Says: json.RawMessage(`{"pathway":"hfs-mvd","title":"Spasm","urgency":"routine","side":"right"}`), Why: "typed wrongly"}})
	c := Fold(n.log(id))
	marked := slices.ContainsFunc(c.Timeline, func(i record.Item) bool {
		return i.Hash == h && slices.ContainsFunc(i.Marks, func(m record.Mark) bool { return m.Code == "side-differs" })
	})
	if !c.SideDisputed || !marked || c.Marks == 0 || len(c.Next) == 0 || c.Next[0].Kind != KindSideSettled {
		t.Errorf("a plan of another side: disputed %v, marked %v, next %+v", c.SideDisputed, marked, c.Next)
	}
	n.stopped(ledger.Draft{Thread: id, Kind: KindPlanSigned, Refs: []ledger.Hash{h}, Says: PlanSigned{Meaning: "approve"}}, "side-disputed")
	n.stopped(ledger.Draft{Thread: id, Kind: KindSafetyCheck, Says: SafetyCheck{Part: "sign_in", Items: ticked("sign_in")}}, "side-disputed")
	n.must(ledger.Draft{Thread: id, Kind: KindSideSettled, Says: SideSettled{Side: "left", Reason: "The first was right.", With: "He Jing"}})
	c = Fold(n.log(id))
	if c.Side != "left" || c.SideDisputed {
		t.Errorf("settled it is %q, disputed %v", c.Side, c.SideDisputed)
	}
	n.must(ledger.Draft{Thread: id, Kind: KindPlanSigned, Refs: []ledger.Hash{h}, Says: PlanSigned{Meaning: "approve"}})
}

func TestAChecklistIsGoneThrough(t *testing.T) {
	w := newWorld(t)
	n, id := w.home, w.id
	check := func(items []CheckItem) ledger.Draft {
		return ledger.Draft{Thread: id, Kind: KindSafetyCheck, Says: SafetyCheck{Part: "sign_in", Items: items}}
	}
	n.stopped(check(nil), "safety-empty")
	items := ticked("sign_in")
	items[0] = CheckItem{ID: items[0].ID}
	n.stopped(check(items), "safety-why")
	n.stopped(check(items[1:]), "safety-why")
	items[0].Note = "the patient is unconscious; the family confirms"
	n.must(check(items))
}

func ticked(part string) (list []CheckItem) {
	for _, id := range SafetyItems(part) {
		list = append(list, CheckItem{ID: id, Done: true})
	}
	return list
}
