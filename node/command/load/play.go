package load

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"sync"
	"time"
)

// Options say how a month is played.
type Options struct {
	Month
	During      time.Duration // how long the month takes
	AtOnce      int           // requests under way at once, at most: what more is wanted waits, and its time counts
	BesideCases bool          // also at a hospital that has cases of its own
}

// settling is how long partners may take after the month until they agree.
const settling = 2 * time.Minute

// Play plays the month at the sites. An error says why it was not begun; what failed on the way is part of the report. When ctx ends, the month does, and the report is of what
// was done until then.
func Play(ctx context.Context, sites []*Site, o Options) (*Report, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: o.AtOnce, MaxConnsPerHost: o.AtOnce}
	defer transport.CloseIdleConnections()
	for _, s := range sites {
		s.client = &http.Client{Transport: transport}
		if err := s.ready(ctx, o.BesideCases); err != nil {
			return nil, err
		}
	}
	g := &game{sites: sites, plan: planOf(o.Month, len(sites)), slots: make(chan struct{}, o.AtOnce), tally: newTally()}
	if len(sites) > 1 {
		ids, err := partners(ctx, sites)
		if err != nil {
			return nil, err
		}
		g.ids = ids
	}
	g.cases = make([]running, len(g.plan.cases))
	for i := range g.cases {
		g.cases[i] = running{opened: newStep(), invited: newStep(), arrived: newStep()}
	}
	before := measured(ctx, sites)
	began := time.Now()
	g.run(ctx, began, float64(o.During)/float64(time.Duration(o.Days)*24*time.Hour))
	r := g.tally.report(time.Since(began), len(g.plan.acts))
	if ctx.Err() == nil {
		r.Settled, r.Apart = g.settle(ctx)
	}
	r.Growth = growth(sites, before, measured(context.WithoutCancel(ctx), sites))
	return r, nil
}

// game is a month that is being played.
type game struct {
	sites []*Site
	plan  month
	cases []running
	ids   map[string]string // of hospitals, by name
	slots chan struct{}
	tally *tally
}

// running is a case as far as it has come.
type running struct {
	id                       string
	opened, invited, arrived *step
}

// step is something that others wait for.
type step struct {
	over chan struct{}
	ok   bool // once it is over: whether it came about
}

func newStep() *step { return &step{over: make(chan struct{})} }

func (s *step) end(err error) {
	s.ok = err == nil
	close(s.over)
}

var errUntried = errors.New("what it rests on failed")

// steps are what an act rests on, and what rests on it.
func (g *game) steps(a act) (needs, gives *step) {
	if a.of < 0 {
		return nil, nil
	}
	c := &g.cases[a.of]
	switch a.do {
	case open:
		return nil, c.opened
	case share:
		return c.opened, c.invited
	case arrival:
		return c.invited, c.arrived
	case question:
		return c.arrived, nil
	}
	return c.opened, nil
}

// run does each act at its moment and waits for all.
func (g *game) run(ctx context.Context, began time.Time, pace float64) {
	var group sync.WaitGroup
	defer group.Wait()
	clock := time.NewTimer(0)
	defer clock.Stop()
	for _, a := range g.plan.acts {
		due := began.Add(time.Duration(float64(a.due) * pace))
		clock.Reset(time.Until(due))
		select {
		case <-clock.C:
		case <-ctx.Done():
			return
		}
		group.Go(func() { g.act(ctx, a, due) })
	}
}

