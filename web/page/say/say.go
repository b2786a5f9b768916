package say

import (
	"errors"
	"net/http"

	"consilium/casebook"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/saying"
)

func sayPage(q *face.Request) error {
	if err := q.ParseForm(); err != nil {
		return errors.Join(desk.ErrInput, err)
	}
	e, err := saying.New(q)
	if err != nil {
		return err
	}
	e.In = q.Form
	e.ChoosePackForm()
	in, err := e.Prefill()
	if err != nil {
		return err
	}
	for name, values := range q.Form { // the address may choose: the part of the checklist, the form of a finding
		if name != "ref" {
			in[name] = values
		}
	}
	if e.In, e.Saved, err = q.Draft(e.DraftName(), in); err != nil {
		return err
	}
	if f := q.Form.Get("_form"); f != "" {
		e.In.Set("_form", f)
	}
	e.ChoosePackForm()
	e.ReadValues()
	return e.Show(http.StatusOK)
}

// evaluateEntry answers which questions are asked by the answers so far: the same form again.
func evaluateEntry(q *face.Request) error {
	if err := q.ReadForm(); err != nil {
		return err
	}
	q.Form = q.PostForm
	e, err := saying.New(q)
	if err != nil {
		return err
	}
	e.In = q.PostForm
	e.ChoosePackForm()
	e.ReadValues()
	return e.Show(http.StatusOK)
}

func say(q *face.Request) error {
	q.Form = q.PostForm
	e, err := saying.New(q)
	if err != nil {
		return err
	}
	e.In = q.PostForm
	e.ChoosePackForm()
	if err := e.TakeFiles(); err != nil {
		return err
	}
	e.ReadValues()
	if e.Get("_evaluate") != "" {
		return e.Show(http.StatusOK)
	}
	draft := e.Draft()
	if len(e.Faults) > 0 {
		return e.Show(http.StatusUnprocessableEntity)
	}
	if e.NamesSomebody() && e.Get("_named") == "" {
		e.Named = true
		return e.Show(http.StatusUnprocessableEntity)
	}
	entry, err := e.Send(draft)
	if err != nil {
		if e.Explain(err) {
			return e.Show(http.StatusUnprocessableEntity)
		}
		return err
	}
	q.DropDraft(e.DraftName())
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
