package run

import (
	"crypto/ecdh"
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
// the roster; least is the least number of patients that may stand behind a figure. The error is [ErrPoint] where fewer would, at the point that the fit has come to.
func (r *Run) Contribute(me ledger.HospitalID, key *ecdh.PrivateKey, cases Cases, least int) (Contribution, error) {
	c := Contribution{Round: r.Round, From: r.Step}
	member := r.member(me)
	if member == nil {
		return c, fmt.Errorf("hospital %s takes no part in this run", me)
	}
	var masker *mask.Masker
	if r.Masked() {
		var err error
		if masker, err = mask.New(key, me, r.Roster(), r.Bound()); err != nil {
			return c, err
		}
	}
	for _, i := range r.underway() {
		values, err := r.local(i, member, cases, least)
		if err != nil {
			return c, err
		}
		if _, ok := i.Analysis.(method.Open); ok {
			for _, v := range values {
				c.Open = binary.BigEndian.AppendUint64(c.Open, math.Float64bits(v))
			}
			continue
		}
		figures, err := exact.VectorOf(values)
		if err != nil {
			return c, fmt.Errorf("analysis %s: %w", r.Protocol.Analyses[i.analysis].ID, err)
		}
		if masker != nil {
			if err := masker.Mask(figures, r.Step, i.name(r.Protocol), r.Round); err != nil {
				return c, err
			}
		}
		c.Masked = append(c.Masked, figures.Bytes()...)
	}
	return c, nil
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
