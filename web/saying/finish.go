package saying

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"consilium/access"
	"consilium/casebook"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/people"
	"consilium/web/face"
)

// What a page knows itself and adds to what was typed, and what a form begins with.

func finishImaging(e *Form, says map[string]any) {
	if says["count"] == nil && len(e.blobs) > 0 {
		says["count"] = len(e.blobs)
	}
	if len(e.blobs) == 0 && e.target == nil {
		e.Fault("_files", "case.fault.files")
	}
	for i := range e.blobs {
		if e.Get("modality") == "video" {
			e.blobs[i].Scope = string(access.Recording)
		}
	}
	if e.Get("modality") == "video" {
		says["holds"] = []string{"video"}
	} else if !slices.ContainsFunc(e.blobs, func(b ledger.BlobRef) bool { return b.Type == TypeDICOM || b.Type == TypeZip }) && e.target == nil {
		says["holds"] = []string{"picture"} // a photo of film is not what a packet means by images
	}
}

func finishAccepted(e *Form, says map[string]any) {
	person, _ := says["person"].(string)
	staff, err := e.Q.Staff()
	if err != nil {
		return
	}
	for _, p := range staff {
		if string(p.ID) != person {
			continue
		}
		says["name"] = p.DisplayName
		for _, r := range []people.Role{people.Surgeon, people.HeadOfDepartment, people.ReferringDoctor} {
			if p.Has(r) && says["role"] == nil {
				says["role"] = string(r)
			}
		}
	}
}

func finishRound(e *Form, says map[string]any) {
	if text, ok := says["round"].(string); ok {
		n, _ := strconv.ParseInt(text, 10, 64)
		says["round"] = n
	}
}

// startPlan begins with the version before, so that one changes what is to change.
func startPlan(e *Form) url.Values {
	in := url.Values{}
	if n := len(e.V.PlanHeads); n > 0 {
		last := e.V.Plans[e.V.PlanHeads[n-1]]
		if filled, err := e.fill(RawJSON(last.Says)); err == nil {
			in = filled
		}
		return in
	}
	in.Add("signers", e.V.Steward.Raw())
	for _, o := range e.V.Opinions {
		if h := o.By.Hospital; h != e.V.Steward && !slices.Contains(in["signers"], h.Raw()) {
			in.Add("signers", h.Raw())
		}
	}
	if e.V.Pack != nil {
		for _, s := range e.V.Pack.Plan.Steps {
			in.Add("steps", s.ID)
		}
		if e.PackForm != nil {
			known := pathway.Values{}
			for _, f := range e.PackForm.AllFields() {
				if a, ok := e.V.Latest[f.ID]; ok && f.Type != pathway.KindMedia {
					known[f.ID] = a.Value
				}
			}
			if known["side"].IsZero() && e.V.Side != "" {
				known["side"] = pathway.String(e.V.Side)
			}
			if known["surgical_level"].IsZero() && e.V.Pack.Level > 0 {
				known["surgical_level"] = pathway.Int(int64(e.V.Pack.Level))
			}
			FillValues(known, in)
		}
	}
	return in
}

func finishPlan(e *Form, says map[string]any) {
	newest := int64(0)
	for _, i := range e.V.PlanHeads {
		newest = max(newest, e.V.Plans[i].Says.Version)
	}
	if e.target == nil {
		says["version"] = newest + 1
	} else if p, err := ledger.Decode[casebook.Plan](e.target.Says()); err == nil {
		says["version"] = p.Version
	}
	if list, ok := says["signers"].([]ledger.HospitalID); ok && !slices.Contains(list, e.V.Steward) {
		e.Faults["signers"] = e.Q.P("case.fault.signer", map[string]any{"hospital": e.V.Name(e.V.Steward)})
	}
}

func startSchedule(e *Form) url.Values {
	in := url.Values{"hospital": {e.V.Steward.Raw()}}
	if s := e.V.Scheduled; s != nil {
		if filled, err := e.fill(RawJSON(s.Says)); err == nil {
			in = filled
		}
		return in
	}
	if p := e.V.Plan(); p != nil {
		in.Set("operator", ownerValue(p.Says.Operator))
		if code, _ := p.Says.Values["procedure"].AsString(); code != "" {
			in.Set("procedure", code)
		}
	}
	return in
}

// startOperation begins with what the plan says, so that only what went otherwise is typed.
func startOperation(e *Form) url.Values {
	in := url.Values{}
	if s := e.V.Scheduled; s != nil {
		in.Set("date", face.DayOf(s.Says.Date))
		in.Set("operator", ownerValue(s.Says.Operator))
	}
	p := e.V.Plan()
	if p == nil || e.PackForm == nil {
		return in
	}
	if in.Get("operator") == "" {
		in.Set("operator", ownerValue(p.Says.Operator))
	}
	known := pathway.Values{}
	for _, f := range e.PackForm.AllFields() {
		if v := p.Says.Values[f.ID]; !v.IsZero() {
			known[f.ID] = v
		}
	}
	FillValues(known, in)
	return in
}

