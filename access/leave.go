package access

import (
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// Why something does not leave: keys of phrases.
const (
	notTakingPart = "access.stays.no-part"
	notConsented  = "access.stays.not-consented"
	scopeNotOpen  = "access.stays.scope"
	notAttached   = "access.stays.not-attached"
	notNamed      = "access.stays.not-named"
)

// Gate stands where a thread's entries leave this hospital. It reads the patient's consent once.
type Gate struct {
	log     ledger.Log
	leaves  record.Leaving
	consent Consent
}

// Gate reads what a thread says about who may have it.
func (t Threads) Gate(l ledger.Log) Gate {
	g := Gate{log: l, leaves: t[l.Kind].Leaves}
	if g.leaves == record.ByConsent {
		g.consent = FoldConsent(l)
	}
	return g
}

// Thread tells whether the thread's entries may go to a hospital, and if not, why. It takes part, whatever the thread is. What a patient's consent governs, such as a
// case, also needs the patient's consent to be consulted on, or a recorded emergency; the hospital that has custody always has its own case. What no room of this
// node declares goes to nobody.
func (g Gate) Thread(to ledger.HospitalID) (bool, lang.Text) {
	switch {
	case !slices.Contains(g.log.Roster.Readers(), to):
		return false, lang.Phrase(notTakingPart, nil)
	case g.leaves == record.ToMembers:
		return true, lang.Text{}
	case g.leaves == record.ByConsent && (g.log.Roster.Steward == to || g.consent.Allows(Consult, to)):
		return true, lang.Text{}
	}
	return false, lang.Phrase(notConsented, nil)
}

// Until gives the entry with which a hospital's part in a case ended: a withdrawal of the patient's yes, its removal, its leaving. What was said
// before it was said while the hospital might read it, and it itself has to be heard there; nothing that came after it goes. There is none where
// the thread may go as a whole, or never could.
func (g Gate) Until(to ledger.HospitalID) (ledger.Hash, bool) {
	if ok, _ := g.Thread(to); ok || g.leaves == record.ToNobody {
		return ledger.Hash{}, false
	}
	if g.leaves == record.ByConsent && !g.consent.Covers(Consult, to) {
		return g.consentEnd(to)
	}
	for _, m := range g.log.Roster.Members {
		if m.Hospital == to {
			return m.Since, m.State == ledger.Left || m.State == ledger.Removed
		}
	}
	return ledger.Hash{}, false
}

// consentEnd is the entry after which the patient's yes no longer reached a hospital, where it once did.
func (g Gate) consentEnd(to ledger.HospitalID) (ledger.Hash, bool) {
	var end ledger.Hash
	covered := false
	g.consent.standing(g.log, Consult, func(after int, stand []int) {
		now := g.consent.covers(stand, Consult, to)
		if covered && !now {
			end = g.consent.acts[after].said.Hash
		}
		covered = now
	})
	return end, !end.IsZero()
}
