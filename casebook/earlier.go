package casebook

import (
	"consilium/ledger"
)

// Earlier are the rows of a dry run that would have been taken: what is undone is not found in the tables when another row of the same patient comes.
type Earlier struct{ rows map[patientKey][]earlierRow }

type patientKey struct{ series, number string }

// earlierRow is one such row: bytes rather than maps, for there may be very many.
type earlierRow struct {
	patient Patient
	entries []earlierEntry
}

type earlierEntry struct {
	kind, at string
	says     []byte
}

// NewEarlier begins a dry run.
func NewEarlier() *Earlier { return &Earlier{rows: map[patientKey][]earlierRow{}} }

// Add notes rows that would have been taken.
func (e *Earlier) Add(list []Record) {
	for _, r := range list {
		kept := earlierRow{patient: r.Patient}
		for _, d := range r.all() {
			if d.Kind != KindClosed {
				kept.entries = append(kept.entries, earlierEntry{d.Kind, d.At, d.Raw()})
			}
		}
		key := patientKey{r.Patient.Series, r.Patient.LocalNumber}
		e.rows[key] = append(e.rows[key], kept)
	}
}

// of gives the earlier rows of a patient, as if they were cases.
func (e *Earlier) of(p Patient) (list []held) {
	if e == nil {
		return nil
	}
	for _, kept := range e.rows[patientKey{p.Series, p.LocalNumber}] {
		h := held{patient: kept.patient, entries: map[string]heldEntry{}}
		for n, s := range kept.entries {
			says := plain(s.says)
			h.entries[about(s.kind, s.at, says)] = heldEntry{ledger.Hash{byte(n + 1)}, s.kind, s.at, says}
		}
		list = append(list, h)
	}
	return list
}
