package saying

import (
	"cmp"
	"net/http"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
)

// Page shows a form as it begins, or as its draft has it.
func (e *Form) Page() error {
	q := e.Q
	if err := e.Aim(); err != nil {
		return err
	}
	if err := e.mayBegin(); err != nil {
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
	if e.In, e.Drafted, err = q.Draft(e.DraftName(), in); err != nil {
		return err
	}
	if f := q.Form.Get("_form"); f != "" {
		e.In.Set("_form", f)
	}
	e.takeKept()
	e.ChoosePackForm()
	e.ReadValues()
	return e.Show(http.StatusOK)
}

// mayBegin refuses a form that its reader could fill in and never send: a role that says no such entry, or a case that is open to them for reading only.
func (e *Form) mayBegin() error {
	if e.V == nil || e.target != nil {
		return nil
	}
	if !e.speaks(e.Kind) {
		return &access.Denial{Action: access.Say, Reason: lang.Phrase("access.denied.role", nil)}
	}
	return e.V.Need(cmp.Or(access.Action(e.Kind.Act), access.Say))
}

// Evaluate answers which questions are asked by the answers so far: the same form again.
func (e *Form) Evaluate() error {
	e.Q.Form = e.Q.PostForm
	if err := e.Aim(); err != nil {
		return err
	}
	e.In = e.Q.PostForm
	e.Drafted = e.Q.Posted(e.DraftName())
	e.ChoosePackForm()
	e.ReadValues()
	return e.Show(http.StatusOK)
}

// Take says what was posted, after what has to be said before it, or shows what is wrong with it. Both are said or neither. The entry is nil where the form was
// shown again.
func (e *Form) Take(before ...ledger.Draft) (*ledger.Entry, error) {
	if at, sent := e.Q.Sent(); sent {
		return nil, e.Q.See(at)
	}
	e.Q.Form = e.Q.PostForm
	if err := e.Aim(); err != nil {
		return nil, err
	}
	e.In = e.Q.PostForm
	e.Drafted = e.Q.Posted(e.DraftName())
	e.ChoosePackForm()
	if err := e.TakeFiles(); err != nil {
		return nil, err
	}
	e.ReadValues()
	if e.Get("_evaluate") != "" {
		return nil, e.Show(http.StatusOK)
	}
	draft := e.Draft()
	if len(e.Faults) > 0 {
		return nil, e.Show(http.StatusUnprocessableEntity)
	}
	if e.V != nil && e.NamesSomebody() && e.Get("_named") == "" {
		e.Named = true
		return nil, e.Show(http.StatusUnprocessableEntity)
	}
	entry, err := e.Q.Desk.Door.SayAnd(e.Q.Context(), e.Q.Caller.Who, e.Q.EndDraft(e.M.Path()), append(before, draft)...)
	if e.confirmsTooMuch(err) {
		entry, err = e.Q.Desk.Door.SayAnd(e.Q.Context(), e.Q.Caller.Who, e.Q.EndDraft(e.M.Path()), append(before, e.Draft())...)
	}
	if at, sent := e.Q.Sent(); err != nil && sent {
		return nil, e.Q.See(at)
	}
	if err != nil {
		if e.Explain(err) {
			return nil, e.Show(http.StatusUnprocessableEntity)
		}
		return nil, err
	}
	return entry, nil
}
