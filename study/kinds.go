package study

import (
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// The kinds of entries of a study.
const (
	KindProtocol  = "study.protocol"
	KindApproved  = "study.approved"
	KindDeclined  = "study.declined"
	KindRun       = "study.run"
	KindJoined    = "study.joined"
	KindRound     = "study.round"
	KindResult    = "study.result"
	KindPublished = "study.published"
	KindHalted    = "study.halted"
	KindWithdrawn = "study.withdrawn"
)

// Who may say what, by role: a researcher writes, the head of department answers for the hospital's patients, the program computes.
var (
	writers  = []string{string(people.Researcher), string(people.HeadOfDepartment)}
	heads    = []string{string(people.HeadOfDepartment)}
	machines = []string{string(people.System)}
)

// Governance of studies: what leaves a hospital in one is bounded by disclosure rules, not by who it goes to.
var Governance = record.Governance{Policy: "Study", Leaves: record.ToMembers}

// thread declares the study. Rights follow from it (what may leave a hospital), so it is strict.
var thread = &record.Thread[*Study]{Kind: "study", Phrases: "study", Strict: true,
	Kinds:   []record.Of[*Study]{protocolEntry, approvedEntry, declinedEntry, runEntry, joinedEntry, roundEntry, haltedEntry, resultEntry, publishedEntry, withdrawnEntry},
	Governs: Governance,
	Begin: func(r *record.Reading) *Study {
		return &Study{Reading: r, Thread: r.Log.Thread, keys: map[[32]byte]bool{}}
	},
	Stand: func(s *Study) (opened, closed bool) { return len(s.Versions) > 0, s.Withdrawn != nil },
}

// Talk is the study for who wires, shows or offers it.
func Talk() *record.Talk { return thread.Talk(nil) }

// Kinds are the kinds that this package declares, in the order in which a study goes.
func Kinds() []ledger.Kind { return Talk().Spoken() }

// Fold reads a study. The same entries give the same study, whatever their order of arrival.
func Fold(l ledger.Log) *Study { return thread.Fold(l) }
