package pathway

import (
	"errors"
	"fmt"
	"html"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// FromREDCap drafts a pack from a REDCap data dictionary (CSV in UTF-8, UTF-16 or GB18030). It gives the YAML of the draft, which loads as it is, and notes on everything
// that was not carried over and that a person must still decide, with its line. A field that cannot be carried over costs only itself. Labels stay in the language they were
// written in.
func FromREDCap(r io.Reader, id string) ([]byte, []Note, error) {
	d := &draft{id: id, kinds: map[string]Kind{}}
	rows, err := d.read(r)
	if err != nil {
		return nil, nil, err
	}
	for _, row := range rows {
		d.add(row)
	}
	d.translateLogic()
	d.breakCycles()
	source, err := d.sound()
	return source, d.notes, err
}

// sound writes the draft without the fields that keep it from loading.
func (d *draft) sound() ([]byte, error) {
	for {
		source := d.yaml()
		_, err := Load(source, d.id+".yaml")
		var load *LoadError
		if err == nil {
			return source, nil
		}
		if !errors.As(err, &load) || !d.dropFaulty(source, load) {
			return nil, fmt.Errorf("the draft of %s does not load: %w", d.id, err)
		}
	}
}

// dropFaulty leaves out the fields on whose lines something is wrong, with a note; false where it is no field's fault.
func (d *draft) dropFaulty(source []byte, faults *LoadError) bool {
	lines := strings.Split(string(source), "\n")
	gone := map[string]bool{}
	for _, issue := range faults.Issues {
		if issue.Line < 1 || issue.Line > len(lines) {
			continue
		}
		name, _, ok := strings.Cut(strings.TrimSpace(lines[issue.Line-1]), ":")
		at := slices.IndexFunc(d.fields, func(f draftField) bool { return f.id == name })
		if ok && at >= 0 && !gone[name] {
			gone[name] = true
			d.note(d.fields[at].line, d.fields[at].original, "left out: %s", issue.Reason)
		}
	}
	d.drop(gone)
	return len(gone) > 0
}

// drop leaves fields out. Rules that ask for them cannot hold any more, and are left out with a note.
func (d *draft) drop(gone map[string]bool) {
	d.fields = slices.DeleteFunc(d.fields, func(f draftField) bool { return gone[f.id] })
	for id := range gone {
		delete(d.kinds, id)
	}
	for i := range d.fields {
		f := &d.fields[i]
		if slices.ContainsFunc(f.deps, func(dep string) bool { return gone[dep] }) {
			d.note(f.line, f.original, "branching logic to be written as CEL under 'visible' (it asks for a field that was left out): %s", f.logic)
			f.visible, f.deps = "", nil
		}
	}
}

type draftField struct {
	id, form, section, label, help, logic, visible string
	original                                       string   // as the dictionary names it
	line                                           int      // of the dictionary
	deps                                           []string // fields that visible asks for
	min, max                                       string
	kind                                           Kind
	choices                                        [][2]string
	required, long                                 bool
	digits                                         int
}

type draft struct {
	id     string
	fields []draftField
	kinds  map[string]Kind
	notes  []Note
}

// note tells of something that was not carried over, and on which line of the dictionary it stands.
func (d *draft) note(line int, field, format string, args ...any) {
	text := fmt.Sprintf(format, args...) + fmt.Sprintf(" (line %d)", line)
	d.notes = append(d.notes, Note{field, Text{En: text}})
}

var notWord = regexp.MustCompile(`[^a-z0-9]+`)

func nameFor(s string) string {
	name := strings.Trim(notWord.ReplaceAllString(strings.ToLower(s), "_"), "_")
	if name == "" || name[0] >= '0' && name[0] <= '9' || slices.Contains(reserved, name) {
		name = "f_" + name
	}
	return strings.TrimRight(name[:min(len(name), 50)], "_")
}

func (d *draft) add(r dictionaryRow) {
	row, original := r.cells, r.cells["Variable / Field Name"]
	f := draftField{original: original, line: r.line, id: nameFor(original), form: nameFor(row["Form Name"]), section: plainText(row["Section Header"]),
		label: plainText(row["Field Label"]), help: plainText(row["Field Note"]), logic: row["Branching Logic (Show field only if...)"],
		required: strings.EqualFold(row["Required Field?"], "y")}
	if f.label == "" {
		f.label = original
	}
	if _, twice := d.kinds[f.id]; twice || f.id == "" {
		d.note(r.line, original, "left out: a variable of this name is already there")
		return
	}
	if strings.EqualFold(row["Identifier?"], "y") {
		d.note(r.line, original, "left out: it identifies the patient, and forms hold no direct identifier")
		return
	}
	if core := Find("core"); core.Variable(f.id) != nil || core.Form(f.id) != nil {
		d.note(r.line, original, "renamed to rc_%s: core has a variable of this name; use that one if it means the same", f.id)
		f.id = "rc_" + f.id
	}
	if !d.setKind(&f, row) {
		return
	}
	d.notCarried(f, row)
	d.kinds[f.id] = f.kind
	d.fields = append(d.fields, f)
}

// notCarried names what REDCap has and a pack has not.
func (d *draft) notCarried(f draftField, row map[string]string) {
	for _, x := range [][2]string{{"Field Annotation", "action tags"}, {"Matrix Group Name", "the matrix"}} {
		if text := plainText(row[x[0]]); text != "" {
			d.note(f.line, f.original, "%s not carried over: %.120s", x[1], text)
		}
	}
}

func (d *draft) setKind(f *draftField, row map[string]string) bool {
	choices := row["Choices, Calculations, OR Slider Labels"]
	switch row["Field Type"] {
	case "text":
		d.setText(f, row)
	case "notes":
		f.kind, f.long = KindText, true
	case "radio", "dropdown":
		f.kind, f.choices = KindCode, d.parseChoices(*f, choices)
	case "checkbox":
		f.kind, f.choices = KindCodes, d.parseChoices(*f, choices)
	case "yesno", "truefalse":
		f.kind = KindBool
	case "slider":
		f.kind, f.min, f.max = KindInteger, "0", "100"
		for limit, to := range map[string]*string{"Text Validation Min": &f.min, "Text Validation Max": &f.max} {
			if integers.MatchString(row[limit]) {
				*to = row[limit]
			}
		}
		if choices != "" {
			d.note(f.line, f.original, "the slider's labels were not carried over: %s", plainText(choices))
		}
	case "file":
		f.kind = KindMedia
	case "calc":
		f.kind, f.digits = KindDecimal, 3
		d.note(f.line, f.original, "calculation to be written as CEL under 'computed': %s", choices)
	default:
		d.note(f.line, f.original, "left out: fields of type %q hold no answer", row["Field Type"])
		return false
	}
	if (f.kind == KindCode || f.kind == KindCodes) && len(f.choices) == 0 {
		d.note(f.line, f.original, "became free text: its choices could not be read: %s", choices)
		f.kind = KindText
	}
	return true
}

func (d *draft) setText(f *draftField, row map[string]string) {
	f.kind = KindText
	if ontology := row["Choices, Calculations, OR Slider Labels"]; ontology != "" {
		d.note(f.line, f.original, "became text: the ontology %q is not known here", ontology)
	}
	validation, comma := strings.CutSuffix(row["Text Validation Type OR Show Slider Number"], "_comma_decimal")
	low, high := row["Text Validation Min"], row["Text Validation Max"]
	switch {
	case validation == "integer":
		f.kind = KindInteger
	case strings.HasPrefix(validation, "number"):
		f.kind, f.digits = KindDecimal, 3
		if n := strings.TrimSuffix(strings.TrimPrefix(validation, "number_"), "dp"); len(n) == 1 && n[0] >= '0' && n[0] <= '9' {
			f.digits = int(n[0] - '0')
		}
	case strings.HasPrefix(validation, "datetime"):
		f.kind = KindDateTime
	case strings.HasPrefix(validation, "date"):
		f.kind = KindDate
	case validation != "":
		d.note(f.line, f.original, "became text: the validation %q is not known here", validation)
	}
	numeric := f.kind == KindInteger || f.kind == KindDecimal
	for _, limit := range []struct {
		text string
		to   *string
	}{{low, &f.min}, {high, &f.max}} {
		if comma {
			limit.text = strings.Replace(limit.text, ",", ".", 1)
		}
		switch {
		case limit.text == "":
		case numeric && validDecimal(limit.text) && (f.kind == KindDecimal || integers.MatchString(limit.text)):
			*limit.to = limit.text
		default:
			d.note(f.line, f.original, "limit %q was left out", limit.text)
		}
	}
}

// tags are those of HTML that people use in labels. "<50" and "x < y or y > z" are none.
var tags = regexp.MustCompile(`(?i)</?(a|abbr|b|big|blockquote|br|center|code|div|em|font|h[1-6]|hr|i|img|input|label|li|ol|p|pre|s|small|span|strike|strong|style|sub|sup|table|tbody|td|th|thead|tr|tt|u|ul)(\s[^<>]*)?/?>`)

func plainText(s string) string {
	s = html.UnescapeString(tags.ReplaceAllString(s, " "))
	s = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || c == unicode.ReplacementChar {
			return ' '
		}
		return c
	}, s)
	s = strings.ReplaceAll(strings.Join(strings.Fields(s), " "), " | ", " / ")
	if runes := []rune(s); len(runes) > 500 {
		s = string(runes[:500])
	}
	return s
}

