package outreach

import (
	"context"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
	"consilium/terms"
)

// notPrivileged stops the record of an operation by a visitor without a privilege: it closes by itself when the visit's dates are over.
type notPrivileged struct{ name string }

func (e *notPrivileged) Error() string { return e.Tell().En }

// Tell is what stopped the record, as people read it.
func (e *notPrivileged) Tell() lang.Text {
	return lang.Phrase("visits.notprivileged", map[string]any{"name": e.name})
}

// Faults tell pages which field it is about.
func (e *notPrivileged) Faults() []record.Fault {
	return []record.Fault{{Field: "operator", Text: e.Tell()}}
}

// OperatorsAllowed is the rule that lets an operation be recorded when everybody of another hospital than the one where it was held a privilege there, or there was an
// emergency. Where it was is where it had been scheduled, or else here.
func OperatorsAllowed(own ledger.HospitalID, book *ledger.Book) access.Rule {
	return func(ctx context.Context, tx ledger.Tx, d ledger.Draft) error {
		o, err := ledger.Decode[casebook.Operation](d.Raw())
		if err != nil || o.Elsewhere != "" || len(o.Date) < 10 {
			return err // the form's own check says what is wrong with it
		}
		day, err := terms.ParseDay(o.Date[:10], time.UTC)
		if err != nil {
			return err
		}
		host, err := placeOfOperation(ctx, tx, book, d.Thread, own)
		if err != nil {
			return err
		}
		return operatorsAllowed(ctx, tx, o, host, day)
	}
}

func operatorsAllowed(ctx context.Context, tx ledger.Tx, o casebook.Operation, host ledger.HospitalID, day time.Time) error {
	for i, who := range append([]casebook.Owner{o.Operator}, o.Assistants...) {
		if who.Person == "" || who.Hospital == host || who.Hospital.IsZero() {
			continue
		}
		part := people.Operate
		if i > 0 {
			part = people.Assist
		}
		verdict, err := OperatorAllowed(ctx, tx, Operator{Host: host, Hospital: who.Hospital, Person: who.Person,
			Procedure: o.Procedure, Part: part, At: day.Add(12 * time.Hour), Emergency: o.Emergency})
		if err != nil {
			return err
		}
		if !verdict.Allowed {
			return &notPrivileged{who.Name}
		}
	}
	return nil
}

// placeOfOperation is where it had been scheduled, or else the hospital that records it.
func placeOfOperation(ctx context.Context, tx ledger.Tx, book *ledger.Book, id ledger.ThreadID, own ledger.HospitalID) (ledger.HospitalID, error) {
	l, err := book.Log(ctx, tx, id)
	if err != nil {
		return ledger.HospitalID{}, err
	}
	if s := casebook.Fold(l).Scheduled; s != nil && !s.Says.Hospital.IsZero() {
		return s.Says.Hospital, nil
	}
	return own, nil
}
