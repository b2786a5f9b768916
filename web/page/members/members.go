package members

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/a-h/templ"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
	"consilium/web/face"
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
	Team      teamView
	q         *face.Request
	v         *face.Case
}

func membersPage(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	m := membersView{q: q, v: v, Head: v.HeadOf(q.P("case.members.title", nil)), Govern: v.May(access.Govern)}
	if m.Members, m.Proof, err = members(v); err != nil {
		return err
	}
	partners, err := q.Partners()
	if err != nil {
		return err
	}
	for _, p := range partners {
		if s := v.Log.Roster.State(p.Hospital); s != ledger.Joined && s != ledger.Invited {
			m.Partners = append(m.Partners, ui.Option{Value: p.Hospital.String(), Label: ui.NameIn(v.Q.Lang, cmp.Or(p.Name, p.Hospital.String())), Help: reach(v, p)})
		}
	}
	for _, member := range v.Members {
		if member.Hospital == v.Steward || member.State != ledger.Joined && member.State != ledger.Invited {
			continue
		}
		o := ui.Option{Value: member.Hospital.Raw(), Label: v.Name(member.Hospital)}
		m.Removable = append(m.Removable, o)
		if member.State == ledger.Joined {
			m.Takers = append(m.Takers, o)
		}
	}
	m.offer()
	if err := m.team(); err != nil {
		return err
	}
	d := q.Data(m.Head.Title, "cases")
	d.Notices = q.CaseDone()
	return q.Show(d, membersContent(m))
}

// reach says whether the patient's consent reaches a hospital before it is invited.
func reach(v *face.Case, p network.Partner) string {
	if v.Consent.Covers(access.Consult, p.Hospital) {
		return v.Q.P("case.members.covered", nil)
	}
	return v.Q.P("case.members.uncovered", nil)
}

func (m *membersView) offer() {
	o := m.v.Offer
	if o == nil {
		return
	}
	args := map[string]any{"hospital": m.v.Name(o.To)}
	m.Offer = m.q.P("case.custody.offered", args)
	switch {
	case o.Accepted.IsZero() && o.To == m.q.Desk.ID:
		m.Step = "accept"
	case !o.Accepted.IsZero():
		m.Offer = m.q.P("case.custody.accepted", args)
		if m.v.Own() {
			m.Step = "confirm"
		}
	}
}

// changeMembers invites, removes, or leaves.
func changeMembers(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	step := q.PostForm.Get("step")
	if step == "leave" {
		return govern(v, "left", ledger.Draft{Kind: ledger.KindLeft, Says: ledger.Leaving{Cut: cuts(v, q.Desk.ID)}})
	}
	switch step {
	case "invite":
		h, err := ledger.ParseHospitalID(q.PostForm.Get("hospital"))
		if err != nil {
			return errors.Join(desk.ErrInput, err)
		}
		invitation, err := q.Desk.Invitation(q.Context(), h)
		if err != nil {
			return err
		}
		invitation.Thread = v.Thread
		if _, err := q.Desk.Door.Say(q.Context(), q.Caller.Who, invitation); err != nil {
			return err
		}
		return q.See(v.Path("members") + "?done=invited")
	case "remove":
		i := slices.IndexFunc(v.Members, func(m ledger.Member) bool { return m.Hospital.Raw() == q.PostForm.Get("hospital") })
		if i < 0 {
			return desk.ErrInput
		}
		h := v.Members[i].Hospital
		return govern(v, "removed", ledger.Draft{Kind: ledger.KindRemoved, Says: ledger.Leaving{Hospital: h, Cut: cuts(v, h), Reason: "ended"}})
	}
	return desk.ErrInput
}