var (
	choiceEnds  = regexp.MustCompile(`\||\r?\n`)
	spacedLabel = regexp.MustCompile(`^(\S+)\s+(\S.*)$`)
)

// parseChoices reads "1, Left | 2, Right". What is written otherwise is taken as it can only have been meant, with a note.
func (d *draft) parseChoices(f draftField, s string) [][2]string {
	var out [][2]string
	for _, part := range choiceEnds.Split(s, -1) {
		if strings.TrimSpace(part) == "" {
			continue
		}
		code, label, ok := strings.Cut(part, ",")
		if m := spacedLabel.FindStringSubmatch(strings.TrimSpace(part)); !ok && m != nil {
			code, label = m[1], m[2]
		}
		code, label = plainText(code), plainText(label)
		if !ok {
			d.note(f.line, f.original, "the choice %q has no comma after its code: check it", plainText(part))
		}
		switch {
		case code == "" || len(code) > 100:
			d.note(f.line, f.original, "left out: the choice %q has no code", plainText(part))
			continue
		case slices.ContainsFunc(out, func(c [2]string) bool { return c[0] == code }):
			d.note(f.line, f.original, "left out: the choice %q repeats the code %s", plainText(part), code)
			continue
		case label == "":
			label = code
		}
		out = append(out, [2]string{code, label})
	}
	return out
}

