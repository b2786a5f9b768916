package partners

import (
	"context"
	"fmt"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/web/face"
	"consilium/web/ui"
)

// partnerView is one hospital's own page.
type partnerView struct {
	network.State
	Look    ui.Hospital
	Facts   []ui.Fact
	Cases   []ui.ListItem
	Held    []ui.ListItem
	Refused []ui.ListItem
	Arrange bool
}

func partnerPage(q *face.Request) error {
	id, err := hospitalOfPath(q)
	if err != nil {
		return err
	}
	states, err := q.Desk.Network.State(q.Context())
	if err != nil {
		return err
	}
	for _, s := range states {
		if s.Partner.Hospital == id {
			return showPartner(q, s)
		}
	}
	return network.ErrNoPartner
}

func showPartner(q *face.Request, s network.State) error {
	v := partnerView{State: s, Look: q.PartnerLook(s.Partner), Arrange: q.May(access.ManagePartners)}
	v.Facts = partnerFacts(q, s, v.Arrange)
	err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		v.Cases, err = sharedCases(q, ctx, tx, s.Partner.Hospital)
		return err
	})
	if err != nil {
		return err
	}
	if v.Arrange {
		for _, h := range s.HeldBack {
			v.Held = append(v.Held, ui.ListItem{Icon: "lock", Text: q.Retold("access.stays.", h.Reason), Note: face.JoinDots(casebook.Number(h.Thread), shortBlob(h.Blob))})
		}
		for _, r := range s.RefusedByThem {
			v.Refused = append(v.Refused, ui.ListItem{Icon: "error", Text: r.Reason, Note: face.JoinDots(r.Thread.String(), r.Entry.Short()), End: q.Day(r.At)})
		}
	}
	d := q.Data(v.Look.Name, "network")
	d.Notices = networkDone(q)
	d.Scripts = []string{"copy.js"}
	return q.Show(d, partnerContent(q, v))
}

func shortBlob(h ledger.Hash) string {
	if h.IsZero() {
		return ""
	}
	return h.Short()
}

func partnerFacts(q *face.Request, s network.State, arrange bool) []ui.Fact {
	facts := []ui.Fact{{Label: q.P("network.fact.link", nil), Value: q.P("network.state."+string(s.Partner.State), nil)},
		{Label: q.P("network.fact.seen", nil), Value: connectedText(q, s)}}
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, ui.Fact{Label: q.P("network.fact."+key, nil), Value: value})
		}
	}
	if s.Shared > 0 {
		add("has", q.P("network.has", map[string]any{"count": s.Shared, "same": s.Confirmed}))
	}
	if !s.Up {
		add("error", q.Text(s.LastErr))
	}
	if s.BehindEntries > 0 {
		add("way", q.P("network.behind", map[string]any{"count": s.BehindEntries}))
	}
	if s.MissingBlobs > 0 {
		add("files", q.P("network.files", map[string]any{"count": s.MissingBlobs, "size": lang.Size(q.Lang, s.MissingBytes)}))
	}
	if !arrange {
		return facts
	}
	addresses := strings.Join(s.Partner.Addresses, ", ")
	if addresses == "" {
		addresses = q.P("network.theycall", nil)
	}
	add("addresses", addresses)
	add("traffic", q.P("network.traffic", map[string]any{"sent": lang.Size(q.Lang, s.Sent), "received": lang.Size(q.Lang, s.Received)}))
	if s.BytesPerSecond > 0 {
		add("limit", lang.Size(q.Lang, int64(s.BytesPerSecond))+"/s")
	}
	return facts
}

// sharedShown bounds the list of cases on a partner's page.
const sharedShown = 50

// sharedCases lists the newest cases that are shared with a hospital, as far as the reader may see them.
func sharedCases(q *face.Request, ctx context.Context, tx ledger.Tx, id ledger.HospitalID) ([]ui.ListItem, error) {
	if !q.ListsCases() {
		return nil, nil
	}
	ids, err := casesWith(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	var list []ui.ListItem
	for _, t := range ids {
		ok, err := q.Desk.MaySee(ctx, tx, q.Caller, t)
		if err != nil {
			return nil, err
		}
		row, here, err := casebook.Get(ctx, tx, t)
		if err != nil {
			return nil, err
		}
		if !ok || !here {
			continue
		}
		list = append(list, ui.ListItem{Text: row.Title, URL: "/cases/" + t.String(), Note: face.JoinDots(q.PathwayName(row.Pathway), q.Text(row.Next)),
			Chips: []ui.ChipView{{Text: q.P("today.verb."+row.Verb, nil), Sort: ui.Line}}, End: q.Day(row.Changed)})
		if len(list) == sharedShown {
			break
		}
	}
	return list, nil
}

func casesWith(ctx context.Context, tx ledger.Tx, id ledger.HospitalID) (ids []ledger.ThreadID, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT m.thread FROM thread_member m JOIN thread t ON t.thread = m.thread
		WHERE m.hospital = $1 AND m.state IN ('invited', 'joined') AND t.kind = 'case' ORDER BY m.thread DESC LIMIT 400`, id[:])
	if err != nil {
		return nil, fmt.Errorf("listing what is shared with %s: %w", id, err)
	}
	defer rows.Close()
	for rows.Next() {
		var raw []byte
		if err := rows.Scan(&raw); err != nil {
			return nil, fmt.Errorf("listing what is shared with %s: %w", id, err)
		}
		var t ledger.ThreadID
		copy(t[:], raw)
		ids = append(ids, t)
	}
	return ids, rows.Err()
}