// cuts are the last entries of a hospital that are here, by key: what it said so far counts, what it may say later does not.
func cuts(v *face.Case, h ledger.HospitalID) []ledger.Cut {
	last := map[ledger.Key]ledger.Cut{}
	for _, s := range v.Log.Said {
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

func govern(v *face.Case, done string, d ledger.Draft) error {
	d.Thread = v.Thread
	if _, err := v.Q.Desk.Door.Say(v.Q.Context(), v.Q.Caller.Who, d); err != nil {
		return err
	}
	return v.Q.See(v.Path("members") + "?done=" + done)
}

// changeCustody takes one of the three steps in which custody moves: offer, acceptance, confirmation.
func changeCustody(q *face.Request) error {
	v, err := q.OpenedCase()
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
		return govern(v, "offered", ledger.Draft{Kind: ledger.KindStewardOffered, Says: ledger.StewardOffer{Hospital: v.Members[i].Hospital}})
	case step == "accept" && v.Offer != nil:
		return govern(v, "custody-accepted", ledger.Draft{Kind: ledger.KindStewardAccepted, Refs: []ledger.Hash{v.Offer.Offered}, Says: ledger.None{}})
	case step == "confirm" && v.Offer != nil && !v.Offer.Accepted.IsZero():
		return govern(v, "custody-moved", ledger.Draft{Kind: ledger.KindStewardConfirmed, Refs: []ledger.Hash{v.Offer.Accepted}, Says: ledger.None{}})
	}
	return desk.ErrInput
}

// proofPage proves the history of the case from its bytes, now, and says who has it.
func proofPage(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	var proof ledger.Proof
	var broken *ledger.Break
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		proof, err = ledger.Verify(ctx, tx, v.Thread)
		return err
	})
	if err != nil && !errors.As(err, &broken) {
		return err
	}
	members, words, err := members(v)
	if err != nil {
		return err
	}
	n := ui.Notice{Sort: ui.Good, Title: q.P("case.proof.holds", map[string]any{"count": proof.Entries}), Text: q.P("case.proof.how", nil)}
	if broken != nil {
		n = ui.Notice{Sort: ui.Bad, Title: q.P("case.proof.broken", nil), Text: broken.Error()}
	}
	facts := []ui.Fact{{Label: q.P("case.proof.thread", nil), Value: v.Thread.String()}, {Label: q.P("case.proof.digest", nil), Value: proof.Digest.String()},
		{Label: q.P("case.proof.entries", nil), Value: q.P("case.entries", map[string]any{"count": proof.Entries})}}
	if proof.Erased > 0 {
		facts = append(facts, ui.Fact{Label: q.P("case.proof.erased", nil), Value: q.P("case.entries", map[string]any{"count": proof.Erased})})
	}
	if proof.Late > 0 {
		facts = append(facts, ui.Fact{Label: q.P("case.proof.late", nil), Value: q.P("case.entries", map[string]any{"count": proof.Late})})
	}
	if proof.Forks > 0 {
		facts = append(facts, ui.Fact{Label: q.P("case.proof.forks", nil), Value: q.P("case.entries", map[string]any{"count": proof.Forks})})
	}
	return q.Show(q.Data(q.P("case.proof.title", nil), "cases"), proofContent(q, v.HeadOf(q.P("case.proof.title", nil)), n, facts, words, members))
}

// members are the hospitals that take part and how much of the case each has.
func members(v *face.Case) (list []ui.ListItem, proof string, err error) {
	q := v.Q
	holds := map[ledger.HospitalID]network.Holder{}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		holders, err := network.WhoHas(ctx, tx, v.Thread)
		for _, h := range holders {
			holds[h.Hospital] = h
		}
		return err
	})
	others, all := 0, 0
	for _, h := range v.Lanes {
		look := v.Hospital(h)
		item := ui.ListItem{Hospital: &look, Text: v.Name(h), End: standing(v, h)}
		state := v.Log.Roster.State(h)
		if h != q.Desk.ID && (state == ledger.Joined || state == ledger.Invited) {
			others++
			holder, known := holds[h]
			switch {
			case known && holder.All:
				all++
				item.Note = q.P("case.holds.all", nil)
			case known:
				item.Note = q.P("case.holds.some", map[string]any{"count": holder.Entries, "when": q.Day(holder.At)})
			default:
				item.Note = q.P("case.holds.none", nil)
			}
			if ok, why := v.Q.Desk.Door.Threads.Gate(v.Log).Thread(h); !ok {
				item.Note = q.Text(why)
				item.Chips = []ui.ChipView{{Text: q.P("case.kept-here", nil), Sort: ui.Warn, Icon: "lock"}}
			}
		}
		list = append(list, item)
	}
	count := len(v.Log.Said)
	switch {
	case others == 0:
		proof = q.P("case.proof.alone", map[string]any{"count": count})
	case others == all:
		proof = q.P("case.proof.same", map[string]any{"count": count})
	default:
		proof = q.P("case.proof.some", map[string]any{"count": count, "have": all, "of": others})
	}
	return list, proof, err
}

func standing(v *face.Case, h ledger.HospitalID) string {
	switch state := v.Log.Roster.State(h); {
	case h == v.Steward:
		return v.Q.P("case.member.custody", nil)
	case state == ledger.Joined:
		return v.Q.P("case.member.joined", nil)
	case state == ledger.Invited:
		return v.Q.P("case.member.invited", nil)
	case state == ledger.Left:
		return v.Q.P("case.member.left", nil)
	case state == ledger.Removed:
		return v.Q.P("case.member.removed", nil)
	}
	return ""
}

// membersPanel is who takes part, at the side of the case's page.
func membersPanel(v *face.Case) (templ.Component, error) {
	members, _, err := members(v)
	return membersPart(v, members), err
}

// identityPanel is who the patient is; elsewhere than at home there is none.
func identityPanel(v *face.Case) (templ.Component, error) {
	if v.Home != v.Q.Desk.ID {
		return nil, nil
	}
	return identityPart(v), nil
}

// proofPanel says who has all of the case, and leads to the proof of it.
func proofPanel(v *face.Case) (templ.Component, error) {
	_, proof, err := members(v)
	links := []ui.Link{{Label: v.Q.P("case.print.link", nil), URL: v.Path("print")}, {Label: v.Q.P("case.proof.link", nil), URL: v.Path("proof")}}
	if v.May(access.ReadAccessLog) {
		links = append(links, ui.Link{Label: v.Q.P("case.access.link", nil), URL: v.Path("access")})
	}
	return proofPart(v, proof, links), err
}
