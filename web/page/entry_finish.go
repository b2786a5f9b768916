package page

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
)

// What a page knows itself and adds to what was typed, and what a form begins with.

func finishImaging(e *saying, says map[string]any) {
	if says["count"] == nil && len(e.blobs) > 0 {
		says["count"] = len(e.blobs)
	}
	if len(e.blobs) == 0 && e.target == nil {
		e.fault("_files", "case.fault.files")
	}
	for i := range e.blobs {
		if e.get("modality") == "video" {
			e.blobs[i].Scope = string(access.Recording)
		}
	}
	if e.get("modality") == "video" {
		says["holds"] = []string{"video"}
	} else if !slices.ContainsFunc(e.blobs, func(b ledger.BlobRef) bool { return b.Type == typeDICOM || b.Type == typeZip }) && e.target == nil {
		says["holds"] = []string{"picture"} // a photo of film is not what a packet means by images
	}
}

func finishAccepted(e *saying, says map[string]any) {
	person, _ := says["person"].(string)
	staff, err := e.q.staff()
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

func finishRound(e *saying, says map[string]any) {
	if text, ok := says["round"].(string); ok {
		n, _ := strconv.ParseInt(text, 10, 64)
		says["round"] = n
	}
}

// startPlan begins with the version before, so that one changes what is to change.
func startPlan(e *saying) url.Values {
	in := url.Values{}
	if n := len(e.v.PlanHeads); n > 0 {
		last := e.v.Plans[e.v.PlanHeads[n-1]]
		if filled, err := e.fill(rawJSON(last.Says)); err == nil {
			in = filled
		}
		return in
	}
	in.Add("signers", e.v.Steward.Raw())
	for _, o := range e.v.Opinions {
		if h := o.By.Hospital; h != e.v.Steward && !slices.Contains(in["signers"], h.Raw()) {
			in.Add("signers", h.Raw())
		}
	}
	if e.v.pack != nil {
		for _, s := range e.v.pack.Plan.Steps {
			in.Add("steps", s.ID)
		}
		if e.form != nil {
			known := pathway.Values{}
			for _, f := range e.form.AllFields() {
				if a, ok := e.v.Latest[f.ID]; ok && f.Type != pathway.KindMedia {
					known[f.ID] = a.Value
				}
			}
			if known["side"].IsZero() && e.v.Side != "" {
				known["side"] = pathway.String(e.v.Side)
			}
			if known["surgical_level"].IsZero() && e.v.pack.Level > 0 {
				known["surgical_level"] = pathway.Int(int64(e.v.pack.Level))
			}
			fillValues(known, in)
		}
	}
	return in
}

func finishPlan(e *saying, says map[string]any) {
	newest := int64(0)
	for _, i := range e.v.PlanHeads {
		newest = max(newest, e.v.Plans[i].Says.Version)
	}
	if e.target == nil {
		says["version"] = newest + 1
	} else if p, err := ledger.Decode[casebook.Plan](e.target.Says()); err == nil {
		says["version"] = p.Version
	}
	if list, ok := says["signers"].([]ledger.HospitalID); ok && !slices.Contains(list, e.v.Steward) {
		e.faults["signers"] = e.q.p("case.fault.signer", map[string]any{"hospital": e.v.name(e.v.Steward)})
	}
}

func startSchedule(e *saying) url.Values {
	in := url.Values{"hospital": {e.v.Steward.Raw()}}
	if s := e.v.Scheduled; s != nil {
		if filled, err := e.fill(rawJSON(s.Says)); err == nil {
			in = filled
		}
		return in
	}
	if p := e.v.Plan(); p != nil {
		in.Set("operator", ownerValue(p.Says.Operator))
		if code, _ := p.Says.Values["procedure"].AsString(); code != "" {
			in.Set("procedure", code)
		}
	}
	return in
}

// startOperation begins with what the plan says, so that only what went otherwise is typed.
func startOperation(e *saying) url.Values {
	in := url.Values{}
	if s := e.v.Scheduled; s != nil {
		in.Set("date", dayOf(s.Says.Date))
		in.Set("operator", ownerValue(s.Says.Operator))
	}
	p := e.v.Plan()
	if p == nil || e.form == nil {
		return in
	}
	if in.Get("operator") == "" {
		in.Set("operator", ownerValue(p.Says.Operator))
	}
	known := pathway.Values{}
	for _, f := range e.form.AllFields() {
		if v := p.Says.Values[f.ID]; !v.IsZero() {
			known[f.ID] = v
		}
	}
	fillValues(known, in)
	return in
}

func finishOperation(e *saying, says map[string]any) {
	if says["abandoned"] == true && says["abandon_reason"] == nil {
		field := "abandon_reason"
		if e.form != nil && e.v.pack.Variable("abandoned_why") != nil {
			field = "v.abandoned_why"
		}
		e.fault(field, "case.fault.needed")
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
func (e *saying) followUps(was casebook.Operation, says map[string]any) []casebook.DueFollowUp {
	date, _ := says["date"].(string)
	if says["abandoned"] == true || says["elsewhere"] != nil {
		return nil
	}
	if e.v.pack == nil || date == was.Date && len(was.FollowUps) > 0 {
		return was.FollowUps
	}
	return casebook.DueList(e.v.pack, date)
}

func finishComplication(e *saying, says map[string]any) {
	if grade, _ := says["grade"].(string); grade == "0" {
		delete(says, "grade")
	} else if b, _ := e.values["complication_disability"].AsBool(); b && grade != "" {
		says["grade"] = grade + "d"
	}
}

func startFollowUp(e *saying) url.Values {
	in := url.Values{}
	if id := e.v.nextFollowUp(); id != "" {
		in.Set("v.followup_point", id)
		in.Set("schedule", id)
	}
	in.Set("v.seen_on", todayValue(e))
	return in
}

// nextFollowUp is the appointment that the next step asks for.
func (v *caseView) nextFollowUp() string {
	for _, t := range v.NextWith(v.pack) {
		if t.Kind != casebook.KindFollowUp {
			continue
		}
		day := t.By.UTC().Format(time.DateOnly)
		for _, d := range v.Due {
			if d.DueFollowUp.Due == day {
				return d.ID
			}
		}
		if op := v.Operation(); op != nil && v.pack != nil {
			for _, d := range casebook.DueList(v.pack, op.Says.Date) {
				if d.Due == day {
					return d.ID
				}
			}
		}
	}
	return ""
}

// finishFollowUp: of a patient whom nobody could reach there are no answers, only why.
func finishFollowUp(e *saying, says map[string]any) {
	if how, _ := e.values["seen_how"].AsString(); how == "lost" && says["lost"] == nil {
		says["lost"] = e.q.p("case.lost", nil)
		if note, _ := says["note"].(string); note != "" {
			says["lost"] = note
		}
	}
	if says["lost"] != nil {
		e.values = pathway.Values{}
		for field := range e.faults {
			if strings.HasPrefix(field, "v.") && field != "v.followup_point" {
				delete(e.faults, field)
			}
		}
		return
	}
	if says["date"] == nil {
		field := "date"
		if e.form != nil {
			field = "v.seen_on"
		}
		e.fault(field, "case.fault.needed")
	}
}

func finishTeaching(e *saying, says map[string]any) {
	if id, _ := says["trainee"].(string); id != "" {
		for _, o := range e.staffOptions() {
			if o.Value == id {
				says["name"] = o.Label
			}
		}
	}
	if says["note"] == nil && says["mark"] == nil && len(e.values) == 0 {
		e.fault("note", "case.fault.needed")
	}
}

func finishReminder(e *saying, says map[string]any) {
	if remindsOf(e) {
		says["done"] = true
	}
}

func finishConsent(e *saying, says map[string]any) {
	how := e.get("how")
	switch {
	case how == string(access.Oral) && e.get("witness") == "":
		e.fault("witness", "case.fault.needed")
	case how == string(access.Emergency) && e.get("reason") == "":
		e.fault("reason", "case.fault.needed")
	case how != string(access.Emergency) && e.get("text") == "":
		e.fault("text", "case.fault.needed")
	}
	scopes, _ := says["scopes"].(map[access.Scope]access.Answer)
	if how == string(access.Emergency) {
		for _, s := range []access.Scope{access.Recording, access.Teaching, access.Research} {
			if scopes[s] == access.Granted {
				e.fault("scope."+string(s), "case.fault.emergency")
			}
		}
	}
	named := e.hospitalList("hospitals")
	if scopes[access.Identity] != access.Granted {
		return
	}
	if len(named) == 0 {
		e.fault("hospitals", "case.fault.identity")
		return
	}
	if keys := e.keysFor(named); len(keys) > 0 {
		says["keys"] = keys
	}
}

// keysFor closes the key of the sealed identity for each hospital that the consent names. A hospital whose seal key is not known yet gets none:
// it is said again once it is.
func (e *saying) keysFor(named []ledger.HospitalID) (keys []access.WrappedKey) {
	if e.v.Identity == nil || e.q.s.Sealer == nil {
		return nil
	}
	for _, h := range named {
		if h == e.q.s.ID {
			continue
		}
		k, err := e.q.s.Sealer.Wrap(e.q.Context(), e.v.Identity.Hash, h)
		if err != nil {
			e.q.s.Log.Warn("wrapping the key of an identity", "hospital", h.String(), "err", err)
			e.faults["hospitals"] = e.q.p("case.fault.sealkey", map[string]any{"hospital": e.v.name(h)})
			continue
		}
		keys = append(keys, k)
	}
	return keys
}
