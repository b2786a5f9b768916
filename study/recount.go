package study

import (
	"fmt"

	"consilium/ledger"
)

// Recount is what came of computing a study's last run anew.
type Recount struct {
	Study    ledger.ThreadID `json:"study"`
	Entries  int             `json:"entries"`
	Digest   ledger.Hash     `json:"digest"`
	Question string          `json:"question"`
	Version  int             `json:"version"`
	Protocol ledger.Hash     `json:"protocol"`
	Step     ledger.Hash     `json:"step"`
	Analyses int             `json:"analyses"`
	Same     []string        `json:"signed_the_same"`
	Other    []string        `json:"signed_another"`
	Unsigned []string        `json:"unsigned"`
}

// CountAnew folds a study from a bundle, whose every entry was verified from its bytes, and from nothing else: each step of the last run is taken again.
func CountAnew(b ledger.Bundle) (*Recount, error) {
	if b.Kind != thread.Kind {
		return nil, fmt.Errorf("it holds a thread of the kind %q, not a study", b.Kind)
	}
	s := Fold(b.Log)
	run := s.Last()
	switch {
	case run == nil:
		return nil, fmt.Errorf("no run of the study has begun")
	case run.Fault != "":
		return nil, fmt.Errorf("the run cannot be computed: %s", run.Fault)
	case !run.Done():
		return nil, fmt.Errorf("the run has not come to its end: it waits for %d of %d hospitals", len(run.Missing()), len(run.Says.Hospitals))
	}
	v := s.Versions[run.Version]
	a := &Recount{Study: b.Thread, Entries: b.Entries, Digest: b.Digest, Question: v.Parsed.Question, Version: int(v.Says.Version), Protocol: v.Parsed.Hash, Step: run.Fold.Step,
		Analyses: len(run.Fold.Results()), Same: []string{}, Other: []string{}, Unsigned: []string{}}
	for _, h := range run.Says.Hospitals {
		to := &a.Unsigned
		for _, x := range run.Results {
			if x.By.Hospital != h {
				continue
			}
			if to = &a.Same; x.Says.Step != a.Step {
				to = &a.Other
			}
		}
		*to = append(*to, h.String())
	}
	return a, nil
}
