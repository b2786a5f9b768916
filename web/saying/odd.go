package saying

import (
	"encoding/json"
	"errors"
	"net/url"
	"slices"
	"strings"

	"consilium/casebook"
	"consilium/desk"
	"consilium/lang"
	"consilium/pathway"
	"consilium/web/ui"
)

// What is odd about what was typed is confirmed below the form: the fields of it, as the draft keeps them.
const (
	oddCodes = "confirmed.odd"
	oddWhy   = "confirmed.why"
)

// oddView asks whether something odd is right.
type oddView struct {
	Title, Lead string
	Items       []string
	Codes       []string
	Why         ui.FieldView
}

// askAbout takes what is odd from an error, so that the form asks about it; false: it is another error.
func (e *Form) askAbout(err error) bool {
	var open *casebook.Unconfirmed
	if !errors.As(err, &open) || len(open.Doubts) == 0 {
		return false
	}
	e.doubts = open.Doubts
	var codes []string
	for _, d := range open.Doubts {
		codes = append(codes, d.Code)
		if field := e.shownAs(d.Field); e.Faults[field] == "" {
			e.Faults[field] = e.Q.Text(d.Text)
		}
	}
	e.In[oddCodes] = codes
	return true
}

// confirmsTooMuch tells whether only what is not odd any more was confirmed besides what still is: the form then confirms what is left.
func (e *Form) confirmsTooMuch(err error) bool {
	var open *casebook.Unconfirmed
	if !errors.As(err, &open) {
		return false
	}
	var codes []string
	for _, d := range open.Doubts {
		if codes = append(codes, d.Code); !slices.Contains(e.In[oddCodes], d.Code) {
			return false
		}
	}
	e.In[oddCodes] = codes
	if len(codes) == 0 {
		e.In.Del(oddWhy)
	}
	return true
}

// putConfirmed adds what the writer confirms to what is said.
func (e *Form) putConfirmed(says map[string]any) {
	codes := e.In[oddCodes]
	if len(codes) == 0 {
		return
	}
	why := e.Get(oddWhy)
	if why == "" {
		e.Fault(oddWhy, "case.fault.needed")
	}
	says["confirmed"] = casebook.Confirmed{Odd: codes, Why: why}
}

func fillConfirmed(raw json.RawMessage, in url.Values) {
	var c casebook.Confirmed
	if raw != nil && json.Unmarshal(raw, &c) == nil && len(c.Odd) > 0 {
		in[oddCodes], in[oddWhy] = c.Odd, []string{c.Why}
	}
}

// odd is what the form asks to be confirmed; nil: nothing.
func (e *Form) odd() *oddView {
	codes := e.In[oddCodes]
	if len(codes) == 0 {
		return nil
	}
	v := &oddView{Title: e.Q.P("case.odd.title", nil), Lead: e.Q.P("case.odd.lead", nil), Codes: codes,
		Why: ui.FieldView{Name: oddWhy, Type: ui.FieldText, Long: true, Rows: 2, Required: true, Label: e.Q.P("case.odd.why", nil), Value: e.In.Get(oddWhy), Error: e.Faults[oddWhy]}}
	for _, code := range codes {
		text := OddText(e.M.Pack, code)
		if i := slices.IndexFunc(e.doubts, func(d casebook.Doubt) bool { return d.Code == code }); i >= 0 && !strings.HasPrefix(code, pathway.OddUsual) {
			text = e.doubts[i].Text
		}
		v.Items = append(v.Items, e.Q.Text(text))
	}
	return v
}

// OddText is what is odd, in words: as the pack has it where the reader has the pack.
func OddText(pack *pathway.Pack, code string) lang.Text {
	if pack != nil {
		if text := pack.OddText(code); !text.IsZero() {
			return lang.Text(text)
		}
	}
	return lang.Named("case.odd", code)
}

// shownAs is the field of the form that asks for a field of the body: files under a name of their own, and what the pack's form answers there.
func (e *Form) shownAs(field string) string {
	if field == desk.FilesField {
		return "_files"
	}
	for _, f := range e.Kind.Fields {
		if f.Name == field && e.mirrored(f) {
			return "v." + f.From
		}
	}
	return field
}

// adviceOpen are the recommendations that concern the operation and are open.
func (e *Form) adviceOpen() []casebook.Advised {
	if e.V == nil {
		return nil
	}
	return e.V.AdviceBefore(e.V.OperationDay(e.Get("date")))
}

// adviceTakenGroup asks what became of each.
func (e *Form) adviceTakenGroup() Group {
	g := Group{Title: e.Q.P("case.advice-open.title", nil)}
	for _, r := range e.adviceOpen() {
		name := adviceName(r)
		g.Fields = append(g.Fields, ui.FieldView{Name: name, Type: ui.FieldCode, Required: true, Label: r.Text, Value: e.Get(name), Error: e.Faults[name],
			Options: []ui.Option{{Value: "done", Label: e.Q.P("case.advice-open.done", nil)}, {Value: "not_done", Label: e.Q.P("case.advice-open.not-done", nil)}}},
			ui.FieldView{Name: name + ".why", Type: ui.FieldText, Label: e.Q.P("case.advice-open.why", nil), Value: e.In.Get(name + ".why"), Error: e.Faults[name+".why"], Hidden: e.Get(name) == "done"})
	}
	return g
}

func adviceName(r casebook.Advised) string { return "advice." + r.Opinion.Short() + "." + r.ID }

// adviceTaken reads what became of each.
func (e *Form) adviceTaken() (list []casebook.AdviceTaken) {
	for _, r := range e.adviceOpen() {
		name := adviceName(r)
		taken := casebook.AdviceTaken{Opinion: r.Opinion, Recommendation: r.ID, Text: r.Text, Status: e.Get(name), Why: e.Get(name + ".why")}
		switch {
		case !slices.Contains(casebook.AdviceStates, taken.Status):
			e.Fault(name, "case.advice-open.answer")
			continue
		case taken.Status == "not_done" && taken.Why == "":
			e.Fault(name+".why", "case.advice-open.why-needed")
		}
		list = append(list, taken)
	}
	return list
}
