package pathway

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// maxRows bounds a data dictionary.
const maxRows = 2_000

// FromREDCap drafts a pack from a REDCap data dictionary (CSV). It gives the YAML of the draft, which loads as it is,
// and notes on everything that a person must still decide. Labels stay in the language they were written in.
func FromREDCap(r io.Reader, id string) ([]byte, []Note, error) {
	rows, err := readDictionary(r)
	if err != nil {
		return nil, nil, err
	}
	d := &draft{id: id, kinds: map[string]Kind{}}
	for _, row := range rows {
		d.add(row)
	}
	d.translateLogic()
	source := d.yaml()
	if _, err := Load(source, id+".yaml"); err != nil {
		return nil, d.notes, fmt.Errorf("the draft of %s does not load: %w", id, err)
	}
	return source, d.notes, nil
}

func readDictionary(r io.Reader) ([]map[string]string, error) {
	in := csv.NewReader(io.LimitReader(r, MaxSource))
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the header of the data dictionary: %w", err)
	}
	header[0] = strings.TrimPrefix(header[0], "\ufeff")
	if !slices.Contains(header, "Variable / Field Name") || !slices.Contains(header, "Field Type") {
		return nil, errors.New(`this is no REDCap data dictionary: it needs the columns "Variable / Field Name" and "Field Type"`)
	}
	var rows []map[string]string
	for {
		record, err := in.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the data dictionary: %w", err)
		}
		if len(rows) == maxRows {
			return nil, fmt.Errorf("a data dictionary may have %d rows at most", maxRows)
		}
		row := map[string]string{}
		for i, cell := range record {
			if i < len(header) {
				row[header[i]] = strings.TrimSpace(cell)
			}
		}
		rows = append(rows, row)
	}
}

