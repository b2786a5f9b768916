package demo

import (
	_ "embed"
	"fmt"
	"time"

	"consilium/ledger"
	"consilium/people"
	"consilium/study"
)

//go:embed studies/technique.yaml
var techniqueProtocol string

// compares lets the four hospitals compare the two techniques on the rows that their registers became: one writes the protocol, each head approves it, their nodes compute,
// and each head signs what came of it.
func (s *story) compares() {
	researcher := s.at(harbor).staff["researcher"]
	id := s.begin(researcher, "/studies", map[string]any{"protocol": techniqueProtocol})
	for _, h := range s.hospitals {
		if h != researcher.at {
			s.invites(s.at(harbor).head(), id, h)
		}
	}
	var asked studyAt
	for _, h := range s.hospitals {
		s.reaches(h, id, &asked, "asking")
		if h != researcher.at {
			s.say(h.head(), id, ledger.KindJoined, ledger.None{})
		}
		s.waives(h)
		s.say(h.head(), id, study.KindApproved, study.Approved{Protocol: asked.Protocol, Ethics: "Invented committee, 2026-7", Waiver: waiverNumber, Least: 2}, about(asked.Entry))
	}
	if s.err == nil {
		s.err = s.until(s.ctx, researcher.at, "four approvals", func() (bool, error) {
			err := researcher.get(s.ctx, "/studies/"+id.String(), &asked)
			return asked.Approved == len(s.hospitals), err
		})
	}
	s.shows(researcher.at, "four heads of department have approved the protocol %s", asked.Protocol.Short())
	begun := study.Begun{}
	for _, h := range s.hospitals {
		begun.Hospitals = append(begun.Hospitals, h.id)
	}
	run := s.say(researcher, id, study.KindRun, begun, about(asked.Entry))
	for _, h := range s.hospitals {
		s.reaches(h, id, &asked, "finished")
		if s.err == nil && asked.Run != nil {
			s.say(h.head(), id, study.KindResult, study.Result{Step: asked.Run.Step}, about(run))
		}
	}
	s.shows(researcher.at, "the nodes came to one result, and each head has signed it")
}

// waiverNumber is under which waiver of consent patients count who came before anybody asked them.
const waiverNumber = "2026-7"

// waives lets a head of department grant the invented committee's waiver, for a year.
func (s *story) waives(h *hospital) {
	if s.err != nil {
		return
	}
	s.err = h.head().post(s.ctx, "/registry/hfs-mvd/waivers", map[string]string{"ethics": waiverNumber, "purpose": "How long the operation takes, and relief, by technique",
		"until": s.clock.Now().AddDate(1, 0, 0).Format(time.DateOnly)}, nil)
}

// studyAt is a study as a hospital has it.
type studyAt struct {
	State    string
	Protocol ledger.Hash
	Entry    ledger.Hash
	Approved int
	Run      *struct {
		Step    ledger.Hash
		Fault   string
		Missing []string
	}
}

// reaches waits until a study has come to a state at a hospital.
func (s *story) reaches(h *hospital, id ledger.ThreadID, at *studyAt, state string) {
	if s.err != nil {
		return
	}
	reader := h.head()
	if reader == nil || !reader.is(people.HeadOfDepartment) {
		s.err = fmt.Errorf("%s has no head of department", h.name)
		return
	}
	s.err = s.until(s.ctx, h, fmt.Sprintf("the study at %s is %s", h.short, state), func() (bool, error) {
		*at = studyAt{}
		err := reader.get(s.ctx, "/studies/"+id.String(), at)
		if at.Run != nil && at.Run.Fault != "" {
			return false, fmt.Errorf("the run cannot go on: %s", at.Run.Fault)
		}
		return at.State == state, err
	})
}
