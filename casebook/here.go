package casebook

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
)

// held is what a case that is here says of what a row may say.
type held struct {
	thread  ledger.ThreadID
	patient Patient
	entries map[string]heldEntry // by what they are about
}

type heldEntry struct {
	hash ledger.Hash
	kind string
	at   string
	says map[string]any
}

// about tells what an entry is about, so that the same row finds it again: the day of an operation, the appointment of a follow-up.
func about(kind, at string, says map[string]any) string {
	text := func(key string) string { s, _ := says[key].(string); return s }
	switch kind {
	case KindOpened:
		return kind
	case KindOperation:
		return kind + " " + text("date")
	case KindFollowUp:
		return kind + " " + text("schedule")
	case KindComplication:
		return kind + " " + text("code") + " " + text("date")
	}
	return kind + " " + text("form") + " " + at
}

// derived are the parts of bodies that the program works out: a newer pack works out others, which is no correction.
var derived = []string{"follow_ups", "sub_specialty", "demo"}

func plain(raw []byte) map[string]any {
	var says map[string]any
	if json.Unmarshal(raw, &says) != nil {
		return nil
	}
	for _, key := range derived {
		delete(says, key)
	}
	return says
}

// imported are the kinds of entries that rows give.
var imported = []string{KindOpened, KindFinding, KindOperation, KindFollowUp, KindComplication}

func holdingOf(ctx context.Context, tx ledger.Tx, book *ledger.Book, id ledger.ThreadID) (h held, err error) {
	h.thread = id
	l, err := book.Log(ctx, tx, id)
	if err != nil {
		return h, err
	}
	if h.patient, err = IdentityOf(ctx, tx, id); err != nil {
		return h, err
	}
	h.entries = map[string]heldEntry{}
	for _, s := range l.Said {
		if s.Erased || s.Retracted() || s.Content == nil || !slices.Contains(imported, s.Kind) {
			continue
		}
		says := plain(s.Says())
		h.entries[about(s.Kind, s.Content.At, says)] = heldEntry{s.Hash, s.Kind, s.Content.At, says}
	}
	return h, nil
}

// operated tells whether the case has an operation.
func (h held) operated() bool {
	for _, e := range h.entries {
		if e.kind == KindOperation {
			return true
		}
	}
	return false
}

// news is what a record says beyond a case, or otherwise than it.
type news struct {
	patient bool           // who the patient is differs
	more    []ledger.Draft // entries that are not there
	other   []ledger.Draft // amendments of those that say something else
	words   []lang.Text    // what differs
	column  string         // where
}

func (r Record) compare(h held) news {
	var n news
	for _, f := range []struct{ field, here, row string }{
		{"name", h.patient.Name, r.Patient.Name}, {"latin", h.patient.Latin, r.Patient.Latin}, {"birth_date", h.patient.BirthDate, r.Patient.BirthDate},
	} {
		if f.here != f.row && f.row != "" {
			n.patient = true
			n.differ(r.mapping.columnOf(f.field), f.here, f.row)
		}
	}
	for _, d := range r.all() {
		if d.Kind == KindClosed {
			continue
		}
		says := plain(d.Raw())
		e, there := h.entries[about(d.Kind, d.At, says)]
		if !there {
			n.more = append(n.more, d)
			continue
		}
		if paths := differences(e.says, says); len(paths) > 0 {
			n.other = append(n.other, ledger.Draft{Kind: ledger.KindAmend, Refs: []ledger.Hash{e.hash}, At: d.At, Pack: d.Pack,
				Says: ledger.Amendment{Says: d.Raw(), Why: r.Opening.History}})
			for _, path := range paths {
				n.differ(r.mapping.columnAt(path), at(e.says, path), at(says, path))
			}
		}
	}
	return n
}

func (n *news) differ(column, here, row string) {
	n.words = append(n.words, lang.Phrase("case.row.differs", map[string]any{"column": column, "here": here, "row": row}))
	if n.column == "" {
		n.column = column
	}
}

