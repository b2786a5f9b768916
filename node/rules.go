package node

import (
	"context"
	"fmt"
	"time"

	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/outreach"
	"consilium/people"
	"consilium/record"
)

// notPrivileged stops the record of an operation by a visitor without a privilege: it closes by itself when the visit's dates are over.
type notPrivileged struct{ name string }

func (e *notPrivileged) Error() string { return e.Tell().En }

// Tell is what stopped the record, as people read it.
func (e *notPrivileged) Tell() lang.Text {
	return lang.Text{
		En: fmt.Sprintf("%s is from another hospital and holds no privilege for this operation on that day; grant one under the visit, or record why it was an emergency", e.name),
		Zh: fmt.Sprintf("%s 来自其他医院，当日没有该手术的授权；请在外出会诊中授予权限，或说明紧急原因", e.name)}
}

// Faults tell pages which field it is about.
func (e *notPrivileged) Faults() []record.Fault {
	return []record.Fault{{Field: "operator", Text: e.Tell()}}
}

// operatorsAllowed lets an operation be recorded when everybody of another hospital than the one where it was held a privilege there, or there was an
// emergency. Where it was is where it had been scheduled, or else here.
func (n *Node) operatorsAllowed(ctx context.Context, tx ledger.Tx, d ledger.Draft) error {
	o, err := ledger.Decode[casebook.Operation](d.Raw())
	if err != nil || o.Elsewhere != "" || len(o.Date) < 10 {
		return err // the form's own check says what is wrong with it
	}
	day, err := time.Parse(time.DateOnly, o.Date[:10])
	if err != nil {
		return err
	}
	host, err := n.placeOfOperation(ctx, tx, d.Thread)
	if err != nil {
		return err
	}
	for i, who := range append([]casebook.Owner{o.Operator}, o.Assistants...) {
		if who.Person == "" || who.Hospital == host || who.Hospital.IsZero() {
			continue
		}
		part := people.Operate
		if i > 0 {
			part = people.Assist
		}
		verdict, err := outreach.OperatorAllowed(ctx, tx, outreach.Operator{Host: host, Hospital: who.Hospital, Person: who.Person,
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

func (n *Node) placeOfOperation(ctx context.Context, tx ledger.Tx, id ledger.ThreadID) (ledger.HospitalID, error) {
	l, err := n.book.Log(ctx, tx, id)
	if err != nil {
		return ledger.HospitalID{}, err
	}
	if s := casebook.Fold(l).Scheduled; s != nil && !s.Says.Hospital.IsZero() {
		return s.Says.Hospital, nil
	}
	return n.hospital.ID, nil
}
