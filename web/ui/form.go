package ui

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/a-h/templ"
)

// FieldType is the type of a field. The first nine are the kinds of variables in a pathway pack, by
// the same names.
type FieldType string

// The types of fields.
const (
	FieldText     FieldType = "text"
	FieldCode     FieldType = "code"  // one of Options
	FieldCodes    FieldType = "codes" // any of Options
	FieldBool     FieldType = "bool"  // yes or no, "true" or "false"
	FieldInteger  FieldType = "integer"
	FieldDecimal  FieldType = "decimal"
	FieldDate     FieldType = "date" // may be partial: 2026-11
	FieldDateTime FieldType = "datetime"
	FieldMedia    FieldType = "media" // a file

	FieldDay      FieldType = "day" // a whole date
	FieldEmail    FieldType = "email"
	FieldPassword FieldType = "password"
	FieldSearch   FieldType = "search"
	FieldPerson   FieldType = "person" // one of Options, found by typing part of its label; posts the label, which [ValueOf] reads
	FieldTick     FieldType = "tick"   // one checkbox, "true" when set
)

// FieldView is one question of a form with its answer so far.
//
// A value is posted as Name, the reason why it is missing as Name + ".missing". A FieldCodes posts
// Name once for each choice.
type FieldView struct {
	Name         string
	ID           string // of the element; "f-" + Name when empty
	Type         FieldType
	Label        string
	Help         string
	Definition   string // exact meaning with its time window, folded
	Source       string // where the definition comes from
	Unit         string // as a person reads it
	Min, Max     string // of a number; shown, and checked by the node
	Digits       int    // after the point, of a decimal
	Long         bool   // text of several lines
	Rows         int    // how many, of a long text; 0: four
	Mono         bool   // a long text whose columns matter, such as a protocol
	Value        string
	Values       []string // of FieldCodes
	Options      []Option
	Required     bool
	Need         string // said instead of "optional": when it has to be answered although it is not always
	Missing      bool   // offers why there is no value
	Reason       string // why it is missing: unknown, not_done, refused, not_applicable
	Reasons      []Option
	Error        string // next to the field
	Computed     bool   // worked out by the node; shown, never asked
	Hidden       bool   // its rule says it is not asked now
	Autocomplete string // an HTML autofill name, such as "current-password"
	Placeholder  string
	Accept       string // of FieldMedia
	Multiple     bool   // FieldMedia takes several
	Autofocus    bool
	Compact      bool     // of an instrument: label beside the control, long choices as a list, "/" for why there is no value
	From         string   // where the value that is filled in comes from, as people read it: "from the signed plan"
	Planned      []string // what it is as planned, as last time, or where nothing is unusual: filled in by one press for a section
	Last         []string
	Normal       []string
}

// Option is one choice.
type Option struct {
	Value, Label, Help string
	Points             string // what it adds to a score, if that is shown
}

func (f FieldView) id() string {
	if f.ID != "" {
		return f.ID
	}
	return "f-" + strings.Map(func(r rune) rune {
		if r == ' ' || r == '[' || r == ']' {
			return '-'
		}
		return r
	}, f.Name)
}

// describedBy names the elements that tell more: help, range, error.
func (f FieldView) describedBy() string {
	var ids []string
	if f.Help != "" || f.Type == FieldDate {
		ids = append(ids, f.id()+"-help")
	}
	if (f.Min != "" || f.Max != "") && f.Type != FieldTick {
		ids = append(ids, f.id()+"-range")
	}
	if f.Error != "" {
		ids = append(ids, f.id()+"-error")
	}
	return strings.Join(ids, " ")
}

func (f FieldView) rows() string {
	if f.Rows > 0 {
		return strconv.Itoa(f.Rows)
	}
	return "4"
}

// grouped says that several inputs answer one question: a fieldset with a legend.
func (f FieldView) grouped() bool {
	switch f.Type {
	case FieldCodes, FieldBool:
		return !f.Computed
	case FieldCode:
		return !f.Computed && !f.listed()
	}
	return false
}

// listed: many short choices are a list that opens; few, or such with explanations, are all shown.
func (f FieldView) listed() bool {
	if f.Compact && f.Type == FieldCode {
		return f.letters() > 40 || len(f.Options) > 5
	}
	return f.Type == FieldCode && len(f.Options) > 9 && !slices.ContainsFunc(f.Options, func(o Option) bool { return o.Help != "" })
}

// list names the options of a field that is searched.
func (f FieldView) list() string { return f.id() + "-list" }

// ValueOf is the value of what was chosen or typed into a [FieldPerson]: a value, a label, or what only one person can be meant by: the beginning of the label, or words
// with which words of the name begin ("sun" finds Dr. Sun Yi). What fits none, or several, is given back.
func ValueOf(options []Option, typed string) string {
	typed = strings.TrimSpace(typed)
	if typed == "" {
		return ""
	}
	var meant []string
	words := strings.FieldsFunc(strings.ToLower(typed), notInName)
	for _, o := range options {
		if o.Value == typed || o.Label == typed {
			return o.Value
		}
		name, _, _ := strings.Cut(o.Label, " · ")
		if strings.HasPrefix(strings.ToLower(o.Label), strings.ToLower(typed)) || len(words) > 0 && namedBy(name, words) {
			meant = append(meant, o.Value)
		}
	}
	if len(meant) == 1 {
		return meant[0]
	}
	return typed
}

