package saying

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// fill turns a body back into the fields of its form, for a correction, or a version that begins with the last one.
func (e *Form) fill(says json.RawMessage) (url.Values, error) {
	var body map[string]json.RawMessage
	if err := json.Unmarshal(says, &body); err != nil {
		return nil, fmt.Errorf("reading what was said: %w", err)
	}
	in := url.Values{}
	for _, f := range e.Kind.Fields {
		raw, ok := body[f.Name]
		if object, part, nested := strings.Cut(f.Name, "."); nested {
			var inner map[string]json.RawMessage
			if json.Unmarshal(body[object], &inner) == nil {
				raw, ok = inner[part]
			}
		}
		if c, own := e.M.Sorts[f.Sort]; ok && own && c.Fill != nil {
			c.Fill(f, raw, in)
		} else if ok {
			e.fillField(f, raw, in)
		}
	}
	fillConfirmed(body["confirmed"], in)
	if o, err := ledger.Decode[casebook.Opened](says); err == nil && o.AgeText() != "" {
		in.Set("age", o.AgeText())
	}
	var values pathway.Values
	if raw, ok := body["values"]; ok && json.Unmarshal(raw, &values) == nil {
		FillValues(values, in)
	}
	return in, nil
}

func FillValues(values pathway.Values, in url.Values) {
	for id, v := range values {
		name := "v." + id
		if list, ok := v.AsCodes(); ok {
			if in[name] = list; len(list) == 0 {
				in[name] = []string{noneOfThem}
			}
		} else if why := v.Missing(); why != "" {
			in.Set(name+".missing", why)
		} else {
			in.Set(name, v.String())
		}
	}
}

func (e *Form) fillField(f record.Field, raw json.RawMessage, in url.Values) {
	switch f.Sort {
	case record.Lines, record.Codes:
		var list []string
		if json.Unmarshal(raw, &list) == nil && f.Sort == record.Lines {
			in.Set(f.Name, strings.Join(list, "\n"))
		} else {
			in[f.Name] = list
		}
	case record.Owner, sortOperator:
		var o casebook.Owner
		if json.Unmarshal(raw, &o) == nil {
			in.Set(f.Name, ownerValue(o))
		}
	case record.Hospital, record.Hospitals:
		e.fillHospitals(f, raw, in)
	case sortAdvice:
		var list []casebook.Recommendation
		if json.Unmarshal(raw, &list) != nil {
			return
		}
		for i, r := range list {
			name := "rec." + strconv.Itoa(i)
			in.Set(name+".id", r.ID)
			in.Set(name+".text", r.Text)
			in.Set(name+".due", r.Due)
			in.Set(name+".owner", ownerValue(r.Owner))
		}
	case sortSteps:
		e.fillSteps(raw, in)
	case sortTeam:
		fillAssistants(f, raw, in)
	case sortChecks:
		var list []casebook.CheckItem
		if json.Unmarshal(raw, &list) != nil {
			return
		}
		for _, i := range list {
			in.Set("item."+i.ID, strconv.FormatBool(i.Done))
			in.Set("why."+i.ID, i.Why)
			in.Set("words."+i.ID, i.Note)
		}
	case sortScopes:
		var m map[string]string
		if json.Unmarshal(raw, &m) != nil {
			return
		}
		for s, a := range m {
			in.Set("scope."+s, a)
		}
	default:
		in.Set(f.Name, strings.Trim(string(raw), `"`))
		var text string
		if json.Unmarshal(raw, &text) == nil {
			in.Set(f.Name, text)
		}
	}
}

func (e *Form) fillHospitals(f record.Field, raw json.RawMessage, in url.Values) {
	var one ledger.HospitalID
	var list []ledger.HospitalID
	if f.Sort == record.Hospital {
		if json.Unmarshal(raw, &one) == nil {
			in.Set(f.Name, one.Raw())
		}
		return
	}
	if json.Unmarshal(raw, &list) == nil {
		for _, h := range list {
			in.Add(f.Name, h.Raw())
		}
	}
}

func (e *Form) fillSteps(raw json.RawMessage, in url.Values) {
	var list []casebook.PlannedStep
	if json.Unmarshal(raw, &list) != nil {
		return
	}
	for _, s := range list {
		if e.M.Pack == nil {
			in.Set("steps", strings.TrimSpace(in.Get("steps")+"\n"+s.Step))
			continue
		}
		in.Add("steps", s.Step)
		in.Set("step."+s.Step, s.Text)
	}
}

func ownerValue(o casebook.Owner) string {
	if o.Hospital.IsZero() {
		return ""
	}
	if o.Person == "" {
		return o.Hospital.Raw()
	}
	return o.Hospital.Raw() + "/" + string(o.Person)
}
