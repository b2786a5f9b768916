// Package run is a federated analysis as a fold: from the protocol and who takes part it goes from round to round by the contributions of all, and every node
// that has the same contributions is at the same step, to the bit.
//
// A run has no coordinator. Each hospital computes its figures from its own rows, masks them, and publishes them once; when those of a round are all there, every
// node adds them up and takes the same step. A contribution names the step that it starts from, so a node that computed otherwise has a name. Entries, signatures
// and who may approve are package study's.
package run

import (
	"bytes"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strings"

	"consilium/ledger"
	"consilium/study/exact"
	"consilium/study/mask"
	"consilium/study/method"
	"consilium/study/protocol"
)

// MaskedFrom is how many hospitals it takes for masks to hide anything: with two, each knows the other's figures by subtraction.
const MaskedFrom = 3

// Member is a hospital that takes part in a run.
type Member struct {
	Hospital ledger.HospitalID
	Key      *ecdh.PublicKey
	Freeze   ledger.Hash // of the rows that it computes from, salted: nobody can guess rows by it
	Takes    []bool      // of each analysis of the protocol, whether this hospital contributes
	Least    int         // how many have to contribute to an analysis for this hospital to; 0: any
	Rules    int         // by which rules its node takes a step; see [Rules]
}

// Rules are those by which this release takes a step. From 2 on a hospital may withhold one analysis and go on with the others; where a member of the run has less, its
// nodes know no other way than to halt.
const Rules = 2

// Contribution is what one hospital says in one round.
type Contribution struct {
	Round  int
	From   ledger.Hash // the step that it starts from
	Masked []byte      // figures, 16 bytes each, of all analyses that are under way, in the order of the protocol
	Open   []byte      // figures that no mask hides, 8 bytes each: own estimates, in the rounds of a meta-analysis

	// Withheld are analyses of the round for which it gives no figures, in their order. What stands in their place are as many bytes of chance, so that nobody reads the sum of
	// the others either.
	Withheld []Withheld
}

// item is one analysis under way, perhaps of one of several imputations.
type item struct {
	analysis   int
	imputation int
	method.Analysis
}

func (i item) name(p *protocol.Protocol) string {
	return fmt.Sprintf("%s/%d", p.Analyses[i.analysis].ID, i.imputation)
}

// Run is where a federated analysis stands.
type Run struct {
	Protocol *protocol.Protocol
	Members  []Member // in the order of their hospitals
	Round    int      // counts from 1
	Step     ledger.Hash

	items    []item
	withheld []stopped
}

// Begin begins a run. members are those who take part; an analysis that none of them contributes to is refused.
func Begin(p *protocol.Protocol, members []Member) (*Run, error) {
	if len(members) == 0 {
		return nil, errors.New("no hospital takes part in the run")
	}
	r := &Run{Protocol: p, Members: slices.Clone(members), Round: 1}
	slices.SortFunc(r.Members, func(a, b Member) int { return bytes.Compare(a.Hospital[:], b.Hospital[:]) })
	for i, m := range r.Members {
		if len(m.Takes) != len(p.Analyses) {
			return nil, fmt.Errorf("hospital %s answers for %d analyses of %d", m.Hospital, len(m.Takes), len(p.Analyses))
		}
		if i > 0 && r.Members[i-1].Hospital == m.Hospital {
			return nil, fmt.Errorf("hospital %s takes part twice", m.Hospital)
		}
	}
	for i := range p.Analyses {
		for imputation := range imputations(p, &p.Analyses[i]) {
			a, err := method.New(p, &p.Analyses[i])
			if err != nil {
				return nil, err
			}
			r.items = append(r.items, item{i, imputation, a})
		}
	}
	r.Step = r.mark(nil)
	return r, nil
}

// Clone is a copy that moves on apart from this one.
func (r *Run) Clone() *Run {
	c := *r
	c.withheld = slices.Clone(r.withheld)
	c.items = make([]item, len(r.items))
	for i, it := range r.items {
		c.items[i] = item{it.analysis, it.imputation, it.Analysis.Clone()}
	}
	return &c
}

// imputations is how often an analysis is made: once, or on each completed set of rows.
func imputations(p *protocol.Protocol, a *protocol.Analysis) int {
	if p.Missing.Method == "impute" && a.Method != protocol.MissingValues {
		return p.Missing.Imputations
	}
	return 1
}

// takers tells whether an analysis is made: somebody contributes to it, and as many as each of those asks for. Behind a mask the sum of two is the other one's own. A
// meta-analysis shows each hospital's own estimate whatever their number.
func (r *Run) takers(analysis int) bool {
	n, least := r.taking(analysis)
	return n >= least || n > 0 && r.Protocol.Analyses[analysis].Method == protocol.Meta
}

func (r *Run) taking(analysis int) (n, least int) {
	least = 1
	for _, m := range r.Members {
		if m.Takes[analysis] {
			n, least = n+1, max(least, m.Least)
		}
	}
	return n, least
}

// underway are the items that still need figures.
func (r *Run) underway() []item {
	var list []item
	for _, i := range r.items {
		if r.takers(i.analysis) && r.stoppedAt(i.analysis) == nil && i.Size() > 0 {
			list = append(list, i)
		}
	}
	return list
}

