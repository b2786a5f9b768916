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
	"consilium/record"
	"consilium/web/face"
	"consilium/web/ui"
)

// The sorts of fields that are more than one value: components of their own.
const (
	sortAdvice      record.Sort = "advice"       // recommendations
	sortSteps       record.Sort = "steps"        // planned steps
	sortPart        record.Sort = "part"         // which part of the checklist: chosen by a tab
	sortChecks      record.Sort = "checks"       // items of the checklist
	sortSide        record.Sort = "side"         // the side as it is read aloud
	sortAge         record.Sort = "age"          // in years, or of a small child in months or days
	sortAdviceTaken record.Sort = "advice-taken" // what became of recommendations that concern the operation
	sortScopes      record.Sort = "scopes"       // answers to the scopes of consent
	sortTeam        record.Sort = "team"         // people at the table, of any hospital or by name
	sortOperator    record.Sort = "operator"     // an owner who may operate
	sortVisit       record.Sort = "visit"        // the visit under which somebody comes
)

// Component asks for one sort of field that a page group brings: one of the page's own options, or something that it draws, reads and fills in by itself.
type Component struct {
	Options func(e *Form, f record.Field) []ui.Option
	Show    func(e *Form, f record.Field) []Group
	Read    func(e *Form, f record.Field) (says any, given bool)
	Fill    func(f record.Field, raw json.RawMessage, in url.Values)
}

// Matter is the thread that a form is about, as the form needs it.
type Matter struct {
	Talk     *record.Talk
	Log      ledger.Log
	Title    string
	Members  []ledger.Member
	People   []casebook.Involved
	Timeline []record.Item
	Pack     *pathway.Pack     // nil: none, or not here
	Pathway  string            // its id, where the thread has one
	Known    pathway.Values    // what is known from earlier forms
	Patient  *casebook.Patient // whose name stands in no form; at home only
	Sealed   *ledger.BlobRef   // who the patient is
	Sorts    map[record.Sort]Component
	Path     func(below ...string) string
	Name     func(ledger.HospitalID) string
	Hospital func(ledger.HospitalID) ui.Hospital
	Nothing  func(field string) *ui.EmptyView // why a field that has to be answered has nothing to choose, and where that is changed; nil: the form says so in general
}

// Form is one form about a thread while it is filled in, checked and sent.
type Form struct {
	Q        *face.Request
	M        Matter
	V        *face.Case // the case that it is about; nil: another kind of thread
	Kind     *record.Kind
	ask      *record.Asking
	target   *ledger.Said // what is corrected; nil: a new entry
	refs     []ledger.Hash
	aimed    []ledger.Hash // those that its address names
	PackForm *pathway.Form // of the pack; nil: none
	In       url.Values    // as typed, from the draft, or prefilled
	Drafted  face.Drafting // the draft of it
	blobs    []ledger.BlobRef
	Media    map[string][]string // hashes of files that answer a variable
	Values   pathway.Values
	Faults   map[string]string // by field
	Banner   []ui.Notice
	Named    bool             // something may name the patient
	doubts   []casebook.Doubt // what is odd about what was typed, and to be confirmed
	people   []ui.Option
	visits   *[]caseVisit // nil: not read yet
}

// Of is a form of one kind about a thread.
func Of(q *face.Request, m Matter, k *record.Kind) *Form {
	return &Form{Q: q, M: m, Kind: k, Faults: map[string]string{}, Media: map[string][]string{}}
}

// OfCase is a form of one kind about a case.
func OfCase(v *face.Case, kind string) *Form {
	m := Matter{Talk: talk, Log: v.Log, Title: v.Title, Members: v.Members, People: v.People, Timeline: v.Timeline, Pack: v.Pack, Pathway: v.Pathway, Known: v.Answers(),
		Patient: v.Patient, Sealed: v.Identity, Path: v.Path, Name: v.Name, Hospital: v.Hospital}
	e := Of(v.Q, m, talk.Kind(kind))
	e.V = v
	return e
}

var talk = casebook.Talk(nil)

// slug is how a kind is called in addresses and phrases: "case.hand-over" is "hand-over".
func (e *Form) slug() string { return strings.TrimPrefix(e.Kind.Name, e.M.Talk.Thread+".") }

// P is a phrase of the thread's room, or of cases where the room has none of its own.
func (e *Form) P(key string, args map[string]any) string {
	if own := e.M.Talk.Phrases + "." + key; lang.Has(own) {
		return e.Q.P(own, args)
	}
	return e.Q.P("case."+key, args)
}

// has tells whether there is such a phrase, in the thread's room.
func (e *Form) has(key string) bool { return lang.Has(e.M.Talk.Phrases + "." + key) }

// asking is the form as the kind's declaration asks about it.
func (e *Form) asking() *record.Asking {
	if e.ask == nil {
		e.ask = e.M.Talk.About(e.M.Log, record.Asking{Here: e.Q.Desk.ID, Me: e.Q.Caller.Person, Now: e.Q.Now(), Reads: e.Q.Lang, Pack: e.M.Pack, Staff: e.colleagues, Name: e.M.Name, Keys: e.keysFor,
			Person: e.Q.Person, Role: e.Q.RoleName, Specialty: e.Q.SubSpecialtyName})
	}
	e.ask.Refs, e.ask.Target, e.ask.Typed, e.ask.Blobs, e.ask.Values = e.refs, e.target, e.In, e.blobs, e.Values
	return e.ask
}