// notInName splits a name into words.
func notInName(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }

// namedBy tells whether each of some words begins a word of a name; of a Chinese name any part will do.
func namedBy(name string, words []string) bool {
	parts := strings.FieldsFunc(strings.ToLower(name), notInName)
	return !slices.ContainsFunc(words, func(w string) bool {
		han := strings.ContainsFunc(w, func(r rune) bool { return unicode.Is(unicode.Han, r) })
		return !slices.ContainsFunc(parts, func(p string) bool { return strings.HasPrefix(p, w) || han && strings.Contains(p, w) })
	})
}

// letters is how much room the choices want beside each other; a Chinese character takes two.
func (f FieldView) letters() (n int) {
	for _, o := range f.Options {
		for _, r := range o.Label {
			if n++; r > 0x2e80 {
				n++
			}
		}
	}
	return n
}

// column: choices with explanations or long words stand below each other.
func (f FieldView) column() bool {
	if f.Compact {
		return false
	}
	return slices.ContainsFunc(f.Options, func(o Option) bool { return o.Help != "" || len(o.Label) > 44 })
}

func (f FieldView) class() string {
	c := "field"
	if f.Error != "" {
		c += " wrong"
	}
	return c
}

// Chooses tells whether a field is answered by one or some of its options only.
func (f FieldView) Chooses() bool {
	return f.Type == FieldCode || f.Type == FieldCodes || f.Type == FieldPerson
}

func (f FieldView) chosen(value string) bool {
	if f.Type == FieldCodes {
		return slices.Contains(f.Values, value)
	}
	return f.Value == value
}

// shown is what a computed field says in words.
func (f FieldView) shown() string {
	for _, o := range f.Options {
		if o.Value == f.Value {
			return o.Label
		}
	}
	return f.Value
}

func (f FieldView) inputType() string {
	switch f.Type {
	case FieldEmail, FieldPassword, FieldSearch:
		return string(f.Type)
	}
	return "text" // numbers too: type=number loses what it cannot read, and drops trailing zeros
}

// dateForms show how a date is typed.
var dateForms = map[FieldType]string{FieldDate: "2026-11-21", FieldDay: "2026-11-21", FieldDateTime: "2026-11-21 08:30"}

// dated: a date, whole or as far as it is known, or with a time of day.
func (f FieldView) dated() bool {
	return f.Type == FieldDate || f.Type == FieldDay || f.Type == FieldDateTime
}

// dateTyped is a date as it is typed: a time stands behind a space.
func (f FieldView) dateTyped() string { return strings.Replace(f.Value, "T", " ", 1) }

func (f FieldView) inputMode() string {
	switch f.Type {
	case FieldInteger, FieldDate, FieldDay, FieldDateTime:
		return "numeric"
	case FieldDecimal:
		return "decimal"
	}
	return ""
}

// attributes are those that most inputs share.
func (f FieldView) attributes() templ.Attributes {
	a := templ.Attributes{"autofocus": f.Autofocus}
	if f.dated() {
		f.Autocomplete, f.Placeholder = cmp.Or(f.Autocomplete, "off"), cmp.Or(f.Placeholder, dateForms[f.Type])
	}
	for name, value := range map[string]string{
		"aria-describedby": f.describedBy(), "autocomplete": f.Autocomplete,
		"placeholder": f.Placeholder, "inputmode": f.inputMode(),
	} {
		if value != "" {
			a[name] = value
		}
	}
	if f.Required {
		a["aria-required"] = "true"
	}
	if f.Mono {
		a["data-mono"], a["spellcheck"], a["autocapitalize"] = "", "false", "off"
	}
	if f.Error != "" {
		a["aria-invalid"] = "true"
	}
	return a
}

// narrow: a short answer gets a short box, which tells what is expected.
func (f FieldView) narrow() bool {
	switch f.Type {
	case FieldInteger, FieldDecimal, FieldDate, FieldDay, FieldDateTime:
		return true
	}
	return false
}

func (f FieldView) rangeText(ctx context.Context) string {
	unit := ""
	if f.Unit != "" {
		unit = " " + f.Unit
	}
	switch {
	case f.Min != "" && f.Max != "":
		return say(ctx, "between") + " " + f.Min + " " + say(ctx, "and") + " " + f.Max + unit
	case f.Min != "":
		return say(ctx, "at-least") + " " + f.Min + unit
	case f.Max != "":
		return say(ctx, "at-most") + " " + f.Max + unit
	}
	return ""
}

