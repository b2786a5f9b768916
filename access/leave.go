package access

import (
	"slices"
	"strings"

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

// FileMayLeave tells whether a file may go to a hospital, given every thread here that attaches it ([ledger.AttachedTo]). A file that a
// patient's consent governs in one thread is governed by it in all: no one frees an image by attaching it elsewhere. What a hospital
// attached itself gives it no right to a file that others attached.
func (t Threads) FileMayLeave(logs []ledger.Log, blob ledger.Hash, to ledger.HospitalID) (bool, lang.Text) {
	var consented, others []Gate
	for _, l := range logs {
		g := t.Gate(l)
		switch {
		case len(attachments(l, blob)) == 0:
		case g.leaves == record.ByConsent:
			consented = append(consented, g)
		default:
			others = append(others, g)
		}
	}
	if len(consented) > 0 {
		for _, g := range consented {
			if ok, why := g.consentedFile(blob, to); !ok {
				return false, why
			}
		}
		return true, lang.Text{}
	}
	why := lang.Phrase(notAttached, nil)
	for _, g := range others {
		ok, reason := g.otherFile(blob, to)
		if ok {
			return true, lang.Text{}
		}
		why = reason
	}
	return false, why
}

type attachment struct {
	by  ledger.HospitalID
	ref ledger.BlobRef
}

// attachments are the places where a thread attaches a file, in every version of what its entries say, erased ones left out.
func attachments(l ledger.Log, blob ledger.Hash) []attachment {
	var list []attachment
	for _, s := range l.Said {
		if s.Content == nil {
			continue
		}
		for _, ref := range s.Content.Blobs {
			if ref.Hash == blob {
				list = append(list, attachment{s.Hospital, ref})
			}
		}
	}
	return list
}

// consentedFile is about a file of a thread that leaves by the patient's consent: each file needs the scope that it has.
func (g Gate) consentedFile(blob ledger.Hash, to ledger.HospitalID) (bool, lang.Text) {
	list := attachments(g.log, blob)
	if ok, why := g.Thread(to); !ok {
		return false, why
	}
	// Its own file comes home, unless others attached it too: a hospital that learned a hash gets nothing by attaching it itself.
	if !slices.ContainsFunc(list, func(a attachment) bool { return a.by != to }) {
		return true, lang.Text{}
	}
	for _, a := range list {
		scope := scopeOf(a.ref)
		switch {
		case a.ref.Sealed || scope == Identity:
			if !g.consent.Allows(Identity, to) {
				return false, lang.Phrase(notNamed, nil)
			}
		case scope == "", g.log.Roster.Steward == to:
		case !g.consent.Allows(scope, to):
			return false, lang.Phrase(scopeNotOpen, nil)
		}
	}
	return true, lang.Text{}
}

// scopeOf is the scope that a file of a case needs to leave. A picture or a recording that nobody gave one needs that of its type: what a writer forgets, or
// a program does not know of, opens nothing.
func scopeOf(ref ledger.BlobRef) Scope {
	sort, _, _ := strings.Cut(strings.ToLower(ref.Type), "/")
	switch {
	case ref.Scope != "":
		return Scope(ref.Scope)
	case sort == "image" || strings.EqualFold(ref.Type, "application/dicom"):
		return Images
	case sort == "video" || sort == "audio":
		return Recording
	}
	return ""
}

func (g Gate) otherFile(blob ledger.Hash, to ledger.HospitalID) (bool, lang.Text) {
	if ok, why := g.Thread(to); !ok {
		return false, why
	}
	for _, a := range attachments(g.log, blob) {
		if a.ref.Sealed || a.ref.Scope != "" {
			return false, lang.Phrase(notNamed, nil) // there is no consent here that could open it
		}
	}
	return true, lang.Text{}
}
