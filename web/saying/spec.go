package saying

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/web/face"
	"consilium/web/ui"
)

// Sort says how one field of an entry's body stands in a form and in JSON.
type Sort string

// The sorts of fields.
const (
	SortText      Sort = "text"
	SortLong      Sort = "long"
	SortCode      Sort = "code"
	SortCodes     Sort = "codes"
	SortTick      Sort = "tick"
	SortInteger   Sort = "integer"
	SortDate      Sort = "date" // perhaps partial
	SortDay       Sort = "day"
	SortDateTime  Sort = "datetime"
	SortLines     Sort = "lines"     // one text a line
	SortOwner     Sort = "owner"     // a hospital, perhaps a person or role there
	SortStaff     Sort = "staff"     // somebody of this hospital
	SortHospital  Sort = "hospital"  // one that takes part
	SortHospitals Sort = "hospitals" // several of them
	SortAdvice    Sort = "advice"    // recommendations
	SortSteps     Sort = "steps"     // planned steps
	SortSafety    Sort = "safety"    // items of the checklist
	SortScopes    Sort = "scopes"    // answers to the scopes of consent
	SortTeam      Sort = "team"      // people at the table, of any hospital or by name
)

// Field is a field of a body that every pathway has.
type Field struct {
	Name    string
	Sort    Sort
	Need    bool
	From    string   // the variable of the pack's form that answers it, where the form has it
	Codes   []string // of a code: what may be chosen, with the phrases under case.<list>
	List    string
	Options func(*Form) []ui.Option
	Unless  func(*Form) bool // not asked
	Value   func(*Form) string
}

// Kind is a kind of entry as a form.
type Kind struct {
	Kind   string
	Fields []Field
	Pack   func(*Form) string             // the pack's form that belongs to it; nil or "": none
	Refs   func(*face.Case) []ledger.Hash // what it refers to where the address does not say
	At     string                         // the field whose date is when it happened; "_at": the form asks
	Files  string                         // the consent scope of attached files; "-": none may be attached
	Finish func(*Form, map[string]any)    // what the page knows itself: round, version, appointments
	Start  func(*Form) url.Values         // what the form begins with
}

// slug is how a kind is called in addresses: "case.hand-over" is "hand-over".
func (k *Kind) slug() string { return strings.TrimPrefix(k.Kind, "case.") }

// Form is one form about a case while it is filled in, checked and sent.
type Form struct {
	Q        *face.Request
	V        *face.Case
	Kind     *Kind
	target   *ledger.Said // what is corrected; nil: a new entry
	refs     []ledger.Hash
	PackForm *pathway.Form // of the pack; nil: none
	In       url.Values    // as typed, from the draft, or prefilled
	Saved    string        // when the draft was saved
	blobs    []ledger.BlobRef
	Media    map[string][]string // hashes of files that answer a variable
	Values   pathway.Values
	Faults   map[string]string // by field
	Banner   []ui.Notice
	Named    bool // something may name the patient
	people   []ui.Option
	visits   *[]caseVisit // nil: not read yet
}

func (e *Form) Fault(field, key string) {
	if e.Faults[field] == "" {
		e.Faults[field] = e.Q.P(key, nil)
	}
}

func (e *Form) Get(name string) string { return strings.TrimSpace(e.In.Get(name)) }

// mirrored tells whether the pack's form answers a field.
func (e *Form) mirrored(f Field) bool {
	return f.From != "" && e.PackForm != nil && slices.ContainsFunc(e.PackForm.AllFields(), func(p pathway.Field) bool { return p.ID == f.From })
}

// label is what a field is called: in this kind, or anywhere.
func (e *Form) label(name string) string {
	if key := "case.field." + e.Kind.slug() + "-" + face.Dashed(name); lang.Has(key) {
		return e.Q.P(key, nil)
	}
	return e.Q.P("case.field."+face.Dashed(name), nil)
}

func (e *Form) help(name string) string {
	for _, key := range []string{"case.help." + e.Kind.slug() + "-" + face.Dashed(name), "case.help." + face.Dashed(name)} {
		if lang.Has(key) {
			return e.Q.P(key, nil)
		}
	}
	return ""
}

// options are the choices of a field.
func (e *Form) options(f Field) []ui.Option {
	if f.Options != nil {
		return f.Options(e)
	}
	switch f.Sort {
	case SortHospital, SortHospitals:
		return e.hospitals()
	case SortOwner:
		return e.owners()
	case SortStaff:
		return e.staffOptions()
	}
	var list []ui.Option
	for _, c := range f.Codes {
		list = append(list, ui.Option{Value: c, Label: e.Q.ChoiceName(f.List, c)})
	}
	return list
}

// hospitals are those that take part.
func (e *Form) hospitals() (list []ui.Option) {
	for _, m := range e.V.Members {
		if m.State == ledger.Joined || m.State == ledger.Invited {
			list = append(list, ui.Option{Value: m.Hospital.Raw(), Label: e.V.Name(m.Hospital)})
		}
	}
	return list
}

// owners are the hospitals that take part, their people in this case, and the staff here.
func (e *Form) owners() (list []ui.Option) {
	if e.people != nil {
		return e.people
	}
	for _, m := range e.V.Members {
		if m.State != ledger.Joined && m.State != ledger.Invited {
			continue
		}
		here := map[string]bool{}
		list = append(list, ui.Option{Value: m.Hospital.Raw(), Label: e.V.Name(m.Hospital)})
		add := func(person ledger.PersonID, name string) {
			if person == "" || name == "" || here[string(person)] {
				return
			}
			here[string(person)] = true
			list = append(list, ui.Option{Value: m.Hospital.Raw() + "/" + string(person), Label: name + " · " + e.V.Name(m.Hospital)})
		}
		for _, p := range e.V.People {
			if p.Hospital == m.Hospital {
				add(p.Person, p.Name)
			}
		}
		if m.Hospital == e.Q.Desk.ID {
			staff, err := e.Q.Staff()
			if err != nil {
				e.Q.Desk.Log.Error("listing staff", "err", err)
			}
			for _, p := range staff {
				add(p.ID, p.DisplayName)
			}
		}
	}
	e.people = list
	return list
}

// staffOptions are the clinical people of this hospital.
func (e *Form) staffOptions() (list []ui.Option) {
	staff, err := e.Q.Staff()
	if err != nil {
		e.Q.Desk.Log.Error("listing staff", "err", err)
	}
	for _, p := range staff {
		list = append(list, ui.Option{Value: string(p.ID), Label: p.DisplayName})
	}
	return list
}

func (e *Form) owner(value string) (casebook.Owner, bool) {
	raw, person, _ := strings.Cut(value, "/")
	h, ok := e.hospitalOf(raw)
	if !ok {
		return casebook.Owner{}, false
	}
	o := casebook.Owner{Hospital: h, Person: ledger.PersonID(person)}
	for _, opt := range e.owners() {
		if opt.Value == value && person != "" {
			o.Name, _, _ = strings.Cut(opt.Label, " · ")
		}
	}
	return o, person == "" || o.Name != ""
}

// hospitalOf reads a hospital that takes part.
func (e *Form) hospitalOf(raw string) (ledger.HospitalID, bool) {
	for _, m := range e.V.Members {
		if m.Hospital.Raw() == raw {
			return m.Hospital, true
		}
	}
	return ledger.HospitalID{}, false
}

func RawJSON(v any) json.RawMessage {
	raw, err := ledger.Encode(v)
	if err != nil {
		return json.RawMessage("{}") // the body's own check says what is missing
	}
	return raw
}
