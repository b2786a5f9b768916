package outreach

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"consilium/ledger"
	"consilium/record"
)

func TestListsAndRelations(t *testing.T) {
	host, guest, thread := agreed(t)
	host.say(thread, KindSession, Session{What: "operating_list", Date: "2026-12-02T08:30+08:00", Cases: []ledger.ThreadID{caseID}})
	host.sends(guest, thread)
	realCase := host.open("case")
	host.invites(guest, realCase)
	again := invitation(host, guest)
	again.Cases = append(again.Cases, PatientCase{Case: realCase, Informed: "2026-11-25"})
	e, err := host.invite(thread, again)
	if err != nil {
		t.Fatal(err)
	}
	host.sends(guest, thread)
	guest.say(thread, KindAccepted, approved, e.Hash)
	guest.update(func(ctx context.Context, tx ledger.Tx) error {
		for filter, want := range map[*Filter]int{{}: 1, {From: at("2026-12-03T23:00+08:00")}: 1, {From: at("2026-12-04T00:00+08:00")}: 0,
			{Until: at("2026-12-01T00:00+08:00")}: 0, {Until: at("2026-12-01T00:01+08:00")}: 1, {States: []State{Agreed, Done}}: 1,
			{States: []State{Asked}}: 0, {Case: caseID}: 1, {Case: thread}: 0} {
			rows, err := List(ctx, tx, *filter)
			if err != nil || len(rows) != want {
				t.Errorf("%+v: %d, %v", *filter, len(rows), err)
			}
			if want == 1 && (rows[0].Host != host.id || rows[0].Guest != guest.id || rows[0].State != Agreed || len(rows[0].Next) != 2 ||
				!rows[0].Next[0].By.Equal(at("2026-12-01T00:00+08:00"))) {
				t.Errorf("%+v", rows[0])
			}
		}
		sessions, err := Sessions(ctx, tx, at("2026-12-02T00:00+08:00"), at("2026-12-03T00:00+08:00"))
		if err != nil || len(sessions) != 1 || sessions[0].Cases[0] != caseID {
			t.Errorf("%v, %v", sessions, err)
		}
		has := func(relate record.Relate, id ledger.ThreadID, who ledger.PersonID, want ...string) {
			t.Helper()
			if got, err := relate(ctx, tx, id, record.Reader{Person: who}); err != nil || !slices.Equal(got, want) {
				t.Errorf("%s: %v, %v", who, got, err)
			}
		}
		has(relations(guest.id), thread, "wang", "operator", "team")
		has(relations(guest.id), thread, "liu", "team")
		has(relations(host.id), thread, "wang") // another hospital's ids mean nothing here
		has(CaseRelations(guest.id), realCase, "wang", "operator", "team")
		has(CaseRelations(guest.id), caseID, "wang") // the host takes no part in that case
		return nil
	})
}

// TestAnotherHospitalsSessionOpensNoCase: what a partner names in a session of a visit is a wish, as whom it names in a case is. The team of a hospital sees by a visit the cases of the invitation that both
// agreed to, and those that its own hospital named.
func TestAnotherHospitalsSessionOpensNoCase(t *testing.T) {
	host, guest, thread := agreed(t)
	others := host.open("case") // of the host alone, about which nobody asked the guest
	shared := host.open("case")
	host.invites(guest, shared)
	host.say(thread, KindTeam, Team{[]Member{{Person: "zhang", Name: "Dr. Zhang", Part: "host"}}})
	host.sends(guest, thread)
	is := func(at *hospital, who ledger.PersonID, id ledger.ThreadID, want bool, after string) {
		t.Helper()
		at.update(func(ctx context.Context, tx ledger.Tx) error {
			if got, err := CaseRelations(at.id)(ctx, tx, id, record.Reader{Person: who}); err != nil || (len(got) > 0) != want {
				t.Errorf("after %s %s is %v to the case, %v", after, who, got, err)
			}
			return nil
		})
	}
	guest.say(thread, KindSession, Session{What: "ward_round", Date: "2026-12-02", Cases: []ledger.ThreadID{others}})
	guest.sends(host, thread)
	is(host, "zhang", others, false, "a session of the guest")
	host.say(thread, KindSession, Session{What: "ward_round", Date: "2026-12-02", Cases: []ledger.ThreadID{shared}})
	host.sends(guest, thread)
	is(guest, "wang", shared, false, "a session of the host")
	is(host, "zhang", shared, true, "a session of the own hospital")
	guest.say(thread, KindSession, Session{What: "ward_round", Date: "2026-12-02", Cases: []ledger.ThreadID{shared}})
	is(guest, "wang", shared, true, "a session of the own hospital")
}