type draftField struct {
	id, form, section, label, help, logic, visible string
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

func (d *draft) note(field, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
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

func (d *draft) add(row map[string]string) {
	original := row["Variable / Field Name"]
	f := draftField{id: nameFor(original), form: nameFor(row["Form Name"]), section: plainText(row["Section Header"]),
		label: plainText(row["Field Label"]), help: plainText(row["Field Note"]), logic: row["Branching Logic (Show field only if...)"],
		required: strings.EqualFold(row["Required Field?"], "y")}
	if f.label == "" {
		f.label = original
	}
	if _, twice := d.kinds[f.id]; twice || f.id == "" {
		d.note(original, "left out: a variable of this name is already there")
		return
	}
	if strings.EqualFold(row["Identifier?"], "y") {
		d.note(original, "left out: it identifies the patient, and forms hold no direct identifier")
		return
	}
	if core := Find("core"); core.Variable(f.id) != nil || core.Form(f.id) != nil {
		d.note(original, "renamed to rc_%s: core has a variable of this name; use that one if it means the same", f.id)
		f.id = "rc_" + f.id
	}
	if !d.setKind(&f, original, row) {
		return
	}
	d.kinds[f.id] = f.kind
	d.fields = append(d.fields, f)
}

func (d *draft) setKind(f *draftField, original string, row map[string]string) bool {
	choices := row["Choices, Calculations, OR Slider Labels"]
	switch row["Field Type"] {
	case "text":
		d.setText(f, original, row)
	case "notes":
		f.kind, f.long = KindText, true
	case "radio", "dropdown":
		f.kind, f.choices = KindCode, parseChoices(choices)
	case "checkbox":
		f.kind, f.choices = KindCodes, parseChoices(choices)
	case "yesno", "truefalse":
		f.kind = KindBool
	case "slider":
		f.kind, f.min, f.max = KindInteger, "0", "100"
	case "file":
		f.kind = KindMedia
	case "calc":
		f.kind, f.digits = KindDecimal, 3
		d.note(original, "calculation to be written as CEL under 'computed': %s", choices)
	default:
		d.note(original, "left out: fields of type %q hold no answer", row["Field Type"])
		return false
	}
	if (f.kind == KindCode || f.kind == KindCodes) && len(f.choices) == 0 {
		d.note(original, "became free text: its choices could not be read: %s", choices)
		f.kind = KindText
	}
	return true
}

func (d *draft) setText(f *draftField, original string, row map[string]string) {
	f.kind = KindText
	validation := row["Text Validation Type OR Show Slider Number"]
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
		d.note(original, "became text: the validation %q is not known here", validation)
	}
	numeric := f.kind == KindInteger || f.kind == KindDecimal
	for _, limit := range []struct {
		text string
		to   *string
	}{{low, &f.min}, {high, &f.max}} {
		switch {
		case limit.text == "":
		case numeric && validDecimal(limit.text) && (f.kind == KindDecimal || integers.MatchString(limit.text)):
			*limit.to = limit.text
		default:
			d.note(original, "limit %q was left out", limit.text)
		}
	}
}

var tags = regexp.MustCompile(`<[^>]*>`)

func plainText(s string) string {
	s = tags.ReplaceAllString(s, " ")
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

func parseChoices(s string) [][2]string {
	var out [][2]string
	for _, part := range strings.Split(s, "|") {
		code, label, ok := strings.Cut(part, ",")
		code, label = plainText(code), plainText(label)
		if !ok || code == "" || len(code) > 100 || slices.ContainsFunc(out, func(c [2]string) bool { return c[0] == code }) {
			continue
		}
		if label == "" {
			label = code
		}
		out = append(out, [2]string{code, label})
	}
	return out
}

// translateLogic writes branching logic as CEL where it can, and tries each rule on the variables before keeping it.
func (d *draft) translateLogic() {
	var variables []*Variable
	for id, kind := range d.kinds {
		variables = append(variables, &Variable{ID: id, Type: kind})
	}
	env, err := newEnvironment(variables)
	for i := range d.fields {
		f := &d.fields[i]
		if f.logic == "" {
			continue
		}
		visible, why := d.cel(f.logic)
		if why == "" && err == nil {
			r, e := &report{}, Expr{Text: visible}
			env.compile(&e, celType(KindBool), r)
			if r.err() != nil {
				why = "its types do not fit"
			} else if slices.Contains(e.compiled.deps, f.id) {
				why = "it hangs on itself"
			}
		}
		if why != "" {
			d.note(f.id, "branching logic to be written as CEL under 'visible' (%s): %s", why, f.logic)
			continue
		}
		f.visible = visible
	}
}

var logicToken = regexp.MustCompile(`^\s*(\[[a-z0-9_]+(?:\([^)\]]+\))?\]|'[^']*'|"[^"]*"|-?\d+(?:\.\d+)?|<>|!=|<=|>=|=|<|>|\(|\)|(?i:and\b|or\b))`)

// cel translates REDCap's logic: comparisons of one field with a constant, and, or, parentheses.
func (d *draft) cel(logic string) (out, why string) {
	var tokens []string
	for rest := strings.TrimSpace(logic); rest != ""; rest = strings.TrimSpace(rest) {
		m := logicToken.FindStringSubmatch(rest)
		if m == nil {
			return "", "not a plain comparison"
		}
		tokens = append(tokens, m[1])
		rest = rest[len(m[0]):]
	}
	var parts []string
	for i := 0; i < len(tokens); i++ {
		switch t := tokens[i]; {
		case t == "(" || t == ")":
			parts = append(parts, t)
		case strings.EqualFold(t, "and"):
			parts = append(parts, "&&")
		case strings.EqualFold(t, "or"):
			parts = append(parts, "||")
		case t[0] == '[' && i+2 < len(tokens):
			comparison := d.comparison(strings.Trim(t, "[]"), tokens[i+1], strings.Trim(tokens[i+2], `'"`))
			if comparison == "" {
				return "", "not a plain comparison"
			}
			parts = append(parts, comparison)
			i += 2
		default:
			return "", "not a plain comparison"
		}
	}
	return strings.Join(parts, " "), ""
}

func (d *draft) comparison(field, operator, constant string) string {
	name, code, isBox := strings.Cut(strings.TrimSuffix(field, ")"), "(")
	id := nameFor(name)
	if _, ok := d.kinds["rc_"+id]; ok {
		id = "rc_" + id
	}
	negate := operator == "<>" || operator == "!="
	switch operator {
	case "=":
		operator = "=="
	case "<>":
		operator = "!="
	case "!=", "<", ">", "<=", ">=":
	default:
		return ""
	}
	kind := d.kinds[id]
	equality := operator == "==" || negate
	switch {
	case constant == "" && equality:
		return map[bool]string{true: "has(" + id + ")", false: "!has(" + id + ")"}[negate]
	case isBox && kind == KindCodes && equality:
		return map[bool]string{true: "", false: "!"}[(constant == "1") != negate] + "(" + strconv.Quote(code) + " in " + id + ")"
	case isBox || kind == "":
		return ""
	case kind == KindBool && equality:
		return map[bool]string{true: "", false: "!"}[(constant == "1") != negate] + id
	case kind == KindInteger && integers.MatchString(constant):
		return id + " " + operator + " " + constant
	case kind == KindDecimal && validDecimal(constant):
		return id + " " + operator + " dec(" + strconv.Quote(constant) + ")"
	case kind == KindCode && equality:
		return id + " " + operator + " " + strconv.Quote(constant)
	}
	return ""
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
