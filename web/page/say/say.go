package say

import (
	"errors"

	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/saying"
)

// form is a form about the case of the address.
func form(q *face.Request) (*saying.Form, error) {
	v, err := q.OpenedCase()
	if err != nil {
		return nil, err
	}
	return saying.OfCase(v, ""), nil
}

func sayPage(q *face.Request) error {
	if err := q.ParseForm(); err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	e, err := form(q)
	if err != nil {
		return err
	}
	return e.Page()
}

// evaluateEntry answers which questions are asked by the answers so far.
func evaluateEntry(q *face.Request) error {
	if err := q.ReadForm(); err != nil {
		return err
	}
	q.Caller.ByItself = true
	e, err := form(q)
	if err != nil {
		return err
	}
	return e.Evaluate()
}

func say(q *face.Request) error {
	e, err := form(q)
	if err != nil {
		return err
	}
	entry, err := e.Take()
	if entry == nil {
		return err
	}
	return q.See(e.V.Path() + "?done=" + doneKey(e.Kind.Name) + "#e-" + entry.Hash.Short())
}

// doneKey chooses the words after something was said.
func doneKey(kind string) string {
	switch kind {
	case casebook.KindPlanSigned:
		return "signed"
	case ledger.KindRetract:
		return "retracted"
	}
	return "said"
}
