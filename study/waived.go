package study

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
	"consilium/registry"
	"consilium/registry/waiver"
	"consilium/study/protocol"
)

// Ground is on what a hospital's rows are used in a study beyond those of patients who agreed: a waiver of consent, by its number, and when it was named. Both tell which waiver
// is meant: one that is granted later under the same number is another. The zero value is none.
type Ground struct {
	Waiver string
	At     time.Time
}

// ground is what an approval rests on; nil: none stands.
func ground(a *record.Said[Approved]) *Ground {
	if a == nil {
		return nil
	}
	return &Ground{a.Says.Waiver, a.Written}
}

// Ground is what a hospital's approval rests on; nil where none stands.
func (v *Version) Ground(h ledger.HospitalID) *Ground { return ground(v.Approval(h)) }

// ErrWaived says that rows of patients who were not asked may not be used, or not any more.
var ErrWaived = errors.New("the waiver of consent that the approval here names was not granted for this pathway, has ended or was revoked, or rows were frozen under another one; " +
	"a head approves anew under a waiver that is in force, and rows that are frozen already need a new version of the protocol")

// Query is which rows a study may use here: of patients who agreed to research and, under a waiver that is in force, of those who were not asked. It is [ErrWaived] where the waiver that is meant is
// not in force.
func (r *Registry) Query(ctx context.Context, p *protocol.Protocol, g Ground) (registry.Query, error) {
	q := registry.Query{Pathway: p.Pathway, Research: true}
	if g.Waiver == "" {
		return q, nil
	}
	err := r.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		w, err := waiver.Meant(ctx, tx, p.Pathway, g.Waiver, g.At)
		if errors.Is(err, waiver.ErrNone) || err == nil && !w.InForce(r.Freezes.Now()) {
			err = ErrWaived
		}
		q.Waiver, q.Waived = w.Ethics, w.ID
		return err
	})
	return q, err
}

// waived tells whether frozen rows may be used now: those of patients who agreed may, others while the waiver is in force under which they were frozen. An approval that stands rests on that waiver.
func (r *Registry) waived(ctx context.Context, f registry.Freeze, q *registry.Query) error {
	if f.Waiver == "" {
		return nil
	}
	if f.Waived.IsZero() || q != nil && q.Waived != f.Waived {
		return ErrWaived
	}
	return r.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		w, err := waiver.Get(ctx, tx, f.Waived)
		if err != nil || !w.InForce(r.Freezes.Now()) { // erased is as good as revoked
			return ErrWaived
		}
		return nil
	})
}

// WaiverGranted stops an approval at this hospital that names a waiver of consent which is not in force for the protocol's pathway: nobody types one. What other hospitals approve under is theirs to know.
func WaiverGranted(book *ledger.Book, now func() time.Time) access.Rule {
	return func(ctx context.Context, tx ledger.Tx, draft ledger.Draft) error {
		raw, err := ledger.Encode(draft.Says)
		if err != nil {
			return err
		}
		var says Approved
		if json.Unmarshal(raw, &says) != nil || says.Waiver == "" || len(draft.Refs) == 0 {
			return nil // what is not in form its kind stops
		}
		l, err := book.Log(ctx, tx, draft.Thread)
		if err != nil {
			return err
		}
		s := Fold(l)
		i := s.version(draft.Refs[0])
		if i < 0 {
			return nil
		}
		_, err = waiver.Named(ctx, tx, s.Versions[i].Parsed.Pathway, says.Waiver, now())
		if errors.Is(err, waiver.ErrNone) {
			mark := record.Mark{Code: "waiver", Field: "waiver", Text: lang.Phrase("study.stop.waiver", nil)}
			return &record.Stopped{Marks: []record.Mark{mark}}
		}
		return err
	}
}