// Done tells whether the run has come to its end.
func (r *Run) Done() bool { return len(r.underway()) == 0 }

// size is how many masked and open figures a contribution of this round has.
func (r *Run) size() (masked, open int) {
	for _, i := range r.underway() {
		if _, ok := i.Analysis.(method.Open); ok {
			open += i.Size()
		} else {
			masked += i.Size()
		}
	}
	return masked, open
}

// Masked tells whether figures are hidden in this run.
func (r *Run) Masked() bool { return len(r.Members) >= MaskedFrom }

// Roster is the members as masks are bound to them.
func (r *Run) Roster() []mask.Party {
	list := make([]mask.Party, len(r.Members))
	for i, m := range r.Members {
		list[i] = mask.Party{Hospital: m.Hospital, Key: m.Key}
	}
	return list
}

// Bound is what masks are bound to beside the roster: the protocol and the freezes.
func (r *Run) Bound() []byte {
	out := slices.Clone(r.Protocol.Hash[:])
	for _, m := range r.Members {
		out = append(out, m.Freeze[:]...)
	}
	return out
}

// Check says what is wrong with a contribution to this round, as far as its bytes tell: it names another step, or has another size.
func (r *Run) Check(c Contribution) error {
	masked, open := r.size()
	switch {
	case c.Round != r.Round:
		return fmt.Errorf("it is for round %d, and round %d is under way", c.Round, r.Round)
	case c.From != r.Step:
		return fmt.Errorf("it starts from step %s, where this node has %s: the two nodes computed differently", c.From.Short(), r.Step.Short())
	case len(c.Masked) != masked*exact.FixedSize || len(c.Open) != open*8:
		return fmt.Errorf("it has %d and %d bytes, and the round has %d and %d", len(c.Masked), len(c.Open), masked*exact.FixedSize, open*8)
	}
	return r.mayWithhold(c.Withheld)
}

// Take moves on by the contributions of all members, in the order of [Run.Members].
func (r *Run) Take(all []Contribution) error {
	if len(all) != len(r.Members) {
		return fmt.Errorf("%d contributions for %d hospitals", len(all), len(r.Members))
	}
	sum, each, err := r.gather(all)
	if err != nil {
		return err
	}
	list := r.underway()
	total := sum.Bytes()
	r.stop(all)
	for _, i := range list {
		n := i.Size()
		stopped := r.stoppedAt(i.analysis) != nil
		if o, ok := i.Analysis.(method.Open); ok {
			if !stopped {
				o.TakeEach(r.own(i.analysis, each, n))
			}
			for h := range each {
				each[h] = each[h][n:]
			}
			continue
		}
		if !stopped {
			i.Take(sum[:n].Big())
		}
		sum = sum[n:]
	}
	r.Round++
	r.Step = r.mark(total)
	return nil
}

// gather adds up the masked figures and reads the open ones of each hospital.
func (r *Run) gather(all []Contribution) (sum exact.Vector, each [][]*big.Float, err error) {
	masked, _ := r.size()
	sum = make(exact.Vector, masked)
	for i, c := range all {
		if err := r.Check(c); err != nil {
			return nil, nil, fmt.Errorf("the contribution of %s: %w", r.Members[i].Hospital, err)
		}
		v, err := exact.VectorFrom(c.Masked)
		if err != nil {
			return nil, nil, err
		}
		sum.Add(v)
		own, err := openFigures(c.Open)
		if err != nil {
			return nil, nil, fmt.Errorf("the contribution of %s: %w", r.Members[i].Hospital, err)
		}
		each = append(each, own)
	}
	return sum, each, nil
}

func openFigures(b []byte) ([]*big.Float, error) {
	var list []*big.Float
	for ; len(b) >= 8; b = b[8:] {
		v := math.Float64frombits(binary.BigEndian.Uint64(b))
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, errors.New("an open figure is no number")
		}
		list = append(list, exact.Of(v))
	}
	return list, nil
}

// own gives the first n figures of each hospital that contributes to an analysis, nil for the others.
func (r *Run) own(analysis int, each [][]*big.Float, n int) [][]*big.Float {
	list := make([][]*big.Float, len(each))
	for i, m := range r.Members {
		if m.Takes[analysis] {
			list[i] = each[i][:n]
		}
	}
	return list
}

// mark is the hash of the step: of all steps before it, the sum that was taken, and what every analysis stands at.
func (r *Run) mark(sum []byte) ledger.Hash {
	h := sha256.New()
	h.Write([]byte("consilium study step 1\n"))
	h.Write(r.Step[:])
	if r.Round == 1 {
		h.Write(r.Bound())
		for _, m := range r.Members {
			h.Write(m.Hospital[:])
			h.Write(m.Key.Bytes())
			for _, t := range m.Takes {
				h.Write([]byte{byte(boolInt(t))})
			}
		}
	}
	h.Write(sum)
	var state strings.Builder
	for _, i := range r.items {
		i.State(&state)
	}
	for _, s := range r.withheld {
		s.state(&state)
	}
	h.Write([]byte(state.String()))
	return ledger.Hash(h.Sum(nil))
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}
