package partners

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/people/security"
	"consilium/web/face"
	"consilium/web/ui"
)

// networkView is the network as one hospital sees it.
type networkView struct {
	Map      *ui.MapView
	Partners []ui.ListItem
	Callers  []callerView
	Code     string // an invitation that was just made; shown once
	CodeTill string
	Arrange  bool // may add, block, remove
	Notices  []ui.Notice
	Open     string // the form that is shown open, because something in it was wrong
	Form     url.Values
	Wrong    people.ErrInvalid
}

// callerView is a hospital that called and that nobody has entered.
type callerView struct {
	network.Caller
	Item ui.ListItem
}

func networkPage(q *face.Request) error { return showNetwork(q, http.StatusOK, networkView{}) }

func showNetwork(q *face.Request, status int, v networkView) error {
	v.Arrange = q.May(access.ManagePartners)
	states, err := q.Desk.Network.State(q.Context())
	if err != nil {
		return err
	}
	shared := map[ledger.HospitalID]int{}
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, s := range states {
			n, err := sharedThreads(ctx, tx, s.Partner.Hospital)
			if err != nil {
				return err
			}
			shared[s.Partner.Hospital] = n
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, s := range states {
		v.Partners = append(v.Partners, partnerItem(q, s, shared[s.Partner.Hospital]))
	}
	v.Map = networkMap(q, states, shared)
	if v.Arrange {
		callers, err := q.Desk.Network.Callers(q.Context())
		if err != nil {
			return err
		}
		for _, c := range callers {
			v.Callers = append(v.Callers, callerOf(q, c))
		}
	}
	d := q.Data(q.P("network.title", nil), "network")
	d.Path = "/network" // also where a form of the page was answered
	d.Notices = append(networkDone(q), v.Notices...)
	d.Scripts = []string{"copy.js"}
	return q.Render(status, d, networkContent(q, v))
}

// networkDone tells what was done, from the address after a form was taken.
func networkDone(q *face.Request) []ui.Notice {
	key := "network.done." + q.FormValue("done")
	if q.Method != http.MethodGet || !lang.Has(key) {
		return nil
	}
	return []ui.Notice{{Sort: ui.Good, Text: q.P(key, nil)}}
}

// sharedThreads counts what a partner takes part in: a number, no names.
func sharedThreads(ctx context.Context, tx ledger.Tx, id ledger.HospitalID) (n int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM thread_member WHERE hospital = $1 AND state IN ('invited', 'joined')`, id[:]).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting what is shared with %s: %w", id, err)
	}
	return n, nil
}

func partnerItem(q *face.Request, s network.State, shared int) ui.ListItem {
	look := q.PartnerLook(s.Partner)
	item := ui.ListItem{Hospital: &look, Text: q.PartnerName(s.Partner), URL: face.PartnerPath(s.Partner.Hospital), Chips: []ui.ChipView{linkChip(q, s)}}
	item.Note = face.JoinDots(q.P("network.shared", map[string]any{"count": shared}), linkLine(q, s))
	return item
}

// linkChip says in two words how the link is.
func linkChip(q *face.Request, s network.State) ui.ChipView {
	switch {
	case s.Partner.State == network.Blocked:
		return ui.ChipView{Text: q.P("network.blocked", nil), Sort: ui.Line, Icon: "x"}
	case s.Partner.State == network.Asked:
		return ui.ChipView{Text: q.P("network.asked", nil), Sort: ui.Warn, Icon: "clock"}
	case s.Up && s.BehindEntries > 0:
		return ui.ChipView{Text: q.P("network.sending", nil), Sort: ui.Info, Icon: "refresh"}
	case s.Up:
		return ui.ChipView{Text: q.P("network.up", nil), Sort: ui.Good, Icon: "check"}
	}
	return ui.ChipView{Text: q.P("network.down", nil), Sort: ui.Bad, Icon: "offline"}
}

// linkLine says what is on its way, or why nothing is.
func linkLine(q *face.Request, s network.State) string {
	var parts []string
	if !s.Up && s.Partner.State != network.Blocked {
		if s.LastErr.Empty() {
			parts = append(parts, seenText(q, s.Partner))
		} else {
			parts = append(parts, q.Text(s.LastErr))
		}
	}
	if s.BehindEntries > 0 {
		parts = append(parts, q.P("network.behind", map[string]any{"count": s.BehindEntries}))
	}
	if s.MissingBlobs > 0 {
		parts = append(parts, q.P("network.files", map[string]any{"count": s.MissingBlobs, "size": lang.Size(q.Lang, s.MissingBytes)}))
	}
	if n := len(s.HeldBack); n > 0 {
		parts = append(parts, q.P("network.held", map[string]any{"count": n}))
	}
	return face.JoinDots(parts...)
}

func connectedText(q *face.Request, s network.State) string {
	if s.Up {
		return q.P("network.since", map[string]any{"when": q.Moment(s.Since)})
	}
	return seenText(q, s.Partner)
}

func seenText(q *face.Request, p network.Partner) string {
	if p.Seen.IsZero() {
		return q.P("network.never", nil)
	}
	return q.P("network.seen", map[string]any{"when": lang.Relative(q.Lang, p.Seen, q.Now())})
}

func callerOf(q *face.Request, c network.Caller) callerView {
	name := c.Name
	if name == "" {
		name = q.P("network.unnamed", nil)
	}
	look := ui.HospitalOf(c.Hospital.Raw(), name)
	return callerView{Caller: c, Item: ui.ListItem{Hospital: &look, Text: name, Note: face.JoinDots(c.Hospital.String(),
		q.P("network.calls", map[string]any{"count": c.Calls, "address": c.Address, "when": lang.Relative(q.Lang, c.Last, q.Now())})),
		Act: callerActs(q, c.Hospital.String())}}
}

// hospitalOfPath reads the hospital of the address.
func hospitalOfPath(q *face.Request) (ledger.HospitalID, error) {
	id, err := ledger.ParseHospitalID(q.PathValue("hospital"))
	if err != nil {
		return id, errors.Join(desk.ErrNotHere, err)
	}
	return id, nil
}

func addPartner(q *face.Request) error {
	if err := q.Need(access.ManagePartners); err != nil {
		return err
	}
	p, wrong := partnerOfForm(q)
	if wrong.Field != "" {
		return showNetwork(q, http.StatusUnprocessableEntity, networkView{Open: "add", Form: q.PostForm, Wrong: wrong})
	}
	if err := q.Desk.Network.AddPartner(q.Context(), p); err != nil {
		return err
	}
	return noted(q, security.PartnerAdded, p.Hospital.String(), "/network?done=added")
}

// noted writes what was done about a partner into the security log and sends the browser on.
func noted(q *face.Request, event security.Event, detail, to string) error {
	if err := q.Desk.NoteNow(q.Context(), q.Caller, event, "", detail); err != nil {
		return err
	}
	return q.See(to)
}

func partnerOfForm(q *face.Request) (p network.Partner, wrong people.ErrInvalid) {
	id, err := ledger.ParseHospitalID(strings.TrimSpace(q.PostForm.Get("hospital")))
	if err != nil {
		return p, q.Field("hospital", "network.invalid.mistyped")
	}
	if id == q.Desk.ID {
		return p, q.Field("hospital", "network.invalid.own")
	}
	p = network.Partner{Hospital: id, Name: strings.TrimSpace(q.PostForm.Get("name")), Addresses: strings.Fields(q.PostForm.Get("addresses"))}
	for _, a := range p.Addresses {
		if !addressFits(a) {
			return p, q.Field("addresses", "network.invalid.address")
		}
	}
	return p, wrong
}

func addressFits(a string) bool {
	host, port, err := net.SplitHostPort(a)
	return err == nil && host != "" && port != "" && len(a) <= 255
}

// inviteDays bounds how long an invitation holds.
const inviteDays = 30

func invite(q *face.Request) error {
	if err := q.Need(access.ManagePartners); err != nil {
		return err
	}
	address := strings.TrimSpace(q.PostForm.Get("address"))
	days, err := strconv.Atoi(q.PostForm.Get("days"))
	switch {
	case !addressFits(address):
		return showNetwork(q, http.StatusUnprocessableEntity, networkView{Open: "invite", Form: q.PostForm, Wrong: q.Field("address", "network.invalid.address")})
	case err != nil || days < 1 || days > inviteDays:
		return showNetwork(q, http.StatusUnprocessableEntity, networkView{Open: "invite", Form: q.PostForm, Wrong: q.Field("days", "network.invalid.days")})
	}
	valid := time.Duration(days) * 24 * time.Hour
	code, err := q.Desk.Network.Invite(q.Context(), address, valid)
	if err == nil {
		err = q.Desk.NoteNow(q.Context(), q.Caller, security.PartnerInvited, "", address)
	}
	if err != nil {
		return err
	}
	return showNetwork(q, http.StatusOK, networkView{Code: code, CodeTill: q.Moment(q.Now().Add(valid))})
}

func acceptCode(q *face.Request) error {
	if err := q.Need(access.ManagePartners); err != nil {
		return err
	}
	p, err := q.Desk.Network.Accept(q.Context(), q.PostForm.Get("code"))
	switch {
	case errors.Is(err, network.ErrInvitation):
		v := networkView{Open: "accept", Form: q.PostForm, Wrong: q.Field("code", "network.invalid.code")}
		return showNetwork(q, http.StatusUnprocessableEntity, v)
	case err != nil && !p.Hospital.IsZero(), err != nil && entered(q, p.Hospital):
		if err := q.Desk.NoteNow(q.Context(), q.Caller, security.PartnerAdded, "", p.Hospital.String()); err != nil {
			return err
		}
		return showNetwork(q, http.StatusOK, networkView{Notices: []ui.Notice{{Sort: ui.Warn, Title: q.P("network.later", nil), Text: q.Text(network.Explain(p.Hospital, err))}}})
	case err != nil:
		return showNetwork(q, http.StatusBadGateway, networkView{Open: "accept", Form: q.PostForm,
			Notices: []ui.Notice{{Sort: ui.Bad, Title: q.P("network.notreached", nil), Text: q.Text(network.Explain(p.Hospital, err))}}})
	}
	return noted(q, security.PartnerAdded, p.Hospital.String(), face.PartnerPath(p.Hospital)+"?done=partners")
}

func entered(q *face.Request, id ledger.HospitalID) bool {
	_, err := q.Partner(id)
	return !id.IsZero() && err == nil
}

func callPartners(q *face.Request) error {
	if err := q.Need(access.ManagePartners); err != nil {
		return err
	}
	q.Desk.Network.CallNow()
	q.Desk.Network.CompareNow()
	return q.See("/network?done=called")
}

func unknownCaller(q *face.Request) (network.Caller, error) {
	id, err := hospitalOfPath(q)
	if err != nil {
		return network.Caller{}, err
	}
	callers, err := q.Desk.Network.Callers(q.Context())
	for _, c := range callers {
		if c.Hospital == id {
			return c, nil
		}
	}
	return network.Caller{}, errors.Join(desk.ErrNotHere, err)
}

func acceptCaller(q *face.Request) error {
	if err := q.Need(access.ManagePartners); err != nil {
		return err
	}
	c, err := unknownCaller(q)
	if err != nil {
		return err
	}
	if err := q.Desk.Network.AddPartner(q.Context(), network.Partner{Hospital: c.Hospital, Name: c.Name}); err != nil {
		return err
	}
	return noted(q, security.PartnerAdded, c.Hospital.String(), "/network?done=added")
}

// ignoreCaller blocks a hospital that nobody here knows, so that it does not come back into the list.
func ignoreCaller(q *face.Request) error {
	if err := q.Need(access.ManagePartners); err != nil {
		return err
	}
	c, err := unknownCaller(q)
	if err != nil {
		return err
	}
	if err := q.Desk.Network.Ignore(q.Context(), c.Hospital); err != nil {
		return err
	}
	return noted(q, security.PartnerBlocked, c.Hospital.String(), "/network?done=blocked")
}

func blockPartner(q *face.Request) error {
	return endPartner(q, "/network?done=blocked", (*network.Network).Block, security.PartnerBlocked)
}

func removePartner(q *face.Request) error {
	return endPartner(q, "/network?done=removed", (*network.Network).Remove, security.PartnerRemoved)
}

func endPartner(q *face.Request, to string, end func(*network.Network, context.Context, ledger.HospitalID) error, event security.Event) error {
	if err := q.Need(access.ManagePartners); err != nil {
		return err
	}
	id, err := hospitalOfPath(q)
	if err != nil {
		return err
	}
	if err := end(q.Desk.Network, q.Context(), id); err != nil {
		return err
	}
	if err := q.Desk.NoteNow(q.Context(), q.Caller, event, "", id.String()); err != nil {
		return err
	}
	return q.See(to)
}
