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
	"consilium/web/front"
)

// notPrivileged stops the record of an operation by a visitor without a privilege: it closes by itself when the visit's dates are over.
type notPrivileged struct{ name string }

func (e *notPrivileged) Error() string { return e.text().En }

func (e *notPrivileged) text() lang.Text {
	return lang.Text{
		En: fmt.Sprintf("%s is from another hospital and holds no privilege for this operation on that day; grant one under the visit, or record why it was an emergency", e.name),
		Zh: fmt.Sprintf("%s 来自其他医院，当日没有该手术的授权；请在外出会诊中授予权限，或说明紧急原因", e.name)}
}

// Texts tells pages which field it is about.
func (e *notPrivileged) Texts() []front.FieldFault {
	return []front.FieldFault{{Field: "operator", Text: e.text()}}
}

// operatorsAllowed lets an operation be recorded when everybody of another hospital who took part held a privilege here, or there was an emergency.
func (n *Node) operatorsAllowed(ctx context.Context, tx ledger.Tx, d ledger.Draft) error {
	o, err := ledger.Decode[casebook.Operation](d.Raw())
	if err != nil || o.Elsewhere != "" || len(o.Date) < 10 {
		return err // the form's own check says what is wrong with it
	}
	day, err := time.Parse(time.DateOnly, o.Date[:10])
	if err != nil {
		return err
	}
	for i, who := range append([]casebook.Owner{o.Operator}, o.Assistants...) {
		if who.Person == "" || who.Hospital == n.hospital.ID || who.Hospital.IsZero() {
			continue
		}
		part := people.Operate
		if i > 0 {
			part = people.Assist
		}
		verdict, err := outreach.OperatorAllowed(ctx, tx, outreach.Operator{Host: n.hospital.ID, Hospital: who.Hospital, Person: who.Person,
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
