package record

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"consilium/lang"
	"consilium/ledger"
)

// Sort says how one field of a body is asked for. A sort that is not listed here is a component of its own, which pages bring under that name.
type Sort string

// The sorts of fields.
const (
	Text      Sort = "text"
	Long      Sort = "long"
	Code      Sort = "code"
	Codes     Sort = "codes" // several of them
	Tick      Sort = "tick"
	Integer   Sort = "integer"
	Date      Sort = "date"     // perhaps partial
	Day       Sort = "day"      // whole
	DateTime  Sort = "datetime" // with the offset of this hospital
	Lines     Sort = "lines"    // one text a line
	Owner     Sort = "owner"    // a hospital, perhaps a person there
	Staff     Sort = "staff"    // somebody of this hospital
	Hospital  Sort = "hospital" // one that takes part
	Hospitals Sort = "hospitals"
)

// Ask is one field of a form, declared beside the body. What every field has is called in the phrase files ROOM.field.KIND-NAME or ROOM.field.NAME, and
// explained under ROOM.help in the same way.
type Ask[S State] struct {
	Name    string // in the body; "approval.office" is a part of an object
	Sort    Sort
	Needed  bool
	From    string                    // the variable of the pack's form that answers it, where that form has it
	Codes   []string                  // what may be chosen, called LIST.CODE in the phrase files
	List    string                    //
	Options func(S, *Asking) []Option // what may be chosen, where it depends on the thread
	Parts   func() []Part             // what may be chosen, where it depends on the part of a checklist
	Unless  func(S, *Asking) bool     // not asked
}

// Field is an [Ask] with the thread's state put aside.
type Field struct {
	Name    string
	Sort    Sort
	Needed  bool
	From    string
	Codes   []string
	List    string
	Parts   func() []Part          // nil: none
	Options func(*Asking) []Option // nil: Codes, or what the sort has
	Unless  func(*Asking) bool     // nil: always asked
}

// Part is one part of a checklist, and what it asks.
type Part struct {
	Code    string
	Options []Option
}

// Option is one thing that may be chosen.
type Option struct {
	Value string
	Label lang.Text
	Help  lang.Text
}

// Body is what is about to be said, as JSON has it: for what a form adds by itself.
type Body map[string]any

// Text is a field that holds text; empty where it does not.
func (b Body) Text(name string) string {
	s, _ := b[name].(string)
	return s
}

// Form is how a kind is asked for.
type Form[S State] struct {
	Asks      []Ask[S]
	Pack      string                  // the form of the pack that belongs to it
	PackOf    func(S, *Asking) string // the same, where it depends
	PackFirst bool                    // the pack's questions come first, because the rest follows from them
	Attach    bool                    // files may be attached
	Files     bool                    // and without one there is nothing to say
	Scope     string                  // and need this consent to leave
	Beside    bool                    // the form is short: the thread stands beside it, where there is room
	Blind     bool                    // it names what it is about and does not show it: who says it again must not know what was said
	At        string                  // the field whose date is when it happened; [AskAt]: the form asks for it
	Finish    func(S, *Asking, Body)  // what the form knows by itself, and what it does not take
}

// ByNode is the component of what the node says by itself; no page offers it.
const ByNode = "node"

// AskAt lets the form ask when it happened, for a body that has no date of its own.
const AskAt = "_at"

// Kind is a kind of entry as pages, the API and documents see it: what can be said, whoever folds it.
type Kind struct {
	ledger.Kind
	Verb      string // the part of the course that offers it; empty: a component does
	Component string // the page or dialog of its own with which it is said; empty: the derived form
	Doc       string // what it means, for KINDS.md and the API
	Example   string // a body that is in form

	First        bool
	AfterClosing bool
	Dated        bool // it is of a day of its own, by which the timeline sorts it
	Fields       []Field
	PackFirst    bool
	Attach       bool
	Files        bool
	Scope        string
	Beside       bool
	Blind        bool
	At           string
	Pack         func(*Asking) string                // nil: none
	Start        func(*Asking) json.RawMessage       // the body that a form begins with; nil: an empty one
	Finish       func(*Asking, Body)                 // nil: nothing
	Tell         func(says []byte) (Words, error)    // how the timeline tells a body
	Told         func(*ledger.Said, *Asking) Telling // how a page tells an entry
	Panel        string                              // the part of a page that shows it below its words; empty: none
	Views        []View                              // what it adds to the JSON of the thread
	Offer        func(*Asking) ([]ledger.Hash, bool) // whether it can be said now, and about which entries
}

