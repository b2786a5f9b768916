package access

import (
	"context"
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// PackType is the media type of a pathway pack. A pack holds nothing of a patient, and the same one is attached to case after case.
const PackType = "application/vnd.consilium.pathway+yaml"

// Claim is one attachment of a file, at the gate of the thread that it stands in. An erased one gives the file to nobody and goes on forbidding.
type Claim struct {
	ledger.Attachment
	Gate Gate
}

// File is a file that is here, with every attachment of it that this node knows: what decides who may have it.
//
// Its hash opens nothing. It is governed by the threads in which this hospital or its origin attached it, and the strictest of them counts. An attachment by a
// hospital that could not read the file gives nobody anything, forbids nobody anything, and keeps nothing alive.
type File struct {
	Self     ledger.HospitalID
	Received bool              // it came from another hospital; where not, it was made here, and nobody else is its origin
	Giver    ledger.HospitalID // which one, where that was written down
	Claims   []Claim
}

// File gathers what decides about a file.
func (t Threads) File(ctx context.Context, tx ledger.Tx, book *ledger.Book, hash ledger.Hash) (File, error) {
	f := File{Self: book.Signer().Hospital()}
	var err error
	if f.Giver, f.Received, err = ledger.GivenBy(ctx, tx, hash); err != nil {
		return f, err
	}
	list, err := ledger.AttachedTo(ctx, tx, hash)
	if err != nil {
		return f, err
	}
	for _, a := range list {
		f.Claims = append(f.Claims, Claim{Attachment: a})
	}
	if f.Pack() {
		return f, nil // of many cases: none of them has to be read
	}
	gates := map[ledger.ThreadID]Gate{}
	for i, c := range f.Claims {
		if c.By != f.Self && !f.Received {
			continue // it governs nothing
		}
		g, known := gates[c.Thread]
		if !known {
			l, err := book.Log(ctx, tx, c.Thread)
			if err != nil {
				return f, err
			}
			g = t.Gate(l)
			gates[c.Thread] = g
		}
		f.Claims[i].Gate = g
	}
	return f, nil
}

// Pack tells whether the file is a pathway pack, by what this hospital and the one that gave it say of it; where neither attached it, by what all do.
func (f File) Pack() bool {
	say := func(c Claim) bool { return c.By == f.Self || f.Received && c.By == f.Giver }
	if f.Received && !slices.ContainsFunc(f.Claims, say) {
		say = func(Claim) bool { return true }
	}
	some := false
	for _, c := range f.Claims {
		if say(c) && (c.Type != PackType || c.Sealed) {
			return false
		}
		some = some || say(c)
	}
	return some
}

// governing are the attachments that decide: those of this hospital, and of a file that came from elsewhere those of hospitals that may have it by all that
// others say of it.
func (f File) governing() []Claim {
	var list []Claim
	for _, c := range f.Claims {
		if c.By == f.Self || f.Received && (c.By == f.Giver || f.Pack() || !f.bait(c.By)) {
			list = append(list, c)
		}
	}
	return list
}

// bait tells whether a hospital attached what it could not read: by an attachment of this hospital or of the one that gave the file it may not have it, or it could have
// learned the hash in a thread that keeps the file from it.
func (f File) bait(by ledger.HospitalID) bool {
	return slices.ContainsFunc(f.Claims, func(c Claim) bool {
		if c.By == by {
			return false
		}
		ok, _ := c.allows(by)
		return !ok && (c.By == f.Self || c.By == f.Giver || c.Gate.log.Roster.State(by) != ledger.Stranger)
	})
}

// MayLeave tells whether the file may go to a hospital, and if not, why.
func (f File) MayLeave(to ledger.HospitalID) (bool, lang.Text) {
	governing := f.governing()
	living := slices.DeleteFunc(slices.Clone(governing), func(c Claim) bool { return c.Erased })
	if len(living) == 0 {
		return false, lang.Phrase(notAttached, nil)
	}
	if f.Pack() {
		return true, lang.Text{} // to whoever may have the thread
	}
	// Its own file comes home, unless others attached it too: a hospital that learned a hash gets nothing by attaching it itself.
	others := slices.DeleteFunc(slices.Clone(governing), func(c Claim) bool { return c.By == to })
	if len(others) == 0 {
		return living[0].Gate.Thread(to)
	}
	for _, c := range others {
		if ok, why := c.allows(to); !ok {
			return false, why
		}
	}
	if !slices.ContainsFunc(others, func(c Claim) bool { return !c.Erased }) {
		return false, lang.Phrase(notAttached, nil)
	}
	return true, lang.Text{}
}

// Shown tells whether who may read a thread may read the file there.
func (f File) Shown(in ledger.ThreadID) bool {
	return slices.ContainsFunc(f.governing(), func(c Claim) bool { return c.Thread == in && !c.Erased })
}

// Kept tells whether anything keeps the file alive: an attachment that governs it and stands, or one whose words are locked and not destroyed.
func (f File) Kept() bool {
	return slices.ContainsFunc(f.governing(), func(c Claim) bool { return !c.Erased || c.Locked })
}

// allows tells whether an attachment lets a hospital have the file.
func (c Claim) allows(to ledger.HospitalID) (bool, lang.Text) {
	if ok, why := c.Gate.Thread(to); !ok {
		return false, why
	}
	if c.Gate.leaves != record.ByConsent {
		if c.Sealed || c.Scope != "" {
			return false, lang.Phrase(notNamed, nil) // there is no consent here that could open it
		}
		return true, lang.Text{}
	}
	scope := scopeOf(c.BlobRef)
	switch {
	case c.Sealed || scope == Identity:
		if !c.Gate.consent.Allows(Identity, to) {
			return false, lang.Phrase(notNamed, nil)
		}
	case scope == "", c.Gate.log.Roster.Steward == to:
	case !c.Gate.consent.Allows(scope, to):
		return false, lang.Phrase(scopeNotOpen, nil)
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