// act does one thing when what it rests on is there and a place is free, and counts it. What rests on something that failed is not tried.
func (g *game) act(ctx context.Context, a act, due time.Time) {
	needs, gives := g.steps(a)
	err := errUntried
	if gives != nil {
		defer func() { gives.end(err) }()
	}
	wanted, ok := await(ctx, needs, due)
	if !ok {
		g.tally.untried(a.do)
		return
	}
	select {
	case g.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	defer func() { <-g.slots }()
	if err = g.do(ctx, a); ctx.Err() == nil {
		g.tally.count(a.do, time.Since(wanted), err)
	}
}

// await waits until a step is over, and tells from when on what follows is wanted: its moment, or the end of the step if that came later.
func await(ctx context.Context, needs *step, due time.Time) (wanted time.Time, ok bool) {
	if needs == nil {
		return due, true
	}
	select {
	case <-needs.over:
		return due, needs.ok
	default:
	}
	select {
	case <-needs.over:
		return time.Now(), needs.ok
	case <-ctx.Done():
		return due, false
	}
}

// says is an entry.
type says struct {
	Kind  string           `json:"kind"`
	Body  map[string]any   `json:"body"`
	Blobs []map[string]any `json:"blobs,omitempty"`
}

func (g *game) do(ctx context.Context, a act) error {
	s := g.sites[a.at]
	switch a.do {
	case open:
		return g.open(ctx, s, a)
	case share:
		return g.share(ctx, s, a)
	case image:
		return g.image(ctx, s, a)
	case arrival:
		return g.arrive(ctx, s, a)
	case consent:
		return g.say(ctx, s, a, says{Kind: "case.consent", Body: g.consent(a)})
	case finding:
		return g.say(ctx, s, a, says{Kind: "case.finding", Body: map[string]any{"note": fmt.Sprintf("As before, %s after the attack; the left eye closes by itself.", a.due.Round(time.Minute))}})
	case question:
		return g.say(ctx, s, a, says{Kind: "case.question", Body: map[string]any{"text": "Is there an earlier examination to compare with?"}})
	case read:
		return s.do(ctx, "GET", "/cases/"+g.cases[a.of].id, nil, nil)
	case list:
		return s.do(ctx, "GET", "/cases?limit=50", nil, nil)
	case search:
		return s.do(ctx, "GET", "/cases?limit=50&q="+url.QueryEscape(fmt.Sprintf("%s %d", title, a.word)), nil, nil)
	default:
		return s.do(ctx, "GET", "/tasks", nil, nil)
	}
}

func (g *game) say(ctx context.Context, s *Site, a act, entry says) error {
	return s.do(ctx, "POST", "/cases/"+g.cases[a.of].id+"/entries", entry, nil)
}

func (g *game) open(ctx context.Context, s *Site, a act) error {
	var made struct{ ID string }
	err := s.do(ctx, "POST", "/cases", map[string]any{"pathway": "hfs-mvd", "sub_specialty": "functional", "title": fmt.Sprintf("%s %d", title, a.of), "side": "left",
		"urgency": "routine", "sex": "female", "age": 54}, &made)
	g.cases[a.of].id = made.ID
	return err
}

func (g *game) consent(a act) map[string]any {
	body := map[string]any{"scopes": map[string]string{"consult": "granted", "images": "granted"}, "how": "written", "date": before(), "text": "2026-1"}
	if to := g.plan.cases[a.of].partner; to >= 0 {
		body["hospitals"] = []string{g.ids[g.sites[to].Name]}
	}
	return body
}

func (g *game) share(ctx context.Context, s *Site, a act) error {
	to := g.ids[g.sites[g.plan.cases[a.of].partner].Name]
	return g.say(ctx, s, a, says{Kind: "thread.invited", Body: map[string]any{"hospital": to}})
}

// image sends a file that nothing shortens and attaches it.
func (g *game) image(ctx context.Context, s *Site, a act) error {
	var made struct {
		Hash string
		Size int64
	}
	if err := s.do(ctx, "POST", "/blobs", noise(uint64(a.due), a.size), &made); err != nil {
		return err
	}
	return g.say(ctx, s, a, says{Kind: "case.imaging", Body: map[string]any{"modality": "other", "description": title, "date": before(), "deidentified": true},
		Blobs: []map[string]any{{"hash": made.Hash, "size": made.Size, "type": "application/octet-stream", "label": title, "scope": "images"}}})
}

// before is when the patient was examined and asked: some weeks before the case was opened, so that it is past by any node's clock.
func before() string { return time.Now().UTC().AddDate(0, 0, -30).Format(time.DateOnly) }

func noise(seed uint64, size int) []byte {
	source := rand.NewPCG(seed, 1)
	raw := make([]byte, (size+7)/8*8)
	for i := 0; i < len(raw); i += 8 {
		binary.LittleEndian.PutUint64(raw[i:], source.Uint64())
	}
	return raw[:size]
}

// again is how often a partner looks whether something has come.
const again = 50 * time.Millisecond

// arrive looks at the partner until the case is there.
func (g *game) arrive(ctx context.Context, s *Site, a act) error {
	limit, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		err := s.do(limit, "GET", "/cases/"+g.cases[a.of].id, nil, nil)
		if r := (*refusal)(nil); err == nil || !errors.As(err, &r) || r.Status != http.StatusNotFound {
			return err
		}
		select {
		case <-time.After(again):
		case <-limit.Done():
			return fmt.Errorf("it was not there after %s", patience)
		}
	}
}

// settle waits until every shared case is the same at both hospitals. It gives the time that this took, and how many are still apart.
func (g *game) settle(ctx context.Context) (took time.Duration, apart int) {
	began := time.Now()
	for of, c := range g.cases {
		for c.invited.ok && !g.same(ctx, of) {
			if time.Since(began) > settling || ctx.Err() != nil {
				apart++
				break
			}
			select {
			case <-time.After(again):
			case <-ctx.Done():
			}
		}
	}
	return time.Since(began), apart
}

// same says whether both hospitals have the same entries of a case.
func (g *game) same(ctx context.Context, of int) bool {
	var digests [2]struct{ Digest string }
	l := g.plan.cases[of]
	for i, at := range []int{l.home, l.partner} {
		if g.sites[at].do(ctx, "GET", "/cases/"+g.cases[of].id, nil, &digests[i]) != nil {
			return false
		}
	}
	return digests[0] == digests[1]
}
