package node_test

import (
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/store/storetest"
	"consilium/study"
)

// attempt is one study as an attacker has it run: its table's patients and minutes, or the word for which a node did not go on.
type attempt struct {
	thread  ledger.ThreadID
	n       int
	minutes float64
	halted  string
}

// attempts lets the first of hospitals begin a study of a protocol with the others, or a new version of one; each head approves with the same waiver, or none.
func attempts(w *nodetest.World, source, waiver string, least int, before *attempt, hospitals ...*nodetest.Hospital) attempt {
	w.Helper()
	return attemptsSaying(w, source, waiver, map[string]any{"least": least}, before, hospitals...)
}

// attemptsSaying is [attempts] whose heads approve with more words.
func attemptsSaying(w *nodetest.World, source, waiver string, words map[string]any, before *attempt, hospitals ...*nodetest.Hospital) attempt {
	w.Helper()
	first := hospitals[0]
	out := attempt{}
	say := func(h *nodetest.Hospital, who, kind string, body map[string]any, refs ...string) {
		w.Helper()
		h.MustAsk(who, "POST", "/studies/"+out.thread.String()+"/entries", map[string]any{"kind": kind, "body": body, "refs": refs}, nil)
	}
	var ids []string
	for _, h := range hospitals {
		ids = append(ids, h.ID.String())
	}
	last := ""
	if before == nil {
		var made struct{ ID ledger.ThreadID }
		first.MustAsk("researcher", "POST", "/studies", map[string]any{"protocol": source, "hospitals": ids[1:]}, &made)
		out.thread = made.ID
	} else {
		out.thread, last = before.thread, stateAt(first, before.thread).Entry
		version := 1 + strings.Count(kindsSaid(first, out.thread), study.KindProtocol)
		say(first, "researcher", study.KindProtocol, map[string]any{"version": version, "source": source, "note": "a small correction"}, last)
	}
	for _, h := range hospitals {
		w.Until("the protocol at "+h.Name, func() bool {
			return h.Knows(out.thread) && stateAt(h, out.thread).Protocol != "" && stateAt(h, out.thread).Entry != last
		})
		if h != first && before == nil {
			say(h, "head", ledger.KindJoined, map[string]any{})
		}
		s := stateAt(h, out.thread)
		body := map[string]any{"protocol": s.Protocol, "ethics": "2026-7", "alone": false}
		maps.Copy(body, words)
		if waiver != "" {
			waives(w, h, waiver)
			body["waiver"] = waiver
		}
		say(h, "head", study.KindApproved, body, s.Entry)
	}
	w.Until("all approvals", func() bool { return stateAt(first, out.thread).Approved == len(hospitals) })
	say(first, "researcher", study.KindRun, map[string]any{"hospitals": ids}, stateAt(first, out.thread).Entry)
	w.Until("an end of the run", func() bool {
		out.halted = haltedAt(first, out.thread)
		return out.halted != "" || stateAt(first, out.thread).State == "finished"
	})
	if out.halted == "" {
		out.n, out.minutes = tableAt(first, out.thread)
	}
	return out
}

// waives has the head of a hospital grant a waiver of consent, where none is in force under that number.
func waives(w *nodetest.World, h *nodetest.Hospital, number string) {
	var list struct {
		Items []struct {
			Ethics  string
			InForce bool `json:"in_force"`
		}
	}
	h.MustAsk("head", "GET", rowsPath+"/waivers", nil, &list)
	for _, g := range list.Items {
		if g.Ethics == number && g.InForce {
			return
		}
	}
	grant(h, "head", number, untilNextYear(w))
}

func kindsSaid(h *nodetest.Hospital, id ledger.ThreadID) string {
	var b strings.Builder
	for _, s := range h.Log(id).Said {
		b.WriteString(s.Kind + "\n")
	}
	return b.String()
}

// haltedAt is the word for which a node did not go on with the newest run.
func haltedAt(h *nodetest.Hospital, id ledger.ThreadID) string {
	s := study.Fold(h.Log(id))
	if r := s.Last(); r != nil && len(r.Halted) > 0 {
		return r.Halted[0].Says.Why
	}
	return ""
}