// differences are the paths, of one or two keys, at which two bodies differ.
func differences(a, b map[string]any) (paths []string) {
	keys := maps.Clone(a)
	maps.Copy(keys, b)
	for _, key := range slices.Sorted(maps.Keys(keys)) {
		inA, okA := a[key].(map[string]any)
		inB, okB := b[key].(map[string]any)
		if key == "values" && (okA || okB) {
			inner := maps.Clone(inA)
			if inner == nil {
				inner = map[string]any{}
			}
			maps.Copy(inner, inB)
			for _, field := range slices.Sorted(maps.Keys(inner)) {
				if told(inA[field]) != told(inB[field]) {
					paths = append(paths, "values."+field)
				}
			}
		} else if told(a[key]) != told(b[key]) {
			paths = append(paths, key)
		}
	}
	return paths
}

// told is a value as a line tells it: JSON writes keys in one order.
func told(v any) string {
	if s, ok := v.(string); ok || v == nil {
		return s
	}
	raw, _ := json.Marshal(v)
	return string(raw)
}

func at(says map[string]any, path string) string {
	if field, ok := strings.CutPrefix(path, "values."); ok {
		values, _ := says["values"].(map[string]any)
		return told(values[field])
	}
	return told(says[path])
}

// columnAt is the column from which a part of a body comes, or the part's own name.
func (m *Mapping) columnAt(path string) string {
	column := map[string]string{"age": m.Age.Column, "sex": m.Sex.Column, "side": m.Side.Column}[path]
	field, ofForm := strings.CutPrefix(path, "values.")
	for _, e := range m.Entries {
		if s, mapped := e.Values[field]; ofForm && mapped && column == "" {
			column = s.Column
		}
		if path == "procedure" && e.Procedure.Column != "" {
			column = e.Procedure.Column
		}
	}
	if column == "" {
		return field
	}
	return column
}

// Importer is in whose name an import speaks: the program, lent the roles of who ordered it. What it corrects, it corrects as that person: the policy lets the program correct nothing.
type Importer struct {
	Door *access.Door
	Who  access.Who // with System set

	Earlier *Earlier // of a dry run, which the caller undoes; nil: no dry run
}

// role is the first of the importer's roles in which a kind of entry may be said.
func (i Importer) role(kind string) string {
	k, _ := i.Door.Book.Kinds.Get(kind)
	for _, r := range i.Who.Roles {
		if k.Roles == nil || slices.Contains(k.Roles, string(r)) {
			return string(r)
		}
	}
	return string(people.Coordinator)
}

// Say says a record through the door: policy and rules hold for it as for a person. It is what an import calls in a transaction; after an error that must be undone. A patient
// whose number is here is compared with the row: what the case says already is not said again, another operation opens a further case, and what differs is told,
// or amended where the mapping says so.
func (r Record) Say(ctx context.Context, tx ledger.Tx, by Importer) (Saying, error) {
	ids, err := ByNumber(ctx, tx, r.Patient.Series, r.Patient.LocalNumber)
	if err != nil {
		return Saying{}, err
	}
	cases := by.Earlier.of(r.Patient)
	if len(ids)+len(cases) == 0 {
		return r.open(ctx, tx, by, Taken)
	}
	for _, id := range ids {
		h, err := holdingOf(ctx, tx, by.Door.Book, id)
		if err != nil {
			return Saying{}, err
		}
		cases = append(cases, h)
	}
	h := r.same(cases)
	if h == nil {
		if n := r.compare(cases[0]); n.patient {
			return Saying{}, &RowError{r.Row, n.column, lang.Phrase("case.row.otherpatient", map[string]any{"what": n.words[0]})}
		}
		return r.open(ctx, tx, by, Again)
	}
	return r.complete(ctx, tx, by, *h)
}

