package run

import (
	"crypto/ecdh"
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"math"

	"consilium/ledger"
	"consilium/study/exact"
	"consilium/study/mask"
	"consilium/study/method"
	"consilium/study/rows"
)

// Cases gives a hospital's complete cases of an analysis, in one of its imputations (0 where there is no imputation).
type Cases func(analysis, imputation int) (*rows.Table, error)

// Contribute computes what a hospital says in this round. It is the same whenever it is computed again from the same rows. key is the private half of the key in
// the roster; least is the least number of patients that may stand behind a figure.
//
// An analysis whose figures cannot be said is withheld, and the others go on; held is why, of each by its place in the protocol, for this hospital's own people. In a run with a node that knows no withholding it is the
// error instead: [ErrPoint] where fewer patients would stand behind a figure, at the point that the fit has come to.
func (r *Run) Contribute(me ledger.HospitalID, key *ecdh.PrivateKey, cases Cases, least int) (c Contribution, held map[int]error, err error) {
	c, held = Contribution{Round: r.Round, From: r.Step}, map[int]error{}
	member := r.member(me)
	if member == nil {
		return c, nil, fmt.Errorf("hospital %s takes no part in this run", me)
	}
	var masker *mask.Masker
	if r.Masked() {
		if masker, err = mask.New(key, me, r.Roster(), r.Bound()); err != nil {
			return c, nil, err
		}
	}
	for _, i := range r.underway() {
		said, err := r.figures(i, member, masker, cases, least)
		why, ok := whyWithheld(err)
		switch {
		case err == nil:
		case !ok || !r.withholds():
			return c, nil, err
		default:
			if held[i.analysis] == nil { // once for all imputations
				c.Withheld = append(c.Withheld, Withheld{i.analysis, why})
				held[i.analysis] = err
			}
			if said, err = r.nothing(i); err != nil {
				return c, held, err
			}
		}
		if _, open := i.Analysis.(method.Open); open {
			c.Open = append(c.Open, said...)
		} else {
			c.Masked = append(c.Masked, said...)
		}
	}
	return c, held, nil
}

// figures are a hospital's figures of one analysis, as they are said: masked where there is a masker, and open in a meta-analysis.
func (r *Run) figures(i item, m *Member, masker *mask.Masker, cases Cases, least int) (said []byte, err error) {
	values, err := r.local(i, m, cases, least)
	if err != nil {
		return nil, err
	}
	if _, open := i.Analysis.(method.Open); open {
		for _, v := range values {
			said = binary.BigEndian.AppendUint64(said, math.Float64bits(v))
		}
		return said, nil
	}
	figures, err := exact.VectorOf(values)
	if err != nil {
		return nil, fmt.Errorf("analysis %s: %w", r.Protocol.Analyses[i.analysis].ID, err)
	}
	if masker != nil {
		if err := masker.Mask(figures, r.Step, i.name(r.Protocol), r.Round); err != nil {
			return nil, err
		}
	}
	return figures.Bytes(), nil
}

// nothing stands in the place of figures that are withheld: bytes of chance, because behind zeros the sum would be that of the others.
func (r *Run) nothing(i item) ([]byte, error) {
	if _, open := i.Analysis.(method.Open); open {
		return make([]byte, 8*i.Size()), nil
	}
	said := make([]byte, exact.FixedSize*i.Size())
	_, err := rand.Read(said)
	return said, err
}

func (r *Run) member(h ledger.HospitalID) *Member {
	for i := range r.Members {
		if r.Members[i].Hospital == h {
			return &r.Members[i]
		}
	}
	return nil
}

// local is the figures of an analysis, or as many zeros where the hospital does not contribute: masked, they tell nobody which of both it is.
func (r *Run) local(i item, m *Member, cases Cases, least int) ([]float64, error) {
	n := i.Size()
	if !m.Takes[i.analysis] {
		return make([]float64, n), nil
	}
	t, err := cases(i.analysis, i.imputation)
	if err != nil {
		return nil, err
	}
	if err := r.fit(i, t, least); err != nil {
		return nil, err
	}
	values, err := i.Local(t)
	if err != nil {
		return nil, fmt.Errorf("analysis %s: %w", r.Protocol.Analyses[i.analysis].ID, err)
	}
	if len(values) != n {
		return nil, fmt.Errorf("analysis %s: %d figures where %d are asked for", r.Protocol.Analyses[i.analysis].ID, len(values), n)
	}
	return values, nil
}
