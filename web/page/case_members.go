package page

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
	"consilium/web/ui"
)

// membersView is who takes part in a case, and who has custody.
type membersView struct {
	Head      ui.HeadView
	Members   []ui.ListItem
	Proof     string
	Partners  []ui.Option // who may be invited
	Removable []ui.Option
	Takers    []ui.Option // who may be offered custody
	Offer     string      // custody on its way, in words
	Step      string      // what this hospital may do about the offer: "accept", "confirm"
	Govern    bool
	q         *request
	v         *caseView
}

func membersPage(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	m := membersView{q: q, v: v, Head: v.headOf(q.p("case.members.title", nil)), Govern: v.may(access.Govern)}
	if m.Members, m.Proof, err = v.members(); err != nil {
		return err
	}
	partners, err := q.partners()
	if err != nil {
		return err
	}
	for _, p := range partners {
		if s := v.log.Roster.State(p.Hospital); s != ledger.Joined && s != ledger.Invited {
			m.Partners = append(m.Partners, ui.Option{Value: p.Hospital.Raw(), Label: ui.NameIn(v.q.lang, cmp.Or(p.Name, p.Hospital.String())), Help: v.reach(p)})
		}
	}
	for _, member := range v.Members {
		if member.Hospital == v.Steward || member.State != ledger.Joined && member.State != ledger.Invited {
			continue
		}
		o := ui.Option{Value: member.Hospital.Raw(), Label: v.name(member.Hospital)}
		m.Removable = append(m.Removable, o)
		if member.State == ledger.Joined {
			m.Takers = append(m.Takers, o)
		}
	}
	m.offer()
	d := q.data(m.Head.Title, "cases")
	d.Notices = q.caseDone()
	return q.show(d, membersContent(m))
}

// reach says whether the patient's consent reaches a hospital before it is invited.
func (v *caseView) reach(p network.Partner) string {
	if v.Consent.Covers(access.Consult, p.Hospital) {
		return v.q.p("case.members.covered", nil)
	}
	return v.q.p("case.members.uncovered", nil)
}

func (m *membersView) offer() {
	o := m.v.Offer
	if o == nil {
		return
	}
	args := map[string]any{"hospital": m.v.name(o.To)}
	m.Offer = m.q.p("case.custody.offered", args)
	switch {
	case o.Accepted.IsZero() && o.To == m.q.s.ID:
		m.Step = "accept"
	case !o.Accepted.IsZero():
		m.Offer = m.q.p("case.custody.accepted", args)
		if m.v.own() {
			m.Step = "confirm"
		}
	}
}

// changeMembers invites, removes, or leaves.
func changeMembers(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	step := q.PostForm.Get("step")
	if step == "leave" {
		return v.govern("left", ledger.Draft{Kind: ledger.KindLeft, Says: ledger.Leaving{Cut: v.cuts(q.s.ID)}})
	}
	switch step {
	case "invite":
		partners, err := q.partners()
		if err != nil {
			return err
		}
		i := slices.IndexFunc(partners, func(p network.Partner) bool { return p.Hospital.Raw() == q.PostForm.Get("hospital") })
		if i < 0 {
			return errors.Join(desk.ErrInput, network.ErrNoPartner)
		}
		if _, err := q.s.Door.Say(q.Context(), q.caller.Who, invitation(v.Thread, partners[i])); err != nil {
			return err
		}
		return q.see(v.path("members") + "?done=invited")
	case "remove":
		i := slices.IndexFunc(v.Members, func(m ledger.Member) bool { return m.Hospital.Raw() == q.PostForm.Get("hospital") })
		if i < 0 {
			return desk.ErrInput
		}
		h := v.Members[i].Hospital
		return v.govern("removed", ledger.Draft{Kind: ledger.KindRemoved, Says: ledger.Leaving{Hospital: h, Cut: v.cuts(h), Reason: "ended"}})
	}
	return desk.ErrInput
}

