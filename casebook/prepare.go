package casebook

import (
	"encoding/json"
	"slices"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
	"consilium/terms"
)

// PackRef names a pack as entries do.
func PackRef(p *pathway.Pack) *ledger.PackRef {
	return &ledger.PackRef{ID: p.ID, Version: p.Version, Hash: p.Hash()}
}

// Prepare adds to a draft what the case's pack knows and an entry has to say for itself, so that nobody needs the pack to read it: which pack it
// was filled in with, and after an operation when the follow-ups are due. What the draft says already stays.
func Prepare(c Case, d ledger.Draft, pack *pathway.Pack) (ledger.Draft, error) {
	if pack == nil {
		return d, nil
	}
	if d.Pack == nil && slices.ContainsFunc(kinds, func(k record.Of[*folding]) bool { return k.Name == d.Kind }) {
		d.Pack = PackRef(pack)
	}
	if d.Kind != KindOperation {
		return d, nil
	}
	raw := d.Raw()
	o, err := ledger.Decode[Operation](raw)
	if err != nil {
		return d, err
	}
	if o.FollowUps == nil && !o.Abandoned && o.Elsewhere == "" {
		o.FollowUps = DueList(pack, o.Date)
		return withFollowUps(d, raw, o.FollowUps)
	}
	return d, nil
}

// withFollowUps adds the appointments to what the draft says, and keeps every other field as it was given, also those that this release does not know.
func withFollowUps(d ledger.Draft, raw []byte, due []DueFollowUp) (ledger.Draft, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(raw, &fields); err != nil {
		return d, err
	}
	list, err := ledger.Encode(due)
	if err != nil {
		return d, err
	}
	fields["follow_ups"] = list
	whole, err := ledger.Encode(fields)
	d.Says = json.RawMessage(whole)
	return d, err
}

// DueList is the pack's schedule after an operation on a date, which may be partial: then the first day that it can be. What the schedule wants before the
// operation is the examination's to give, and not owed afterwards.
func DueList(pack *pathway.Pack, date string) []DueFollowUp {
	day := terms.Midday(date)
	if day.IsZero() {
		return nil
	}
	if t, err := terms.ParseMoment(date); err == nil {
		day = t
	}
	var list []DueFollowUp
	for _, u := range pack.FollowUps(day) {
		if u.Due.Format(time.DateOnly) < day.Format(time.DateOnly) {
			continue
		}
		list = append(list, DueFollowUp{ID: u.ID, Name: lang.Text(u.Name), From: u.From.Format(time.DateOnly), Due: u.Due.Format(time.DateOnly),
			Until: u.Until.Format(time.DateOnly), Forms: slices.Clone(u.Forms)})
	}
	return list
}

// NextWith gives the tasks of a case with the pack's schedule, for a case whose operation was recorded without one.
func (c Case) NextWith(pack *pathway.Pack) []record.Task {
	if c.followSchedule(pack) {
		c.Next = nil
		c.tasks()
	}
	return c.Next
}

// followSchedule lines up the pack's appointments after an operation that was recorded without them. It changes nothing that another copy of the case shares.
func (c *Case) followSchedule(pack *pathway.Pack) bool {
	if op := c.Operation(); pack == nil || op == nil || len(c.Due) > 0 {
		return false
	}
	c.Operations = slices.Clone(c.Operations)
	last := c.Operation()
	last.Says.FollowUps = DueList(pack, last.Says.Date)
	c.Due = nil
	c.due()
	return true
}

// Gaps are the items of the pack's packet that a referral of the case would lack now.
func Gaps(c Case, pack *pathway.Pack, r Referred) []pathway.PacketItem {
	return pack.PacketGaps(packetValues(&c, r), c.Holds)
}