// Colleague is somebody of this hospital who may be chosen in a form.
type Colleague struct {
	Person ledger.PersonID
	Name   string
	Roles  []string
}

// Asking is a form while it is filled in: who asks, what is known, and what was typed so far.
type Asking struct {
	Log       ledger.Log
	Here      ledger.HospitalID
	Me        ledger.PersonID
	Now       time.Time
	Reads     lang.Language                                                           // the language of who is asked, for what a form begins with
	Pack      any                                                                     // the pathway pack of the thread, for the room that knows its type; nil: none
	Values    any                                                                     // the answers to the pack's form so far, likewise
	Staff     func() []Colleague                                                      // of this hospital
	Name      func(ledger.HospitalID) string                                          // what the reader calls a hospital
	Person    func(name string) string                                                // a person
	Role      func(code string) string                                                // a role
	Specialty func(code string) string                                                // a sub-specialty
	Refs      []ledger.Hash                                                           // the entries that it is about
	Target    *ledger.Said                                                            // what is corrected; nil: a new entry
	Typed     map[string][]string                                                     // by field
	Blobs     []ledger.BlobRef                                                        // attached files; their scopes may be changed
	Keys      func(named []ledger.HospitalID) (keys any, without []ledger.HospitalID) // closes the keys of a sealed identity

	faults []Fault
	state  State
}

// Get is what was typed into a field.
func (a *Asking) Get(name string) string {
	if list := a.Typed[name]; len(list) > 0 {
		return list[0]
	}
	return ""
}

// Fault says that a field does not do, by a phrase. "v.ID" is the variable ID of the pack's form.
func (a *Asking) Fault(field, phrase string, args map[string]any) {
	a.faults = append(a.faults, Fault{field, lang.Phrase(phrase, args)})
}

// TakeFaults gives what was found so far, once.
func (a *Asking) TakeFaults() []Fault {
	list := a.faults
	a.faults = nil
	return list
}

// Talk is a kind of thread as everybody sees it who does not fold it: what can be said in it, how it is governed, how people stand to it.
type Talk struct {
	Thread    string // the kind of thread
	Phrases   string // where its words stand in the phrase files
	Kinds     []Kind
	Governs   Governance
	Relations []func(here ledger.HospitalID) Relate
	fold      func(ledger.Log) State
	stand     func(State) (opened, closed bool)
}

// Spoken are the kinds as the ledger takes them.
func (t *Talk) Spoken() []ledger.Kind {
	list := make([]ledger.Kind, len(t.Kinds))
	for i := range t.Kinds {
		list[i] = t.Kinds[i].Kind
	}
	return list
}

