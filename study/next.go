package study

import (
	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// Next tells who is to do what: approve, begin, sign, publish. What nodes do by themselves is no task.
func (s *Study) Next() (list []record.Task) {
	add := func(h ledger.HospitalID, roles []string, kind, what string, ref ledger.Hash) {
		list = append(list, record.Task{What: lang.Phrase("study.next."+what, nil), Verb: "compare", Hospital: h, Roles: roles, Kind: kind, Refs: []ledger.Hash{ref}})
	}
	switch s.State() {
	case Empty:
		list = append(list, record.Task{What: lang.Phrase("study.next.protocol", nil), Verb: "compare", Hospital: s.Log.Roster.Steward, Roles: writers, Kind: KindProtocol})
	case Asking:
		v := s.Current()
		for _, h := range s.Log.Roster.Readers() {
			if v.Approval(h) == nil && v.Refusal(h) == nil {
				add(h, heads, KindApproved, "approve", v.Hash)
			}
		}
		if len(v.Approved) > 0 {
			add(s.Log.Roster.Steward, writers, KindRun, "begin", v.Hash)
		}
	case Running:
		if s.Last().Stuck() {
			add(s.Log.Roster.Steward, writers, KindRun, "fault", s.Last().Hash)
		}
	case Finished, Signed:
		r := s.Last()
		for _, h := range r.Says.Hospitals {
			if record.SaidBy(r.Results, h) == nil {
				add(h, heads, KindResult, "sign", r.Hash)
			}
		}
		if len(r.Results) == len(r.Says.Hospitals) {
			add(s.Log.Roster.Steward, writers, KindPublished, "publish", r.Hash)
		}
	}
	return list
}
