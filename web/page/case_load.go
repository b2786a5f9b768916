package page

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/pathway"
	"consilium/people"
	"consilium/web/ui"
)

// caseView is a case that somebody may see, with what its pages need around it.
type caseView struct {
	casebook.Case
	q       *request
	log     ledger.Log
	pack    *pathway.Pack                // nil where the pathway is not here
	patient *casebook.Patient            // who it is; at home only
	names   map[ledger.HospitalID]string // as the hospitals write them
	lanes   []ledger.HospitalID          // the home hospital first
	odd     map[ledger.Hash]bool         // entries whose writer had a clock that was ahead
}

// openedCase reads the case of the address, through the door.
func (q *request) openedCase() (*caseView, error) {
	id, err := ledger.ParseThreadID(q.PathValue("id"))
	if err != nil {
		return nil, errors.Join(desk.ErrNotHere, err)
	}
	l, err := q.s.Door.Read(q.Context(), q.caller.Who, id)
	if err != nil {
		return nil, err
	}
	if l.Kind != "case" {
		return nil, desk.ErrNotHere
	}
	return q.viewOf(l)
}

func (q *request) viewOf(l ledger.Log) (*caseView, error) {
	v := &caseView{Case: casebook.Fold(l), q: q, log: l, names: map[ledger.HospitalID]string{}}
	v.pack = q.s.Packs(v.Pathway, "")
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		for _, m := range v.Members {
			v.names[m.Hospital] = q.s.HospitalName(ctx, tx, m.Hospital)
		}
		var err error
		if v.odd, err = ledger.OddClocks(ctx, tx, l.Thread); err != nil {
			return err
		}
		p, err := casebook.IdentityOf(ctx, tx, l.Thread)
		if errors.Is(err, casebook.ErrNoIdentity) {
			return nil
		}
		v.patient = &p
		return err
	})
	for _, m := range v.Members {
		v.lanes = append(v.lanes, m.Hospital)
	}
	slices.SortStableFunc(v.lanes, func(a, b ledger.HospitalID) int { return cmp.Compare(v.laneRank(a), v.laneRank(b)) })
	return v, err
}

func (v *caseView) laneRank(h ledger.HospitalID) int {
	if h == v.Home {
		return 0
	}
	return 1
}

// path is the address of the case, or of a page below it.
func (v *caseView) path(below ...string) string {
	return strings.Join(append([]string{"/cases/" + v.Thread.String()}, below...), "/")
}

// name is what the reader calls a hospital.
func (v *caseView) name(h ledger.HospitalID) string { return ui.NameIn(v.q.lang, v.fullName(h)) }

func (v *caseView) fullName(h ledger.HospitalID) string {
	if n := v.names[h]; n != "" {
		return n
	}
	if h == v.q.s.ID {
		return v.q.s.Name
	}
	if h.IsZero() {
		return "—"
	}
	return h.String()[:9] + "…"
}

func (v *caseView) hospital(h ledger.HospitalID) ui.Hospital {
	return ui.HospitalOf(h.Raw(), v.fullName(h)).In(v.q.lang)
}

func (v *caseView) lane(h ledger.HospitalID) int {
	i := slices.Index(v.lanes, h)
	if i >= maxLanes {
		return -1
	}
	return i
}

// maxLanes is how many hospitals have a lane of their own.
const maxLanes = 6

// own tells whether this hospital has custody.
func (v *caseView) own() bool { return v.Steward == v.q.s.ID }

// may tells whether the caller may do something with this case, for the buttons that a page shows. The door decides for itself when one is pressed.
func (v *caseView) may(action access.Action) bool {
	ok := false
	err := v.q.s.View(v.q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		relations, err := v.q.s.RelationsTo(ctx, tx, v.q.caller, "case", v.Thread)
		ok = access.May(v.q.caller.Who, action, access.What{Kind: "case", Thread: v.Thread, Relations: relations}).Allowed
		return err
	})
	return err == nil && ok
}

// now is this moment in the zone of the node.
func (q *request) now() time.Time { return q.s.Now() }

// person is somebody under the name that the reader reads.
func (q *request) person(name string) string { return ui.PersonIn(q.lang, name) }

// text is a text in the reader's language.
func (q *request) text(t lang.Text) string { return t.In(q.lang) }

// pt is a text of a pack in the reader's language.
func (q *request) pt(t pathway.Text) string { return t.In(string(q.lang)) }

// roleName is what people call a role, also one of another release.
func (q *request) roleName(role string) string {
	if r := people.Role(role); r.Known() {
		return q.text(r.Name())
	}
	return role
}

// choiceName is the phrase of a code, or the code where there is none.
func (q *request) choiceName(list, code string) string {
	key := "case." + list + "." + dashed(code)
	if code == "" || !lang.Has(key) {
		return code
	}
	return q.p(key, nil)
}

// pathwayName is the name of a pathway in the reader's language, or its id where the pack is not here.
func (q *request) pathwayName(id string) string {
	if p := q.s.Packs(id, ""); p != nil {
		return q.pt(p.Name)
	}
	return id
}

// subSpecialtyName is the name of a sub-specialty as some pack here calls it.
func (q *request) subSpecialtyName(id string) string {
	for _, p := range q.s.AllPacks() {
		for _, s := range p.SubSpecialties {
			if s.ID == id {
				return q.pt(s.Name)
			}
		}
	}
	return id
}

// partners are the hospitals that this one works with.
func (q *request) partners() ([]network.Partner, error) {
	var list []network.Partner
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = network.Partners(ctx, tx)
		return err
	})
	return slices.DeleteFunc(list, func(p network.Partner) bool { return p.State == network.Blocked }), err
}

// staff are the clinical people of this hospital.
func (q *request) staff() (list []people.Person, err error) {
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		all, err := people.List(ctx, tx, people.Filter{})
		for _, p := range all {
			if slices.ContainsFunc(p.Roles, func(r people.Role) bool { return r != people.Administrator && r != people.Researcher }) {
				list = append(list, p)
			}
		}
		return err
	})
	return list, err
}