// tableAt is how many patients a table of minutes has, and their minutes in all.
func tableAt(h *nodetest.Hospital, id ledger.ThreadID) (n int, minutes float64) {
	var result struct {
		Analyses []struct {
			Estimates []struct {
				Name  string
				Value float64
			}
		}
	}
	h.MustAsk("researcher", "GET", "/studies/"+id.String()+"/result", nil, &result)
	v := map[string]float64{}
	for _, a := range result.Analyses {
		for _, e := range a.Estimates {
			v[e.Name] = e.Value
		}
	}
	for _, g := range []string{"microscopic", "fully_endoscopic"} {
		n += int(v["minutes|"+g+":n"])
		minutes += v["minutes|"+g+":n"] * v["minutes|"+g+":mean"]
	}
	return n, minutes
}

func renamed(source, to string) string { return strings.Replace(source, "id: mvd-time", "id: "+to, 1) }

// Two versions of a protocol, then an erasure and a third: in none of them a difference of results is one patient's. The hospital that has the patient takes no part in what would tell of it.
func TestTwoVersionsTellOfNobody(t *testing.T) {
	w := nodetest.New(t, "Harbor", "Lakeside")
	harbor, lakeside := w.Hospital("Harbor"), w.Hospital("Lakeside")
	w.Partners(harbor, lakeside)
	for i, h := range []*nodetest.Hospital{harbor, lakeside} {
		bringHistory(w, h, i, 30)
	}
	first := attempts(w, theProtocol, "2026-7", 2, nil, lakeside, harbor)
	if first.n != 60 {
		t.Fatalf("%+v", first)
	}
	second := attempts(w, strings.Replace(theProtocol, "exposure:", "cohort: \"age != 43.0\"\nexposure:", 1), "2026-7", 2, &first, lakeside, harbor)
	if second.n != 0 {
		t.Errorf("a version without one patient of each hospital came to %d patients and %.6f minutes, after %d and %.6f", second.n, second.minutes, first.n, first.minutes)
	}
	eraseOneOperation(w, harbor)
	third := attempts(w, strings.Replace(theProtocol, "question:", "prose: {rationale: x}\nquestion:", 1), "2026-7", 2, &first, lakeside, harbor)
	if third.halted != study.HaltLedger {
		t.Errorf("after an erasure the next version came to %d patients, %.6f minutes (%q)", third.n, third.minutes, third.halted)
	}
}

func eraseOneOperation(w *nodetest.World, h *nodetest.Hospital) {
	w.Helper()
	var cases struct {
		Items []struct{ ID ledger.ThreadID }
	}
	h.MustAsk("head", "GET", "/cases?limit=1", nil, &cases)
	var operation ledger.Hash
	for _, s := range h.Log(cases.Items[0].ID).Said {
		if s.Kind == casebook.KindOperation {
			operation = s.Hash
		}
	}
	if _, err := h.SayAs("head", cases.Items[0].ID, map[string]any{"kind": ledger.KindErased, "body": map[string]any{"reason": "law"}, "refs": []ledger.Hash{operation}}); err != nil {
		w.Fatal(err)
	}
	w.Until("the frozen rows are destroyed", func() bool {
		keys, err := os.ReadDir(filepath.Join(h.Dir, "freezes", "keys"))
		return err == nil && len(keys) == 0
	})
}

// Rows that were frozen under the waiver of one study never serve another one that has none, and the two do not tell of the patients between them.
func TestAWaiverIsOfOneStudy(t *testing.T) {
	w := nodetest.New(t, "Harbor")
	h := w.Hospital("Harbor")
	bringHistory(w, h, 0, 30)
	var cases struct {
		Items []struct{ ID ledger.ThreadID }
	}
	h.MustAsk("head", "GET", "/cases?limit=200", nil, &cases)
	for i, c := range cases.Items {
		if i >= 2 {
			h.Say(c.ID, "case.consent", nodetest.Says{"scopes": nodetest.Says{"research": "granted"}, "hospitals": []any{}, "how": "written", "date": "2026-11-21", "text": "2026-1"})
		}
	}
	if with := attempts(w, theProtocol, "2026-7", 1, nil, h); with.n != 30 {
		t.Fatalf("%+v", with)
	}
	if without := attempts(w, renamed(theProtocol, "mvd-two"), "", 1, nil, h); without.halted != study.HaltLedger {
		t.Errorf("a study without a waiver, after one with: %+v; 28 of 30 agreed", without)
	}
}

