package page

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
	"consilium/web/ui"
)

func (s *Server) networkRoutes() {
	s.handle("GET /network", (*request).networkPage)
	s.handle("GET /network/{hospital}", (*request).partnerPage)
	s.handle("POST /network/partners", (*request).addPartner)
	s.handle("POST /network/invite", (*request).invite)
	s.handle("POST /network/accept", (*request).acceptCode)
	s.handle("POST /network/call", (*request).callPartners)
	s.handle("POST /network/{hospital}/accept", (*request).acceptCaller)
	s.handle("POST /network/{hospital}/ignore", (*request).ignoreCaller)
	s.handle("POST /network/{hospital}/block", (*request).blockPartner)
	s.handle("POST /network/{hospital}/remove", (*request).removePartner)
}

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

func (q *request) networkPage() error { return q.showNetwork(http.StatusOK, networkView{}) }

func (q *request) showNetwork(status int, v networkView) error {
	v.Arrange = q.may(access.ManagePartners)
	states, err := q.s.Network.State(q.Context())
	if err != nil {
		return err
	}
	shared := map[ledger.HospitalID]int{}
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
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
		v.Partners = append(v.Partners, q.partnerItem(s, shared[s.Partner.Hospital]))
	}
	v.Map = q.networkMap(states, shared)
	if v.Arrange {
		callers, err := q.s.Network.Callers(q.Context())
		if err != nil {
			return err
		}
		for _, c := range callers {
			v.Callers = append(v.Callers, q.callerView(c))
		}
	}
	d := q.data(q.p("network.title", nil), "network")
	d.Path = "/network" // also where a form of the page was answered
	d.Notices = append(q.networkDone(), v.Notices...)
	d.Scripts = []string{"copy.js"}
	return q.render(status, d, networkContent(q, v))
}

// networkDone tells what was done, from the address after a form was taken.
func (q *request) networkDone() []ui.Notice {
	key := "network.done." + q.FormValue("done")
	if q.Method != http.MethodGet || !lang.Has(key) {
		return nil
	}
	return []ui.Notice{{Sort: ui.Good, Text: q.p(key, nil)}}
}