// Asked is what the reader of a case may ask its declarations.
func Asked(v *face.Case) *record.Asking { return OfCase(v, "").asking() }

// Kind is a kind of entry of cases; nil where there is none of that name.
func Kind(name string) *record.Kind { return talk.Kind(name) }

// take takes over what a declaration found wrong.
func (e *Form) take(a *record.Asking) {
	for _, f := range a.TakeFaults() {
		if e.Faults[f.Field] == "" {
			e.Faults[f.Field] = e.Q.Text(f.Text)
		}
	}
}

func (e *Form) colleagues() (list []record.Colleague) {
	staff, err := e.Q.Staff()
	if err != nil {
		e.Q.Desk.Log.Error("listing staff", "err", err)
	}
	for _, p := range staff {
		c := record.Colleague{Person: p.ID, Name: p.DisplayName}
		for _, r := range p.Roles {
			c.Roles = append(c.Roles, string(r))
		}
		list = append(list, c)
	}
	return list
}

// asked tells whether the form asks for a field, as far as the rest of it goes.
func (e *Form) asked(f record.Field) bool { return f.Unless == nil || !f.Unless(e.asking()) }

func (e *Form) Fault(field, key string) {
	if e.Faults[field] == "" {
		e.Faults[field] = e.Q.P(key, nil)
	}
}

func (e *Form) Get(name string) string { return strings.TrimSpace(e.In.Get(name)) }

// mirrored tells whether the pack's form answers a field.
func (e *Form) mirrored(f record.Field) bool {
	return f.From != "" && e.PackForm != nil && slices.ContainsFunc(e.PackForm.AllFields(), func(p pathway.Field) bool { return p.ID == f.From })
}

// label is what a field is called: in this kind, or anywhere.
func (e *Form) label(name string) string { return e.Q.Text(e.M.Talk.Label(e.slug(), name)) }

func (e *Form) help(name string) string { return e.Q.Text(e.M.Talk.Help(e.slug(), name)) }

// options are the choices of a field.
func (e *Form) options(f record.Field) (list []ui.Option) {
	if f.Options != nil {
		for _, o := range f.Options(e.asking()) {
			list = append(list, ui.Option{Value: o.Value, Label: e.Q.Text(o.Label), Help: e.Q.Text(o.Help)})
		}
		return list
	}
	switch f.Sort {
	case record.Hospital, record.Hospitals:
		return e.hospitals()
	case record.Owner:
		return e.owners()
	case record.Staff:
		return e.staffOptions()
	case sortOperator:
		return e.operatorOptions()
	case sortVisit:
		return e.visitOptions()
	}
	for _, c := range f.Codes {
		list = append(list, ui.Option{Value: c, Label: e.Q.Text(lang.Named(f.List, c))})
	}
	return list
}

// hospitals are those that take part.
func (e *Form) hospitals() (list []ui.Option) {
	for _, m := range e.M.Members {
		if m.State == ledger.Joined || m.State == ledger.Invited {
			list = append(list, ui.Option{Value: m.Hospital.Raw(), Label: e.M.Name(m.Hospital)})
		}
	}
	return list
}

// owners are the hospitals that take part, their people in this case, and the staff here.
func (e *Form) owners() (list []ui.Option) {
	if e.people != nil {
		return e.people
	}
	for _, m := range e.M.Members {
		if m.State != ledger.Joined && m.State != ledger.Invited {
			continue
		}
		here := map[string]bool{}
		list = append(list, ui.Option{Value: m.Hospital.Raw(), Label: e.M.Name(m.Hospital)})
		add := func(person ledger.PersonID, name, label string) {
			if person == "" || name == "" || here[string(person)] {
				return
			}
			here[string(person)] = true
			list = append(list, ui.Option{Value: m.Hospital.Raw() + "/" + string(person), Label: face.JoinDots(label, e.M.Name(m.Hospital))})
		}
		if m.Hospital == e.Q.Desk.ID {
			staff, err := e.Q.Staff()
			if err != nil {
				e.Q.Desk.Log.Error("listing staff", "err", err)
			}
			for _, p := range staff {
				add(p.ID, p.DisplayName, e.Q.PersonLabel(p))
			}
		}
		for _, p := range e.M.People {
			if p.Hospital == m.Hospital {
				add(p.Person, p.Name, face.JoinDots(p.Name, e.Q.RoleName(p.Role)))
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
		list = append(list, ui.Option{Value: string(p.ID), Label: e.Q.PersonLabel(p)})
	}
	return list
}

func (e *Form) owner(value string) (casebook.Owner, bool) {
	raw, person, _ := strings.Cut(ui.ValueOf(e.owners(), value), "/")
	value = ui.ValueOf(e.owners(), value)
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
	for _, m := range e.M.Members {
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
