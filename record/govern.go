package record

import (
	"context"

	"consilium/ledger"
)

// Governance is what holds for every thread of a kind, whatever is said in it; package access obeys it. The zero value is the strictest, and that of a kind which no
// room declares: nobody may do anything with such a thread, each attempt to read it is noted, and nothing of it leaves.
type Governance struct {
	Policy     string  // the type of resource under which policy.cedar has its rules: "Case"
	Leaves     Leaving // to whom its entries and files may go
	Unrecorded bool    // who read it is not noted in the access log: nothing in it is about a patient
}

// Leaving says to which hospitals what is said in a thread may go.
type Leaving int

// The ways of leaving.
const (
	ToNobody  Leaving = iota
	ToMembers         // to all hospitals that take part
	ByConsent         // to those of them that the patient's consent reaches; such a thread has the kinds of entries that say so
)

// Reader is somebody of this hospital who wants to see a thread.
type Reader struct {
	Person         ledger.PersonID
	SubSpecialties []string
}

// Relate tells how somebody stands to a thread, in the words that policy.cedar knows: "author", "operator", "team".
type Relate func(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, r Reader) ([]string, error)
