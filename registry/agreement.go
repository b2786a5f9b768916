package registry

import (
	"consilium/access"
	"consilium/ledger"
)

// Agreement is what a patient said about research with their data. A waiver of consent stands for patients who could not be asked: it never overrules one who said no.
type Agreement int

// The answers, as the tables have them.
const (
	ResearchDeclined Agreement = iota - 1 // refused, withdrawn, or given to other hospitals only
	ResearchNotAsked
	ResearchAgreed
)

func agreementOf(c access.Consent, me ledger.HospitalID) Agreement {
	switch {
	case c.Covers(access.Research, me):
		return ResearchAgreed
	case c.State(access.Research).Answer == access.Unasked:
		return ResearchNotAsked
	}
	return ResearchDeclined
}

// least is the answer that a patient must have given at least for their rows to be in a query.
func (q Query) least() Agreement {
	switch {
	case !q.Research:
		return ResearchDeclined
	case q.Waiver != "":
		return ResearchNotAsked
	}
	return ResearchAgreed
}