func TestRebuildEqualsIncremental(t *testing.T) {
	host, guest, thread := agreed(t)
	host.say(thread, KindPrivilege, privilege(guest))
	host.say(thread, KindSession, Session{What: "clinic", Date: "2026-12-01"})
	dump := func() (text string) {
		host.update(func(ctx context.Context, tx ledger.Tx) error {
			for _, q := range []string{`SELECT thread || state || next || from_ms FROM visit_row`, `SELECT entry || says || until_ms FROM visit_privilege`,
				`SELECT entry || says FROM visit_session`, `SELECT hospital || person || part FROM visit_member ORDER BY 1`, `SELECT case_thread FROM visit_case`} {
				rows, err := tx.QueryContext(ctx, q)
				if err != nil {
					return err
				}
				defer rows.Close()
				for rows.Next() {
					var s string
					if err := rows.Scan(&s); err != nil {
						return err
					}
					text += s + "\n"
				}
			}
			return nil
		})
		return text
	}
	before := dump()
	host.update(func(ctx context.Context, tx ledger.Tx) error { return host.book.Rebuild(ctx, tx, nil) })
	if after := dump(); after != before || strings.Count(before, "\n") != 6 {
		t.Errorf("before:\n%s\nafter:\n%s", before, after)
	}
}

// Whatever host and guest do, in whatever order it arrives: two nodes with one history agree, and one more revocation, closing or refusal lets
// nobody operate who could not before.
func TestNarrowingNeverWidens(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		s := newSigner(t)
		host, guest, twin := nodeOf(t, s), newHospital(t), nodeOf(t, s)
		thread := host.open("visit")
		host.invites(guest, thread)
		e, _ := host.invite(thread, invitation(host, guest))
		host.sends(guest, thread)
		guest.say(thread, KindAccepted, approved, e.Hash)
		guest.say(thread, KindTeam, Team{[]Member{{Person: "wang", Name: "Prof. Wang", Part: "lead"}}})
		guest.sends(host, thread)
		host.sends(twin, thread)
		nodes := []*hospital{host, guest, twin}
		act := func(n *hospital, what int) {
			switch what {
			case 0, 1:
				n.trySay(n.draft(thread, KindPrivilege, privilege(guest)))
			case 2:
				for _, g := range foldOf(n, thread).Grants {
					n.trySay(ledger.Draft{Thread: thread, Kind: KindRevoked, Person: "p1", Author: ledger.Author{Name: "x", Role: "coordinator"},
						Refs: []ledger.Hash{g.Hash}, Says: Revoked{Reason: "x"}})
				}
			case 3:
				n.trySay(ledger.Draft{Thread: thread, Kind: KindDeclined, Person: "p1", Author: ledger.Author{Name: "x", Role: "coordinator"},
					Refs: []ledger.Hash{e.Hash}, Says: Declined{Reason: "x"}})
			case 4:
				n.trySay(n.draft(thread, KindClosed, Closed{Outcome: "cancelled", Reason: "x"}))
			}
		}
		for _, step := range rapid.SliceOfN(rapid.IntRange(0, 17), 1, 6).Draw(rt, "steps") {
			if n := nodes[step%3]; step/3 < 4 {
				act(n, step/3)
			} else {
				n.sends(nodes[(step+1)%3], thread)
			}
		}
		noon := at("2026-12-02T12:00+08:00")
		for _, n := range nodes {
			before := len(foldOf(n, thread).PrivilegesAt(noon))
			act(n, rapid.IntRange(2, 4).Draw(rt, "narrows"))
			if after := len(foldOf(n, thread).PrivilegesAt(noon)); after > before {
				rt.Fatalf("%d privileges, then %d", before, after)
			}
		}
		host.sends(twin, thread)
		guest.sends(twin, thread)
		twin.sends(host, thread)
		if a, b := foldOf(host, thread), foldOf(twin, thread); a.State != b.State || len(a.PrivilegesAt(noon)) != len(b.PrivilegesAt(noon)) {
			rt.Fatalf("two nodes with one history differ: %s, %s", a.State, b.State)
		}
	})
}

func TestTheNextVisitIsListedAfterYearsOfOthers(t *testing.T) {
	h := newHospital(t)
	day := func(n int) int64 { return start.AddDate(0, 0, n).UnixMilli() }
	h.update(func(ctx context.Context, tx ledger.Tx) error {
		for n := range 230 {
			_, err := tx.ExecContext(ctx, `INSERT INTO visit_row (thread, state, host, guest, purpose, skill, from_ms, until_ms, report_due_ms, reported, next)
				VALUES ($1, 'accepted', $2, '', '', $3, $4, $5, 0, 0, '[]')`, ledger.ThreadID{0: byte(n), 6: 0x70, 8: 0x80}.String(), h.id.String(), fmt.Sprint("visit ", n), day(n), day(n+1))
			if err != nil {
				return err
			}
		}
		list, err := List(ctx, tx, Filter{})
		if err != nil || len(list) != 200 || list[0].Skill != "visit 30" || list[199].Skill != "visit 229" {
			t.Errorf("%d visits, %v", len(list), err)
		}
		return nil
	})
}