// Kind finds a kind by its name; nil where this thread has none of it.
func (t *Talk) Kind(name string) *Kind {
	i := slices.IndexFunc(t.Kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Kinds[i]
}

// The words of a kind stand in one block of the phrase files, ROOM.entry.KIND: its name, its fields by their names, and their help as NAME-help. Words that
// several kinds share stand in ROOM.kind, ROOM.field and ROOM.help. A kind is named here without its thread: "hand-over".

// Name is what people call a kind.
func (t *Talk) Name(kind string) lang.Text {
	return phrase(t.Phrases+".entry."+kind+".name", t.Phrases+".kind."+kind, "case.kind."+kind)
}

// Label is what people call a field of a kind.
func (t *Talk) Label(kind, field string) lang.Text {
	field = wordOf(field)
	return phrase(t.Phrases+".entry."+kind+"."+field, t.Phrases+".field."+kind+"-"+field, t.Phrases+".field."+field, "case.field."+field)
}

// Help explains a field of a kind; empty where it needs no explanation.
func (t *Talk) Help(kind, field string) lang.Text {
	field = wordOf(field)
	text := phrase(t.Phrases+".entry."+kind+"."+field+"-help", t.Phrases+".help."+kind+"-"+field, t.Phrases+".help."+field, "record.none")
	if text.En == "record.none" {
		return lang.Text{}
	}
	return text
}

func wordOf(field string) string { return lang.Key(strings.ReplaceAll(field, ".", "-")) }

// phrase is the first of several that there is; otherwise the last, which shows that it is missing.
func phrase(keys ...string) lang.Text {
	i := slices.IndexFunc(keys, lang.Has)
	if i < 0 {
		i = len(keys) - 1
	}
	return lang.Phrase(keys[i], nil)
}

// About lets questions about a thread be asked.
func (t *Talk) About(l ledger.Log, a Asking) *Asking {
	a.Log, a.state = l, t.fold(l)
	return &a
}

// Offers tells whether a kind can be said now, and about which entries.
func (t *Talk) Offers(k *Kind, a *Asking) ([]ledger.Hash, bool) {
	if opened, closed := t.stand(a.state); !opened && !k.First || closed && !k.AfterClosing {
		return nil, false
	}
	if k.Offer == nil {
		return nil, true
	}
	return k.Offer(a)
}

// Talk is what can be said in this kind of thread, and what stops a writer of it at this hospital only.
func (t *Thread[S]) Talk(also Write[S]) *Talk {
	talk := &Talk{Thread: t.Kind, Phrases: t.Phrases, Governs: t.Governs, Relations: t.Relations, fold: func(l ledger.Log) State { return t.Fold(l) }, stand: func(s State) (bool, bool) {
		if t.Stand == nil {
			return true, false
		}
		return t.Stand(s.(S))
	}}
	for i := range t.Kinds {
		k := &t.Kinds[i]
		said := k.said
		said.Kind = t.spoken(k, also)
		said.Tell = func(says []byte) (Words, error) {
			v, err := k.decode(says, t.Decoding)
			if err != nil {
				return Words{}, err
			}
			return k.words(Entry{}, v), nil
		}
		said.Told = func(s *ledger.Said, a *Asking) (w Telling) {
			says := s.Says()
			if says == nil || s.Version != k.Version {
				return w
			}
			if v, err := k.decode(says, t.Decoding); err == nil {
				w = k.told(a.state.(S), entryOf(0, s), v, a)
			}
			return w
		}
		talk.Kinds = append(talk.Kinds, said)
	}
	return talk
}

// kind puts the thread's state aside in what a declaration says of the form.
func (m Meaning[S, B]) kind(k ledger.Kind) Kind {
	f := m.Form
	said := Kind{Kind: k, Panel: m.Panel, Views: m.viewsOf(k), Verb: m.Verb, Component: m.Component, Doc: m.Doc, Example: m.Example, First: m.First, AfterClosing: m.AfterClosing, Dated: m.Date != nil, PackFirst: f.PackFirst,
		Attach: f.Attach, Files: f.Files, Scope: f.Scope, Beside: f.Beside, Blind: f.Blind, At: f.At}
	for _, ask := range f.Asks {
		said.Fields = append(said.Fields, ask.field())
	}
	switch {
	case f.PackOf != nil:
		said.Pack = func(a *Asking) string { return f.PackOf(a.state.(S), a) }
	case f.Pack != "":
		said.Pack = func(*Asking) string { return f.Pack }
	}
	if m.Start != nil {
		said.Start = func(a *Asking) json.RawMessage {
			raw, err := ledger.Encode(m.Start(a.state.(S), a))
			if err != nil {
				return json.RawMessage("{}") // the form begins empty
			}
			return raw
		}
	}
	if f.Finish != nil {
		said.Finish = func(a *Asking, b Body) { f.Finish(a.state.(S), a, b) }
	}
	if m.Offer != nil {
		said.Offer = func(a *Asking) ([]ledger.Hash, bool) { return m.Offer(a.state.(S), a) }
	}
	return said
}

func (k Ask[S]) field() Field {
	f := Field{Name: k.Name, Sort: k.Sort, Needed: k.Needed, From: k.From, Codes: k.Codes, List: k.List, Parts: k.Parts}
	if k.Options != nil {
		f.Options = func(a *Asking) []Option { return k.Options(a.state.(S), a) }
	}
	if k.Unless != nil {
		f.Unless = func(a *Asking) bool { return k.Unless(a.state.(S), a) }
	}
	return f
}
