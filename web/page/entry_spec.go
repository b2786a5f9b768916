package page

import (
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/web/ui"
)

// fieldSort says how one field of an entry's body stands in a form and in JSON.
type fieldSort string

// The sorts of fields.
const (
	sortText      fieldSort = "text"
	sortLong      fieldSort = "long"
	sortCode      fieldSort = "code"
	sortCodes     fieldSort = "codes"
	sortTick      fieldSort = "tick"
	sortInteger   fieldSort = "integer"
	sortDate      fieldSort = "date" // perhaps partial
	sortDay       fieldSort = "day"
	sortDateTime  fieldSort = "datetime"
	sortLines     fieldSort = "lines"     // one text a line
	sortOwner     fieldSort = "owner"     // a hospital, perhaps a person or role there
	sortStaff     fieldSort = "staff"     // somebody of this hospital
	sortHospital  fieldSort = "hospital"  // one that takes part
	sortHospitals fieldSort = "hospitals" // several of them
	sortAdvice    fieldSort = "advice"    // recommendations
	sortSteps     fieldSort = "steps"     // planned steps
	sortSafety    fieldSort = "safety"    // items of the checklist
	sortScopes    fieldSort = "scopes"    // answers to the scopes of consent
	sortTeam      fieldSort = "team"      // people at the table, of any hospital or by name
)

// entryField is a field of a body that every pathway has.
type entryField struct {
	name    string
	sort    fieldSort
	need    bool
	from    string   // the variable of the pack's form that answers it, where the form has it
	codes   []string // of a code: what may be chosen, with the phrases under case.<list>
	list    string
	options func(*saying) []ui.Option
	unless  func(*saying) bool // not asked
	value   func(*saying) string
}

// entryKind is a kind of entry as a form.
type entryKind struct {
	kind   string
	fields []entryField
	pack   func(*saying) string          // the pack's form that belongs to it; nil or "": none
	refs   func(*caseView) []ledger.Hash // what it refers to where the address does not say
	at     string                        // the field whose date is when it happened; "_at": the form asks
	files  string                        // the consent scope of attached files; "-": none may be attached
	finish func(*saying, map[string]any) // what the page knows itself: round, version, appointments
	start  func(*saying) url.Values      // what the form begins with
}

// slug is how a kind is called in addresses: "case.hand-over" is "hand-over".
func (k *entryKind) slug() string { return strings.TrimPrefix(k.kind, "case.") }

// saying is one form about a case while it is filled in, checked and sent.
type saying struct {
	q      *request
	v      *caseView
	kind   *entryKind
	target *ledger.Said // what is corrected; nil: a new entry
	refs   []ledger.Hash
	form   *pathway.Form // of the pack; nil: none
	in     url.Values    // as typed, from the draft, or prefilled
	saved  string        // when the draft was saved
	blobs  []ledger.BlobRef
	media  map[string][]string // hashes of files that answer a variable
	values pathway.Values
	faults map[string]string // by field
	banner []ui.Notice
	named  bool // something may name the patient
	people []ui.Option
	visits *[]caseVisit // nil: not read yet
}

func (e *saying) fault(field, key string) {
	if e.faults[field] == "" {
		e.faults[field] = e.q.p(key, nil)
	}
}

func (e *saying) get(name string) string { return strings.TrimSpace(e.in.Get(name)) }

// mirrored tells whether the pack's form answers a field.
func (e *saying) mirrored(f entryField) bool {
	return f.from != "" && e.form != nil && slices.ContainsFunc(e.form.AllFields(), func(p pathway.Field) bool { return p.ID == f.from })
}

// label is what a field is called: in this kind, or anywhere.
func (e *saying) label(name string) string {
	if key := "case.field." + e.kind.slug() + "-" + dashed(name); lang.Has(key) {
		return e.q.p(key, nil)
	}
	return e.q.p("case.field."+dashed(name), nil)
}

func (e *saying) help(name string) string {
	for _, key := range []string{"case.help." + e.kind.slug() + "-" + dashed(name), "case.help." + dashed(name)} {
		if lang.Has(key) {
			return e.q.p(key, nil)
		}
	}
	return ""
}

// dashed is a name as keys of phrases are written. Three words cannot end a key.
func dashed(s string) string {
	if other, taken := map[string]string{"other": "else", "description": "described", "id": "number"}[s]; taken {
		return other
	}
	return strings.ReplaceAll(s, "_", "-")
}

// options are the choices of a field.
func (e *saying) options(f entryField) []ui.Option {
	if f.options != nil {
		return f.options(e)
	}
	switch f.sort {
	case sortHospital, sortHospitals:
		return e.hospitals()
	case sortOwner:
		return e.owners()
	case sortStaff:
		return e.staffOptions()
	}
	var list []ui.Option
	for _, c := range f.codes {
		list = append(list, ui.Option{Value: c, Label: e.q.choiceName(f.list, c)})
	}
	return list
}

// hospitals are those that take part.
func (e *saying) hospitals() (list []ui.Option) {
	for _, m := range e.v.Members {
		if m.State == ledger.Joined || m.State == ledger.Invited {
			list = append(list, ui.Option{Value: m.Hospital.Raw(), Label: e.v.name(m.Hospital)})
		}
	}
	return list
}

// owners are the hospitals that take part, their people in this case, and the staff here.
func (e *saying) owners() (list []ui.Option) {
	if e.people != nil {
		return e.people
	}
	for _, m := range e.v.Members {
		if m.State != ledger.Joined && m.State != ledger.Invited {
			continue
		}
		here := map[string]bool{}
		list = append(list, ui.Option{Value: m.Hospital.Raw(), Label: e.v.name(m.Hospital)})
		add := func(person ledger.PersonID, name string) {
			if person == "" || name == "" || here[string(person)] {
				return
			}
			here[string(person)] = true
			list = append(list, ui.Option{Value: m.Hospital.Raw() + "/" + string(person), Label: name + " · " + e.v.name(m.Hospital)})
		}
		for _, p := range e.v.People {
			if p.Hospital == m.Hospital {
				add(p.Person, p.Name)
			}
		}
		if m.Hospital == e.q.s.ID {
			staff, err := e.q.staff()
			if err != nil {
				e.q.s.Log.Error("listing staff", "err", err)
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
func (e *saying) staffOptions() (list []ui.Option) {
	staff, err := e.q.staff()
	if err != nil {
		e.q.s.Log.Error("listing staff", "err", err)
	}
	for _, p := range staff {
		list = append(list, ui.Option{Value: string(p.ID), Label: p.DisplayName})
	}
	return list
}

func (e *saying) owner(value string) (casebook.Owner, bool) {
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
func (e *saying) hospitalOf(raw string) (ledger.HospitalID, bool) {
	for _, m := range e.v.Members {
		if m.Hospital.Raw() == raw {
			return m.Hospital, true
		}
	}
	return ledger.HospitalID{}, false
}

func rawJSON(v any) json.RawMessage {
	raw, err := ledger.Encode(v)
	if err != nil {
		return json.RawMessage("{}") // the body's own check says what is missing
	}
	return raw
}