// sharedThreads counts what a partner takes part in: a number, no names.
func sharedThreads(ctx context.Context, tx ledger.Tx, id ledger.HospitalID) (n int, err error) {
	err = tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM thread_member WHERE hospital = $1 AND state IN ('invited', 'joined')`, id[:]).Scan(&n)
	if err != nil {
		return 0, fmt.Errorf("counting what is shared with %s: %w", id, err)
	}
	return n, nil
}

// partnerName is what the reader calls a partner.
func (q *request) partnerName(p network.Partner) string { return q.partnerLook(p).Name }

func (q *request) partnerLook(p network.Partner) ui.Hospital {
	name := p.Name
	if name == "" {
		name = p.Hospital.String()[:9] + "…"
	}
	return ui.HospitalOf(p.Hospital.Raw(), name).In(q.lang)
}

// hospitalLook is a hospital under the name that the reader reads.
func (q *request) hospitalLook(ctx context.Context, tx ledger.Tx, id ledger.HospitalID) ui.Hospital {
	return ui.HospitalOf(id.Raw(), q.s.HospitalName(ctx, tx, id)).In(q.lang)
}

func (q *request) hospitalName(ctx context.Context, tx ledger.Tx, id ledger.HospitalID) string {
	return q.hospitalLook(ctx, tx, id).Name
}

func partnerPath(id ledger.HospitalID) string { return "/network/" + id.String() }

func (q *request) partnerItem(s network.State, shared int) ui.ListItem {
	look := q.partnerLook(s.Partner)
	item := ui.ListItem{Hospital: &look, Text: q.partnerName(s.Partner), URL: partnerPath(s.Partner.Hospital), Chips: []ui.ChipView{q.linkChip(s)}}
	item.Note = joined(" · ", q.p("network.shared", map[string]any{"count": shared}), q.linkLine(s))
	return item
}

// linkChip says in two words how the link is.
func (q *request) linkChip(s network.State) ui.ChipView {
	switch {
	case s.Partner.State == network.Blocked:
		return ui.ChipView{Text: q.p("network.blocked", nil), Sort: ui.Line, Icon: "x"}
	case s.Partner.State == network.Asked:
		return ui.ChipView{Text: q.p("network.asked", nil), Sort: ui.Warn, Icon: "clock"}
	case s.Up && s.BehindEntries > 0:
		return ui.ChipView{Text: q.p("network.sending", nil), Sort: ui.Info, Icon: "refresh"}
	case s.Up:
		return ui.ChipView{Text: q.p("network.up", nil), Sort: ui.Good, Icon: "check"}
	}
	return ui.ChipView{Text: q.p("network.down", nil), Sort: ui.Bad, Icon: "offline"}
}

// linkLine says what is on its way, or why nothing is.
func (q *request) linkLine(s network.State) string {
	var parts []string
	if !s.Up && s.Partner.State != network.Blocked {
		if s.LastErr.Empty() {
			parts = append(parts, q.seenText(s.Partner))
		} else {
			parts = append(parts, q.text(s.LastErr))
		}
	}
	if s.BehindEntries > 0 {
		parts = append(parts, q.p("network.behind", map[string]any{"count": s.BehindEntries}))
	}
	if s.MissingBlobs > 0 {
		parts = append(parts, q.p("network.files", map[string]any{"count": s.MissingBlobs, "size": lang.Size(q.lang, s.MissingBytes)}))
	}
	if n := len(s.HeldBack); n > 0 {
		parts = append(parts, q.p("network.held", map[string]any{"count": n}))
	}
	return joined(" · ", parts...)
}

func (q *request) connectedText(s network.State) string {
	if s.Up {
		return q.p("network.since", map[string]any{"when": q.moment(s.Since)})
	}
	return q.seenText(s.Partner)
}

func (q *request) seenText(p network.Partner) string {
	if p.Seen.IsZero() {
		return q.p("network.never", nil)
	}
	return q.p("network.seen", map[string]any{"when": lang.Relative(q.lang, p.Seen, q.now())})
}

// placeOf reads where a partner says that it is; ok is false where it does not say.
func placeOf(place string) (lat, lon float64, ok bool) {
	a, b, found := strings.Cut(place, ",")
	lat, err1 := strconv.ParseFloat(strings.TrimSpace(a), 64)
	lon, err2 := strconv.ParseFloat(strings.TrimSpace(b), 64)
	return lat, lon, found && err1 == nil && err2 == nil && lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180
}

// networkMap needs two places: one dot says nothing.
func (q *request) networkMap(states []network.State, shared map[ledger.HospitalID]int) *ui.MapView {
	m := &ui.MapView{Label: q.p("network.map", map[string]any{"count": len(states)})}
	home := -1
	if q.s.Place != nil {
		home = 0
		m.Places = append(m.Places, ui.MapPlace{Hospital: ui.HospitalOf(q.s.ID.Raw(), q.s.Name).In(q.lang), Lat: q.s.Place[0], Lon: q.s.Place[1]})
	}
	for _, s := range states {
		lat, lon, ok := placeOf(s.Partner.Place)
		if !ok || s.Partner.State == network.Blocked {
			continue
		}
		m.Places = append(m.Places, ui.MapPlace{Hospital: q.partnerLook(s.Partner), Lat: lat, Lon: lon, URL: partnerPath(s.Partner.Hospital),
			Note: q.partnerName(s.Partner) + ": " + q.linkChip(s).Text})
		if home == 0 && s.Partner.State == network.Accepted {
			m.Flows = append(m.Flows, ui.MapFlow{From: 0, To: len(m.Places) - 1, Count: shared[s.Partner.Hospital], Broken: !s.Up,
				Label: q.p("network.shared", map[string]any{"count": shared[s.Partner.Hospital]})})
		}
	}
	if len(m.Places) < 2 {
		return nil
	}
	return m
}

func (q *request) callerView(c network.Caller) callerView {
	name := c.Name
	if name == "" {
		name = q.p("network.unnamed", nil)
	}
	look := ui.HospitalOf(c.Hospital.Raw(), name)
	return callerView{Caller: c, Item: ui.ListItem{Hospital: &look, Text: name, Note: joined(" · ", c.Hospital.String(),
		q.p("network.calls", map[string]any{"count": c.Calls, "address": c.Address, "when": lang.Relative(q.lang, c.Last, q.now())})),
		Act: callerActs(q, c.Hospital.String())}}
}

// hospitalOfPath reads the hospital of the address.
func (q *request) hospitalOfPath() (ledger.HospitalID, error) {
	id, err := ledger.ParseHospitalID(q.PathValue("hospital"))
	if err != nil {
		return id, errors.Join(desk.ErrNotHere, err)
	}
	return id, nil
}

// field makes an error about one field of a form.
func (q *request) field(name, key string) people.ErrInvalid {
	return people.ErrInvalid{Field: name, Text: lang.Phrase(key, nil)}
}

func (q *request) addPartner() error {
	if err := q.need(access.ManagePartners); err != nil {
		return err
	}
	p, wrong := q.partnerOfForm()
	if wrong.Field != "" {
		return q.showNetwork(http.StatusUnprocessableEntity, networkView{Open: "add", Form: q.PostForm, Wrong: wrong})
	}
	if err := q.s.Network.AddPartner(q.Context(), p); err != nil {
		return err
	}
	return q.see("/network?done=added")
}

func (q *request) partnerOfForm() (p network.Partner, wrong people.ErrInvalid) {
	id, err := ledger.ParseHospitalID(strings.TrimSpace(q.PostForm.Get("hospital")))
	if err != nil {
		return p, q.field("hospital", "network.invalid.mistyped")
	}
	if id == q.s.ID {
		return p, q.field("hospital", "network.invalid.own")
	}
	p = network.Partner{Hospital: id, Name: strings.TrimSpace(q.PostForm.Get("name")), Addresses: strings.Fields(q.PostForm.Get("addresses"))}
	for _, a := range p.Addresses {
		if !addressFits(a) {
			return p, q.field("addresses", "network.invalid.address")
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

func (q *request) invite() error {
	if err := q.need(access.ManagePartners); err != nil {
		return err
	}
	address := strings.TrimSpace(q.PostForm.Get("address"))
	days, err := strconv.Atoi(q.PostForm.Get("days"))
	switch {
	case !addressFits(address):
		return q.showNetwork(http.StatusUnprocessableEntity, networkView{Open: "invite", Form: q.PostForm, Wrong: q.field("address", "network.invalid.address")})
	case err != nil || days < 1 || days > inviteDays:
		return q.showNetwork(http.StatusUnprocessableEntity, networkView{Open: "invite", Form: q.PostForm, Wrong: q.field("days", "network.invalid.days")})
	}
	valid := time.Duration(days) * 24 * time.Hour
	code, err := q.s.Network.Invite(q.Context(), address, valid)
	if err != nil {
		return err
	}
	return q.showNetwork(http.StatusOK, networkView{Code: code, CodeTill: q.moment(q.now().Add(valid))})
}

func (q *request) acceptCode() error {
	if err := q.need(access.ManagePartners); err != nil {
		return err
	}
	p, err := q.s.Network.Accept(q.Context(), q.PostForm.Get("code"))
	switch {
	case errors.Is(err, network.ErrInvitation):
		v := networkView{Open: "accept", Form: q.PostForm, Wrong: q.field("code", "network.invalid.code")}
		return q.showNetwork(http.StatusUnprocessableEntity, v)
	case err != nil && !p.Hospital.IsZero(), err != nil && q.entered(p.Hospital):
		return q.showNetwork(http.StatusOK, networkView{Notices: []ui.Notice{{Sort: ui.Warn, Title: q.p("network.later", nil), Text: q.text(network.Explain(p.Hospital, err))}}})
	case err != nil:
		return q.showNetwork(http.StatusBadGateway, networkView{Open: "accept", Form: q.PostForm,
			Notices: []ui.Notice{{Sort: ui.Bad, Title: q.p("network.notreached", nil), Text: q.text(network.Explain(p.Hospital, err))}}})
	}
	return q.see(partnerPath(p.Hospital) + "?done=partners")
}

func (q *request) entered(id ledger.HospitalID) bool {
	_, err := q.partner(id)
	return !id.IsZero() && err == nil
}

func (q *request) partner(id ledger.HospitalID) (p network.Partner, err error) {
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		p, err = network.PartnerOf(ctx, tx, id)
		return err
	})
	return p, err
}

func (q *request) callPartners() error {
	if err := q.need(access.ManagePartners); err != nil {
		return err
	}
	q.s.Network.CallNow()
	q.s.Network.CompareNow()
	return q.see("/network?done=called")
}

func (q *request) unknownCaller() (network.Caller, error) {
	id, err := q.hospitalOfPath()
	if err != nil {
		return network.Caller{}, err
	}
	callers, err := q.s.Network.Callers(q.Context())
	for _, c := range callers {
		if c.Hospital == id {
			return c, nil
		}
	}
	return network.Caller{}, errors.Join(desk.ErrNotHere, err)
}

func (q *request) acceptCaller() error {
	if err := q.need(access.ManagePartners); err != nil {
		return err
	}
	c, err := q.unknownCaller()
	if err != nil {
		return err
	}
	if err := q.s.Network.AddPartner(q.Context(), network.Partner{Hospital: c.Hospital, Name: c.Name}); err != nil {
		return err
	}
	return q.see("/network?done=added")
}

// ignoreCaller blocks a hospital that nobody here knows, so that it does not come back into the list.
func (q *request) ignoreCaller() error {
	if err := q.need(access.ManagePartners); err != nil {
		return err
	}
	c, err := q.unknownCaller()
	if err != nil {
		return err
	}
	if err := q.s.Network.Ignore(q.Context(), c.Hospital); err != nil {
		return err
	}
	return q.see("/network?done=blocked")
}

func (q *request) blockPartner() error {
	return q.endPartner("/network?done=blocked", (*network.Network).Block)
}

func (q *request) removePartner() error {
	return q.endPartner("/network?done=removed", (*network.Network).Remove)
}

func (q *request) endPartner(to string, end func(*network.Network, context.Context, ledger.HospitalID) error) error {
	if err := q.need(access.ManagePartners); err != nil {
		return err
	}
	id, err := q.hospitalOfPath()
	if err != nil {
		return err
	}
	if err := end(q.s.Network, q.Context(), id); err != nil {
		return err
	}
	return q.see(to)
}