// same is the case of the operation that the row tells of. A row without one is of the first case, and so is the first operation of a case that has none.
func (r Record) same(cases []held) *held {
	i := slices.IndexFunc(r.Drafts, func(d ledger.Draft) bool { return d.Kind == KindOperation })
	if i < 0 {
		return &cases[0]
	}
	key := about(KindOperation, "", plain(r.Drafts[i].Raw()))
	for n := range cases {
		if _, there := cases[n].entries[key]; there {
			return &cases[n]
		}
	}
	for n := range cases {
		if !cases[n].operated() {
			return &cases[n]
		}
	}
	return nil
}

func (r Record) open(ctx context.Context, tx ledger.Tx, by Importer, outcome Outcome) (Saying, error) {
	first := r.all()
	for i := range first {
		first[i].Author.Role = by.role(first[i].Kind)
	}
	_, err := by.Door.In(tx).OpenWith(ctx, by.Who, Thread, first, func(id ledger.ThreadID) error { return SetIdentity(ctx, tx, id, r.Patient) })
	if err != nil {
		return Saying{}, err
	}
	return Saying{Outcome: outcome, Entries: len(first)}, nil
}

// all are the record's drafts with the opening.
func (r Record) all() []ledger.Draft {
	return append([]ledger.Draft{{Kind: KindOpened, Says: r.Opening, Pack: r.pack()}}, r.Drafts...)
}

// pack is the pack that the record's forms were filled in with.
func (r Record) pack() *ledger.PackRef {
	if len(r.Drafts) == 0 {
		return nil
	}
	return r.Drafts[0].Pack
}

// complete says in a case what the row says beyond it. What it says otherwise needs the mapping's word: nobody sees from the row which of the two is right.
func (r Record) complete(ctx context.Context, tx ledger.Tx, by Importer, h held) (Saying, error) {
	n := r.compare(h)
	if len(n.words) > 0 && r.mapping.Known != "amend" {
		return Saying{}, &RowError{r.Row, n.column, lang.Phrase("case.row.changed", map[string]any{"what": together(n.words)})}
	}
	if len(n.words)+len(n.more) == 0 {
		return Saying{Outcome: Here}, nil
	}
	saying := Saying{Outcome: Amended, Entries: len(n.more) + len(n.other)}
	if h.thread == (ledger.ThreadID{}) {
		return saying, nil // of an earlier row of a dry run
	}
	ctx, err := by.Door.Book.Settled(ctx, tx) // how the person stands to the case is asked of what lists tell
	if err != nil {
		return Saying{}, err
	}
	person := by.Who
	person.System = false
	for _, d := range append(n.more, n.other...) {
		who := by.Who
		if d.Kind == ledger.KindAmend {
			who = person
		}
		d.Thread, d.Author.Role = h.thread, by.role(d.Kind)
		if _, err := by.Door.In(tx).Say(ctx, who, d); err != nil {
			return Saying{}, err
		}
	}
	if n.patient {
		if err := SetIdentity(ctx, tx, h.thread, r.Patient); err != nil {
			return Saying{}, err
		}
	}
	return saying, nil
}

// together joins what differs.
func together(words []lang.Text) lang.Text {
	var en, zh []string
	for _, w := range words {
		en, zh = append(en, w.En), append(zh, w.Zh)
	}
	return lang.Text{En: strings.Join(en, "; "), Zh: strings.Join(zh, "；")}
}

// ByNumber finds the cases of a local number within the series that it belongs to.
func ByNumber(ctx context.Context, tx ledger.Tx, series, number string) ([]ledger.ThreadID, error) {
	rows, err := tx.QueryContext(ctx, `SELECT thread FROM case_identity WHERE local_number = $1 AND series = $2 ORDER BY thread`, number, series)
	if err != nil {
		return nil, fmt.Errorf("finding a local number: %w", err)
	}
	return threadsOf(rows)
}