// A restored backup has no frozen rows. A new study of the same pathway runs, and one whose rows are gone says so.
func TestAStudyRunsAfterARestore(t *testing.T) {
	w := nodetest.New(t, "Harbor")
	h := w.Hospital("Harbor")
	bringHistory(w, h, 0, 30)
	first := attempts(w, theProtocol, "2026-7", 1, nil, h)
	if first.n != 30 {
		t.Fatalf("%+v", first)
	}
	h.Stop()
	if err := os.RemoveAll(filepath.Join(h.Dir, "freezes")); err != nil {
		t.Fatal(err)
	}
	h.Start()
	if again := attempts(w, renamed(theProtocol, "mvd-two"), "2026-7", 1, nil, h); again.n != 30 {
		t.Errorf("a new study after a restore: %+v", again)
	}
}

// A node that was restored does not know what it gave since the backup, so nothing could be held against it: it gives no more until a head says that it may.
func TestARestoredNodeKnowsThatItForgot(t *testing.T) {
	w := nodetest.New(t, "Harbor", "Lakeside")
	a, b := w.Hospital("Harbor"), w.Hospital("Lakeside")
	w.Partners(a, b)
	bringHistory(w, a, 0, 30)
	bringHistory(w, b, 1, 30)
	b.Stop()
	snapshot := b.Copy()
	b.Start()
	first := attempts(w, theProtocol, "2026-7", 2, nil, a, b)
	if first.n != 60 {
		t.Fatalf("%+v", first)
	}
	b.Stop()
	b.RollBack(snapshot)
	b.Start()
	w.Until("the study comes back", func() bool { return b.Knows(first.thread) && stateAt(b, first.thread).State == "finished" })
	fewer := renamed(strings.Replace(theProtocol, "exposure:", "cohort: \"age != 43.0\"\nexposure:", 1), "mvd-two")
	if without := attempts(w, fewer, "2026-7", 2, nil, a, b); without.halted != study.HaltForgotten {
		t.Errorf("without one patient of each hospital it came to %d patients and %.6f minutes (%q)", without.n, without.minutes, without.halted)
	}
	var own struct{ Forgotten string }
	b.MustAsk("head", "GET", "/studies/"+first.thread.String()+"/own", nil, &own)
	if own.Forgotten == "" {
		t.Error("nobody at the restored hospital is told")
	}
	words := map[string]any{"least": 2, "forgotten": true}
	if told := attemptsSaying(w, renamed(theProtocol, "mvd-three"), "2026-7", words, nil, a, b); told.n != 60 {
		t.Errorf("with the heads' word: %+v", told)
	}
}

// Who runs with whom is part of what is approved: no run of fewer hospitals than an approval says, and no second study of the same rows without one of them, whose table would be the difference.
func TestASecondStudyTellsOfNoHospital(t *testing.T) {
	w := nodetest.New(t, "Harbor", "Lakeside", "Mountain")
	a, b, c := w.Hospital("Harbor"), w.Hospital("Lakeside"), w.Hospital("Mountain")
	w.Partners(a, b)
	w.Partners(a, c)
	w.Partners(b, c)
	for i, h := range []*nodetest.Hospital{a, b, c} {
		bringHistory(w, h, i, 30)
	}
	if all := attempts(w, theProtocol, "2026-7", 3, nil, a, b, c); all.n != 90 {
		t.Fatalf("%+v", all)
	}
	if two := attempts(w, renamed(theProtocol, "mvd-again"), "2026-7", 2, nil, a, c); two.halted != study.HaltAlone {
		t.Errorf("without Lakeside the same rows came to %d patients and %.6f minutes (%q)", two.n, two.minutes, two.halted)
	}
}

