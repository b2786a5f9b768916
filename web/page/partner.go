package page

import (
	"context"
	"fmt"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
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

func (q *request) partnerPage() error {
	id, err := q.hospitalOfPath()
	if err != nil {
		return err
	}
	states, err := q.s.Network.State(q.Context())
	if err != nil {
		return err
	}
	for _, s := range states {
		if s.Partner.Hospital == id {
			return q.showPartner(s)
		}
	}
	return network.ErrNoPartner
}

func (q *request) showPartner(s network.State) error {
	v := partnerView{State: s, Look: q.partnerLook(s.Partner), Arrange: q.may(access.ManagePartners)}
	v.Facts = q.partnerFacts(s, v.Arrange)
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		v.Cases, err = q.sharedCases(ctx, tx, s.Partner.Hospital)
		return err
	})
	if err != nil {
		return err
	}
	if v.Arrange {
		for _, h := range s.HeldBack {
			v.Held = append(v.Held, ui.ListItem{Icon: "lock", Text: h.Reason, Note: joined(" · ", h.Thread.String(), shortBlob(h.Blob))})
		}
		for _, r := range s.RefusedByThem {
			v.Refused = append(v.Refused, ui.ListItem{Icon: "error", Text: r.Reason, Note: joined(" · ", r.Thread.String(), r.Entry.Short()), End: q.day(r.At)})
		}
	}
	d := q.data(v.Look.Name, "network")
	d.Notices = q.networkDone()
	d.Scripts = []string{"copy.js"}
	return q.show(d, partnerContent(q, v))
}

func shortBlob(h ledger.Hash) string {
	if h.IsZero() {
		return ""
	}
	return h.Short()
}

func (q *request) partnerFacts(s network.State, arrange bool) []ui.Fact {
	facts := []ui.Fact{{Label: q.p("network.fact.link", nil), Value: q.p("network.state."+string(s.Partner.State), nil)},
		{Label: q.p("network.fact.seen", nil), Value: q.connectedText(s)}}
	add := func(key, value string) {
		if value != "" {
			facts = append(facts, ui.Fact{Label: q.p("network.fact."+key, nil), Value: value})
		}
	}
	if s.Shared > 0 {
		add("has", q.p("network.has", map[string]any{"count": s.Shared, "same": s.Confirmed}))
	}
	if !s.Up {
		add("error", q.text(s.LastErr))
	}
	if s.BehindEntries > 0 {
		add("way", q.p("network.behind", map[string]any{"count": s.BehindEntries}))
	}
	if s.MissingBlobs > 0 {
		add("files", q.p("network.files", map[string]any{"count": s.MissingBlobs, "size": lang.Size(q.lang, s.MissingBytes)}))
	}
	if !arrange {
		return facts
	}
	addresses := strings.Join(s.Partner.Addresses, ", ")
	if addresses == "" {
		addresses = q.p("network.theycall", nil)
	}
	add("addresses", addresses)
	add("traffic", q.p("network.traffic", map[string]any{"sent": lang.Size(q.lang, s.Sent), "received": lang.Size(q.lang, s.Received)}))
	if s.BytesPerSecond > 0 {
		add("limit", lang.Size(q.lang, int64(s.BytesPerSecond))+"/s")
	}
	return facts
}

// sharedShown bounds the list of cases on a partner's page.
const sharedShown = 50

// sharedCases lists the newest cases that are shared with a hospital, as far as the reader may see them.
func (q *request) sharedCases(ctx context.Context, tx ledger.Tx, id ledger.HospitalID) ([]ui.ListItem, error) {
	if !q.listsCases() {
		return nil, nil
	}
	ids, err := casesWith(ctx, tx, id)
	if err != nil {
		return nil, err
	}
	var list []ui.ListItem
	for _, t := range ids {
		ok, err := q.s.MaySee(ctx, tx, q.caller, t)
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
		list = append(list, ui.ListItem{Text: row.Title, URL: "/cases/" + t.String(), Note: joined(" · ", q.pathwayName(row.Pathway), q.text(row.Next)),
			Chips: []ui.ChipView{{Text: q.p("today.verb."+row.Verb, nil), Sort: ui.Line}}, End: q.day(row.Changed)})
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