func finishOperation(e *Form, says map[string]any) {
	if says["abandoned"] == true && says["abandon_reason"] == nil {
		field := "abandon_reason"
		if e.PackForm != nil && e.V.Pack.Variable("abandoned_why") != nil {
			field = "v.abandoned_why"
		}
		e.Fault(field, "case.fault.needed")
	}
	if e.target != nil {
		if o, err := ledger.Decode[casebook.Operation](e.target.Says()); err == nil {
			if due := e.followUps(o, says); len(due) > 0 {
				says["follow_ups"] = due
			}
		}
	}
}

// followUps are the appointments of a corrected operation: counted anew where it was on another day than was said, or was not abandoned after all.
func (e *Form) followUps(was casebook.Operation, says map[string]any) []casebook.DueFollowUp {
	date, _ := says["date"].(string)
	if says["abandoned"] == true || says["elsewhere"] != nil {
		return nil
	}
	if e.V.Pack == nil || date == was.Date && len(was.FollowUps) > 0 {
		return was.FollowUps
	}
	return casebook.DueList(e.V.Pack, date)
}

func finishComplication(e *Form, says map[string]any) {
	if grade, _ := says["grade"].(string); grade == "0" {
		delete(says, "grade")
	} else if b, _ := e.Values["complication_disability"].AsBool(); b && grade != "" {
		says["grade"] = grade + "d"
	}
}

func startFollowUp(e *Form) url.Values {
	in := url.Values{}
	if id := nextFollowUp(e.V); id != "" {
		in.Set("v.followup_point", id)
		in.Set("schedule", id)
	}
	in.Set("v.seen_on", todayValue(e))
	return in
}

// nextFollowUp is the appointment that the next step asks for.
func nextFollowUp(v *face.Case) string {
	for _, t := range v.NextWith(v.Pack) {
		if t.Kind != casebook.KindFollowUp {
			continue
		}
		day := t.By.UTC().Format(time.DateOnly)
		for _, d := range v.Due {
			if d.DueFollowUp.Due == day {
				return d.ID
			}
		}
		if op := v.Operation(); op != nil && v.Pack != nil {
			for _, d := range casebook.DueList(v.Pack, op.Says.Date) {
				if d.Due == day {
					return d.ID
				}
			}
		}
	}
	return ""
}

// finishFollowUp: of a patient whom nobody could reach there are no answers, only why.
func finishFollowUp(e *Form, says map[string]any) {
	if how, _ := e.Values["seen_how"].AsString(); how == "lost" && says["lost"] == nil {
		says["lost"] = e.Q.P("case.lost", nil)
		if note, _ := says["note"].(string); note != "" {
			says["lost"] = note
		}
	}
	if says["lost"] != nil {
		e.Values = pathway.Values{}
		for field := range e.Faults {
			if strings.HasPrefix(field, "v.") && field != "v.followup_point" {
				delete(e.Faults, field)
			}
		}
		return
	}
	if says["date"] == nil {
		field := "date"
		if e.PackForm != nil {
			field = "v.seen_on"
		}
		e.Fault(field, "case.fault.needed")
	}
}

func finishTeaching(e *Form, says map[string]any) {
	if id, _ := says["trainee"].(string); id != "" {
		for _, o := range e.staffOptions() {
			if o.Value == id {
				says["name"] = o.Label
			}
		}
	}
	if says["note"] == nil && says["mark"] == nil && len(e.Values) == 0 {
		e.Fault("note", "case.fault.needed")
	}
}

func finishReminder(e *Form, says map[string]any) {
	if remindsOf(e) {
		says["done"] = true
	}
}

func FinishConsent(e *Form, says map[string]any) {
	how := e.Get("how")
	switch {
	case how == string(access.Oral) && e.Get("witness") == "":
		e.Fault("witness", "case.fault.needed")
	case how == string(access.Emergency) && e.Get("reason") == "":
		e.Fault("reason", "case.fault.needed")
	case how != string(access.Emergency) && e.Get("text") == "":
		e.Fault("text", "case.fault.needed")
	}
	scopes, _ := says["scopes"].(map[access.Scope]access.Answer)
	if how == string(access.Emergency) {
		for _, s := range []access.Scope{access.Recording, access.Teaching, access.Research} {
			if scopes[s] == access.Granted {
				e.Fault("scope."+string(s), "case.fault.emergency")
			}
		}
	}
	named := e.hospitalList("hospitals")
	if scopes[access.Identity] != access.Granted {
		return
	}
	if len(named) == 0 {
		e.Fault("hospitals", "case.fault.identity")
		return
	}
	if keys := e.keysFor(named); len(keys) > 0 {
		says["keys"] = keys
	}
}

// keysFor closes the key of the sealed identity for each hospital that the consent names. A hospital whose seal key is not known yet gets none:
// it is said again once it is.
func (e *Form) keysFor(named []ledger.HospitalID) (keys []access.WrappedKey) {
	if e.V.Identity == nil || e.Q.Desk.Sealer == nil {
		return nil
	}
	for _, h := range named {
		if h == e.Q.Desk.ID {
			continue
		}
		k, err := e.Q.Desk.Sealer.Wrap(e.Q.Context(), e.V.Identity.Hash, h)
		if err != nil {
			e.Q.Desk.Log.Warn("wrapping the key of an identity", "hospital", h.String(), "err", err)
			e.Faults["hospitals"] = e.Q.P("case.fault.sealkey", map[string]any{"hospital": e.V.Name(h)})
			continue
		}
		keys = append(keys, k)
	}
	return keys
}