func (f FieldView) reasons(ctx context.Context) []Option {
	if len(f.Reasons) > 0 {
		return f.Reasons
	}
	return []Option{
		{Value: "unknown", Label: say(ctx, "unknown")},
		{Value: "not_done", Label: say(ctx, "not-done")},
		{Value: "refused", Label: say(ctx, "refused")},
		{Value: "not_applicable", Label: say(ctx, "not-applicable")},
	}
}

func (f FieldView) options(ctx context.Context) []Option {
	if f.Type == FieldBool && len(f.Options) == 0 {
		return []Option{{Value: "true", Label: say(ctx, "yes")}, {Value: "false", Label: say(ctx, "no")}}
	}
	return f.Options
}

// FormView is the frame of a form; its fields are children.
type FormView struct {
	ID, Action string
	CSRF       string
	Draft      *DraftView // nil: the form keeps none
	Evaluate   string     // where the pack's rules are asked again; "" without rules
	Files      bool       // some field is a file
	Errors     []FieldError
	Hidden     []Hidden
	Instrument bool   // a rail, two columns, and what is left
	Left       string // "{n} left"
	Ready      string // "Ready to sign"
}

// DraftView is what is typed into a form and not sent yet. A line is one tab's filling in of the form; the island keeps its words at each key in the browser and soon
// after at the node.
type DraftView struct {
	URL     string // where its words are posted
	Line    string
	Version int64  // that the words shown go on from; 0: nothing is kept yet
	Owner   string // an id, never a name
	Here    string // the form's address with the line in it
	SignIn  string // the same, by way of signing in
	Focus   string // the field in which the cursor was
	Posted  bool   // this page answers a form that was sent: its words are the newest
	Others  []DraftOffer
	Ended   *Notice // the line that was asked for has led to this
}

// DraftOffer is another draft of the same form.
type DraftOffer struct {
	Text    string // "Your draft of 20:31"
	URL     string // where it is continued
	Line    string
	Discard string // where it is discarded
}

func (d *DraftView) attributes(a templ.Attributes) {
	if d == nil {
		return
	}
	a["data-draft"], a["data-draft-owner"], a["data-draft-line"], a["data-draft-version"] = d.URL, d.Owner, d.Line, strconv.FormatInt(d.Version, 10)
	a["data-draft-here"], a["data-draft-focus"], a["autocomplete"] = d.Here, d.Focus, "off" // a browser that fills in what was typed before would bring back what was sent
	if d.Posted {
		a["data-draft-posted"] = true
	}
}

// hidden are the fields by which the form and its draft find each other.
func (d *DraftView) hidden() []Hidden {
	if d == nil {
		return nil
	}
	return []Hidden{{"_draft", d.Line}, {"_here", d.Here}}
}

// FieldError is one line of the summary above a form; it leads to the field.
type FieldError struct {
	ID, Label, Text string
}

// Hidden is a value that a form carries along.
type Hidden struct {
	Name, Value string
}

func (f FormView) attributes() templ.Attributes {
	a := templ.Attributes{}
	for name, value := range map[string]string{
		"id": f.ID, "data-evaluate": f.Evaluate,
	} {
		if value != "" {
			a[name] = value
		}
	}
	f.Draft.attributes(a)
	if f.Instrument {
		a["data-left"], a["data-ready"] = f.Left, f.Ready
	}
	if f.Files {
		a["enctype"] = "multipart/form-data"
	}
	return a
}

// formClass is how the form is laid out.
func (f FormView) formClass() string {
	if f.Instrument {
		return "form instrument"
	}
	return "form"
}

// marks are what the island of instruments reads of a field.
func (f FieldView) marks() templ.Attributes {
	a := templ.Attributes{}
	if f.Required && !f.Computed {
		a["data-needed"] = true
	}
	if f.Type == FieldInteger || f.Type == FieldDecimal {
		if f.Min != "" {
			a["data-min"] = f.Min
		}
		if f.Max != "" {
			a["data-max"] = f.Max
		}
	}
	return a
}

// ActionsView is the end of a form.
type ActionsView struct {
	Instrument bool // shows what is left, and leads to it
	Submit     string
	Name       string // posted with Value when this button was used
	Value      string
	Danger     bool
	Cancel     Link
	Draft      bool   // shows whether the draft is saved
	Saved      string // what that says at first: "Draft saved 10:42", or ""
	Evaluate   bool   // without scripts, a button that asks the pack's rules again (posts _evaluate)
}

func (f FieldView) choiceType() string {
	if f.Type == FieldCodes {
		return "checkbox"
	}
	return "radio"
}

// groupAttributes of a fieldset: radios and checkboxes are described by their group.
func (f FieldView) groupAttributes() templ.Attributes {
	a := templ.Attributes{"id": f.id()}
	if ids := f.describedBy(); ids != "" {
		a["aria-describedby"] = ids
	}
	if f.Type != FieldCodes {
		a["role"] = "radiogroup"
		if f.Required {
			a["aria-required"] = "true"
		}
		if f.Error != "" {
			a["aria-invalid"] = "true"
		}
	}
	return a
}
