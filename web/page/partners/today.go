package partners

import (
	"time"

	"consilium/access"
	"consilium/network"
	"consilium/people"
	"consilium/web/face"
	"consilium/web/ui"
)

// quietLink is how long a link may be down before Today says so: a node that restarts is no problem.
const quietLink = 5 * time.Minute

// partnerWork tells administrators and coordinators on Today which links need them.
func partnerWork(q *face.Request, w *face.TodayWork) error {
	if !q.May(access.Administer) && !q.Is(people.Coordinator) {
		return nil
	}
	states, err := q.Desk.Network.State(q.Context())
	w.Alerts = append(w.Alerts, partnerAlerts(q, states)...)
	return err
}

func partnerAlerts(q *face.Request, states []network.State) (list []ui.Notice) {
	for _, s := range states {
		p := s.Partner
		if p.State != network.Accepted || s.Up && len(s.RefusedByThem) == 0 {
			continue
		}
		page := face.PartnerPath(p.Hospital)
		if !s.Up && (p.Seen.IsZero() || q.Now().Sub(p.Seen) > quietLink) {
			list = append(list, ui.Notice{Sort: ui.Warn, Title: q.P("today.down", map[string]any{"hospital": q.PartnerName(p)}), Text: downText(q, s), URL: page, Do: q.P("today.look", nil)})
		}
		if n := len(s.RefusedByThem); n > 0 {
			list = append(list, ui.Notice{Sort: ui.Bad, Title: q.P("today.refused", map[string]any{"hospital": q.PartnerName(p), "count": n}), URL: page, Do: q.P("today.look", nil)})
		}
	}
	return list
}

func downText(q *face.Request, s network.State) string {
	text := q.Text(s.LastErr)
	if s.BehindEntries > 0 {
		text = face.Joined(" ", text, q.P("today.behind", map[string]any{"count": s.BehindEntries}))
	}
	return text
}