// cuts are the last entries of a hospital that are here, by key: what it said so far counts, what it may say later does not.
func (v *caseView) cuts(h ledger.HospitalID) []ledger.Cut {
	last := map[ledger.Key]ledger.Cut{}
	for _, s := range v.log.Said {
		if s.Hospital == h && s.Seq >= last[s.Key].Seq {
			last[s.Key] = ledger.Cut{Key: s.Key, Seq: s.Seq, Hash: s.Hash}
		}
	}
	list := make([]ledger.Cut, 0, len(last))
	for _, c := range last {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b ledger.Cut) int { return slices.Compare(a.Key[:], b.Key[:]) })
	return list
}

func (v *caseView) govern(done string, d ledger.Draft) error {
	d.Thread = v.Thread
	if _, err := v.q.s.Door.Say(v.q.Context(), v.q.caller.Who, d); err != nil {
		return err
	}
	return v.q.see(v.path("members") + "?done=" + done)
}

// changeCustody takes one of the three steps in which custody moves: offer, acceptance, confirmation.
func changeCustody(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	switch step := q.PostForm.Get("step"); {
	case step == "offer":
		i := slices.IndexFunc(v.Members, func(m ledger.Member) bool {
			return m.Hospital.Raw() == q.PostForm.Get("hospital") && m.State == ledger.Joined
		})
		if i < 0 {
			return desk.ErrInput
		}
		return v.govern("offered", ledger.Draft{Kind: ledger.KindStewardOffered, Says: ledger.StewardOffer{Hospital: v.Members[i].Hospital}})
	case step == "accept" && v.Offer != nil:
		return v.govern("custody-accepted", ledger.Draft{Kind: ledger.KindStewardAccepted, Refs: []ledger.Hash{v.Offer.Offered}, Says: ledger.None{}})
	case step == "confirm" && v.Offer != nil && !v.Offer.Accepted.IsZero():
		return v.govern("custody-moved", ledger.Draft{Kind: ledger.KindStewardConfirmed, Refs: []ledger.Hash{v.Offer.Accepted}, Says: ledger.None{}})
	}
	return desk.ErrInput
}

// proofPage proves the history of the case from its bytes, now, and says who has it.
func proofPage(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	var proof ledger.Proof
	var broken *ledger.Break
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		proof, err = ledger.Verify(ctx, tx, v.Thread)
		return err
	})
	if err != nil && !errors.As(err, &broken) {
		return err
	}
	members, words, err := v.members()
	if err != nil {
		return err
	}
	n := ui.Notice{Sort: ui.Good, Title: q.p("case.proof.holds", map[string]any{"count": proof.Entries}), Text: q.p("case.proof.how", nil)}
	if broken != nil {
		n = ui.Notice{Sort: ui.Bad, Title: q.p("case.proof.broken", nil), Text: broken.Error()}
	}
	facts := []ui.Fact{{Label: q.p("case.proof.thread", nil), Value: v.Thread.String()}, {Label: q.p("case.proof.digest", nil), Value: proof.Digest.String()},
		{Label: q.p("case.proof.entries", nil), Value: q.p("case.entries", map[string]any{"count": proof.Entries})}}
	if proof.Erased > 0 {
		facts = append(facts, ui.Fact{Label: q.p("case.proof.erased", nil), Value: q.p("case.entries", map[string]any{"count": proof.Erased})})
	}
	if proof.Late > 0 {
		facts = append(facts, ui.Fact{Label: q.p("case.proof.late", nil), Value: q.p("case.entries", map[string]any{"count": proof.Late})})
	}
	if proof.Forks > 0 {
		facts = append(facts, ui.Fact{Label: q.p("case.proof.forks", nil), Value: q.p("case.entries", map[string]any{"count": proof.Forks})})
	}
	return q.show(q.data(q.p("case.proof.title", nil), "cases"), proofContent(q, v.headOf(q.p("case.proof.title", nil)), n, facts, words, members))
}