// yaml writes the draft. Texts are quoted as JSON, which YAML reads.
func (d *draft) yaml() []byte {
	var b strings.Builder
	q := strconv.Quote
	fmt.Fprintf(&b, "# Drafted from a REDCap data dictionary. Read it through: Chinese names, sources and rules are still missing.\n")
	fmt.Fprintf(&b, "format: 1\nid: %s\nversion: 0.1.0-draft\nname: %s\nextends: core\nsubspecialty: unassigned\nlevel: 3\n", d.id, q(d.id))
	b.WriteString("subspecialties:\n  unassigned: \"Not yet assigned | 待定\"\nprocedures:\n  main: {name: \"Operation | 手术\", level: 3, source: own}\nvariables:\n")
	for _, f := range d.fields {
		fmt.Fprintf(&b, "  %s: {label: %s, type: %s", f.id, q(f.label), f.kind)
		for _, extra := range [][2]string{{"help", f.help}, {"min", f.min}, {"max", f.max}, {"visible", f.visible}} {
			if extra[1] != "" {
				fmt.Fprintf(&b, ", %s: %s", extra[0], q(extra[1]))
			}
		}
		if f.digits > 0 {
			fmt.Fprintf(&b, ", digits: %d", f.digits)
		}
		if f.long {
			b.WriteString(", long: true")
		}
		if len(f.choices) > 0 && (f.kind == KindCode || f.kind == KindCodes) {
			b.WriteString(", choices: {")
			for i, c := range f.choices {
				fmt.Fprintf(&b, "%s%s: %s", map[bool]string{true: ", "}[i > 0], q(c[0]), q(c[1]))
			}
			b.WriteString("}")
		}
		b.WriteString("}\n")
	}
	d.forms(&b)
	return []byte(b.String())
}

func (d *draft) forms(b *strings.Builder) {
	if len(d.fields) == 0 {
		return
	}
	b.WriteString("forms:\n")
	form, section := "", 0
	written := map[string]bool{}
	for _, f := range d.fields {
		name := "rc_" + f.form
		if name != form {
			if written[name] { // REDCap keeps a form together; a stray row starts a form of its own
				name += "_" + strconv.Itoa(len(written))
			}
			form, section = name, 0
			written[name] = true
			fmt.Fprintf(b, "  %s:\n    name: %s\n    stage: refer\n    sections:\n", name, strconv.Quote(f.form))
		}
		if section == 0 || f.section != "" {
			section++
			heading := f.section
			if heading == "" {
				heading = f.form
			}
			fmt.Fprintf(b, "      s%d:\n        name: %s\n        fields:\n", section, strconv.Quote(heading))
		}
		fmt.Fprintf(b, "          - %s%s\n", f.id, map[bool]string{true: "*"}[f.required])
	}
}