// What would leave is no way to look at patients who never agreed: only under a waiver that a head names, noted like an export, and no count is of a few.
func TestWhatWouldLeaveIsNoLookAtRows(t *testing.T) {
	w := nodetest.New(t, "Harbor")
	h := w.Hospital("Harbor")
	bringHistory(w, h, 0, 30)
	source := strings.Replace(theProtocol, "missing:", "  - {id: one, method: describe, of: [minutes], where: \"age == 43.0\"}\n  - {id: most, method: describe, of: [minutes], where: \"age != 43.0\"}\nmissing:", 1)
	var made struct{ ID ledger.ThreadID }
	h.MustAsk("researcher", "POST", "/studies", map[string]any{"protocol": source}, &made)
	path := "/studies/" + made.ID.String() + "/own"
	if status, answer := asks(t, h, "researcher", "GET", path+"?waiver=anything", nil); status != 403 {
		t.Errorf("a researcher names a waiver: %d %s", status, answer)
	}
	var own struct {
		Patients int
		Analyses []struct {
			ID       string
			Patients int
		}
	}
	if status, answer := asks(t, h, "head", "GET", path+"?waiver=2026-7", nil); status != 403 {
		t.Errorf("a head names a waiver that nobody granted: %d %s", status, answer)
	}
	waives(w, h, "2026-7")
	h.MustAsk("head", "GET", path+"?waiver=2026-7", nil, &own)
	for _, a := range own.Analyses {
		if want := map[string]int{"table1": 30, "primary": 30}[a.ID]; a.Patients != want {
			t.Errorf("%s counts %d patients", a.ID, a.Patients)
		}
	}
}

// No study rests on a waiver that somebody typed, that is of another pathway, or that has ended: an approval names one that is in force, and where that one is revoked before the hospital's turn, or its rows are
// frozen already, its node does not go on. Another waiver under the same number opens nothing of it.
func TestAStudyTakesNoTypedWaiver(t *testing.T) {
	for name, db := range map[string]string{"SQLite": "", "PostgreSQL": storetest.Postgres(t).URL} {
		t.Run(name, func(t *testing.T) { studyTakesNoTypedWaiver(t, db) })
	}
}

func studyTakesNoTypedWaiver(t *testing.T, db string) {
	w := nodetest.New(t)
	h := w.FoundOn("Harbor", db)
	bringHistory(w, h, 0, 30)
	var made struct{ ID ledger.ThreadID }
	h.MustAsk("researcher", "POST", "/studies", map[string]any{"protocol": theProtocol}, &made)
	path := "/studies/" + made.ID.String() + "/entries"
	s := stateAt(h, made.ID)
	approve := func(waiver string) (int, string) {
		return asks(t, h, "head", "POST", path, map[string]any{"kind": study.KindApproved, "refs": []string{s.Entry}, "body": map[string]any{"protocol": s.Protocol, "ethics": "2026-7", "alone": false, "least": 1, "waiver": waiver}})
	}
	run := func() (halted string, n int) {
		t.Helper()
		before := strings.Count(kindsSaid(h, made.ID), study.KindRun)
		h.MustAsk("researcher", "POST", path, map[string]any{"kind": study.KindRun, "body": map[string]any{"hospitals": []string{h.ID.String()}}, "refs": []string{s.Entry}}, nil)
		w.Until("an end of the run", func() bool {
			halted = haltedAt(h, made.ID)
			return strings.Count(kindsSaid(h, made.ID), study.KindRun) > before && (halted != "" || stateAt(h, made.ID).State == "finished")
		})
		if halted == "" {
			n, _ = tableAt(h, made.ID)
		}
		return halted, n
	}
	refused := func(when, waiver string) {
		t.Helper()
		if status, answer := approve(waiver); status != 422 {
			t.Errorf("%s: approved under it: %d %.200s", when, status, answer)
		}
		if status, answer := asks(t, h, "head", "GET", "/studies/"+made.ID.String()+"/own?waiver="+waiver, nil); status != 403 {
			t.Errorf("%s: what would leave under it: %d %.200s", when, status, answer)
		}
	}
	revoke := func(id string) {
		h.MustAsk("officer", "POST", rowsPath+"/waivers/"+id+"/revoke", map[string]string{"reason": "withdrawn"}, nil)
	}
	refused("typed", "2026-7")
	h.MustAsk("head", "POST", "/registry/knee-replacement-guide/waivers", map[string]string{"ethics": "2026-6", "purpose": "p", "until": untilNextYear(w)}, nil)
	refused("of another pathway", "2026-6")
	first := grant(h, "head", "2026-7", untilNextYear(w))
	if status, answer := approve("2026-7"); status != 200 {
		t.Fatalf("a granted one: %d %s", status, answer)
	}
	revoke(first)
	refused("revoked", "2026-7")
	if halted, n := run(); halted != study.HaltWaiver {
		t.Errorf("revoked before the run: %d patients (%q)", n, halted)
	}
	second := grant(h, "head", "2026-7", untilNextYear(w))
	if halted, n := run(); halted != study.HaltWaiver {
		t.Errorf("under another waiver of the same number: %d patients (%q)", n, halted)
	}
	if status, answer := approve("2026-7"); status != 200 {
		t.Fatalf("approved anew: %d %s", status, answer)
	}
	if halted, n := run(); halted != "" || n != 30 {
		t.Errorf("in force: %d patients (%q)", n, halted)
	}
	revoke(second)
	grant(h, "head", "2026-7", untilNextYear(w))
	if status, answer := asks(t, h, "researcher", "GET", "/studies/"+made.ID.String()+"/own?waiver=2026-7", nil); status != 403 {
		t.Errorf("a researcher looks under another waiver of the approval's number: %d %.200s", status, answer)
	}
}

