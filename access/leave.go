package access

import (
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
)

// Why something does not leave: keys of phrases.
const (
	notTakingPart = "access.stays.no-part"
	notConsented  = "access.stays.not-consented"
	scopeNotOpen  = "access.stays.scope"
	notAttached   = "access.stays.not-attached"
	notNamed      = "access.stays.not-named"
)

// MayLeave tells whether a thread's entries may go to a hospital, and if not, why. A thread that is no case goes to all who take part.
// A case also needs the patient's consent to be consulted on, or a recorded emergency; the hospital that has custody always has its own case.
func MayLeave(l ledger.Log, to ledger.HospitalID) (bool, lang.Text) { return NewGate(l).Thread(to) }

// Gate stands where a thread's entries leave this hospital. It reads the patient's consent once.
type Gate struct {
	log     ledger.Log
	consent Consent
}

// NewGate reads what a thread says about who may have it.
func NewGate(l ledger.Log) Gate {
	g := Gate{log: l}
	if l.Kind == "case" {
		g.consent = FoldConsent(l)
	}
	return g
}

// Thread is [MayLeave].
func (g Gate) Thread(to ledger.HospitalID) (bool, lang.Text) {
	switch {
	case !slices.Contains(g.log.Roster.Readers(), to):
		return false, lang.Phrase(notTakingPart, nil)
	case g.log.Kind == "case":
		if g.log.Roster.Steward == to || g.consent.Allows(Consult, to) {
			return true, lang.Text{}
		}
		return false, lang.Phrase(notConsented, nil)
	case g.log.Kind == "":
		return false, lang.Phrase(notConsented, nil) // nobody knows what it is
	}
	return true, lang.Text{}
}

// Until gives the entry with which a hospital's part in a case ended: a withdrawal of the patient's yes, its removal, its leaving. What was said
// before it was said while the hospital might read it, and it itself has to be heard there; nothing that came after it goes. There is none where
// the thread may go as a whole, or never could.
func (g Gate) Until(to ledger.HospitalID) (ledger.Hash, bool) {
	if ok, _ := g.Thread(to); ok || g.log.Kind == "" {
		return ledger.Hash{}, false
	}
	if g.log.Kind == "case" && !g.consent.Covers(Consult, to) {
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
func FileMayLeave(logs []ledger.Log, blob ledger.Hash, to ledger.HospitalID) (bool, lang.Text) {
	var cases, others []ledger.Log
	for _, l := range logs {
		switch {
		case len(attachments(l, blob)) == 0:
		case l.Kind == "case":
			cases = append(cases, l)
		default:
			others = append(others, l)
		}
	}
	if len(cases) > 0 {
		for _, l := range cases {
			if ok, why := caseFileMayLeave(l, blob, to); !ok {
				return false, why
			}
		}
		return true, lang.Text{}
	}
	why := lang.Phrase(notAttached, nil)
	for _, l := range others {
		ok, reason := otherFileMayLeave(l, blob, to)
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

func caseFileMayLeave(l ledger.Log, blob ledger.Hash, to ledger.HospitalID) (bool, lang.Text) {
	gate, list := NewGate(l), attachments(l, blob)
	if ok, why := gate.Thread(to); !ok {
		return false, why
	}
	// Its own file comes home, unless others attached it too: a hospital that learned a hash gets nothing by attaching it itself.
	if !slices.ContainsFunc(list, func(a attachment) bool { return a.by != to }) {
		return true, lang.Text{}
	}
	consent := gate.consent
	for _, a := range list {
		scope := scopeOf(a.ref)
		switch {
		case a.ref.Sealed || scope == Identity:
			if !consent.Allows(Identity, to) {
				return false, lang.Phrase(notNamed, nil)
			}
		case scope == "", l.Roster.Steward == to:
		case !consent.Allows(scope, to):
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

func otherFileMayLeave(l ledger.Log, blob ledger.Hash, to ledger.HospitalID) (bool, lang.Text) {
	if ok, why := MayLeave(l, to); !ok {
		return false, why
	}
	for _, a := range attachments(l, blob) {
		if a.ref.Sealed || a.ref.Scope != "" {
			return false, lang.Phrase(notNamed, nil) // outside a case there is no consent that could open it
		}
	}
	return true, lang.Text{}
}