// TestAStudyStopsWhenItsWaiverIsRevoked: rows that were frozen under a waiver give no figures any more once it is revoked, also where another one of the same number is in force and approved.
func TestAStudyStopsWhenItsWaiverIsRevoked(t *testing.T) {
	w := nodetest.New(t, "Harbor", "Lakeside")
	a, b := w.Hospital("Harbor"), w.Hospital("Lakeside")
	w.Partners(a, b)
	var made struct{ ID ledger.ThreadID }
	waiver := ""
	for i, h := range []*nodetest.Hospital{a, b} {
		bringHistory(w, h, i, 30)
		id := grant(h, "head", "2026-7", untilNextYear(w))
		if h == a {
			waiver = id
			a.MustAsk("researcher", "POST", "/studies", map[string]any{"protocol": theProtocol, "hospitals": []string{b.ID.String()}}, &made)
		}
		w.Until("the protocol at "+h.Name, func() bool { return h.Knows(made.ID) && stateAt(h, made.ID).Protocol != "" })
		if h == b {
			b.MustAsk("head", "POST", "/studies/"+made.ID.String()+"/entries", map[string]any{"kind": ledger.KindJoined, "body": map[string]any{}}, nil)
		}
		approves(h, made.ID)
	}
	w.Until("both approvals", func() bool { return stateAt(a, made.ID).Approved == 2 })
	b.Stop()
	run := map[string]any{"kind": study.KindRun, "body": map[string]any{"hospitals": []string{a.ID.String(), b.ID.String()}}, "refs": []string{stateAt(a, made.ID).Entry}}
	a.MustAsk("researcher", "POST", "/studies/"+made.ID.String()+"/entries", run, nil)
	w.Until("Harbor's rows are frozen", func() bool { return strings.Contains(kindsSaid(a, made.ID), study.KindJoined) })
	a.MustAsk("officer", "POST", rowsPath+"/waivers/"+waiver+"/revoke", map[string]string{"reason": "withdrawn"}, nil)
	grant(a, "head", "2026-7", untilNextYear(w))
	approves(a, made.ID)
	b.Start()
	w.Until("Harbor does not go on", func() bool { return haltedAt(a, made.ID) == study.HaltWaiver })
	for _, said := range a.Log(made.ID).Said {
		if said.Kind == study.KindRound && said.Hospital == a.ID {
			t.Error("it gave figures all the same")
		}
	}
}

// approves lets the head of a hospital approve the newest version of a study under the waiver 2026-7.
func approves(h *nodetest.Hospital, id ledger.ThreadID) {
	s := stateAt(h, id)
	h.MustAsk("head", "POST", "/studies/"+id.String()+"/entries", map[string]any{"kind": study.KindApproved, "refs": []string{s.Entry},
		"body": map[string]any{"protocol": s.Protocol, "ethics": "2026-7", "alone": false, "least": 2, "waiver": "2026-7"}}, nil)
}
