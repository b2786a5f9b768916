package page

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/web/ui"
)

// packsView is the packs in force, and those that came with cases and are not.
type packsView struct {
	Table     ui.TableView
	Elsewhere ui.TableView
}

func (q *request) packsPage() error {
	v := packsView{Table: ui.TableView{Caption: q.p("settings.packs.title", nil), Columns: []ui.Column{{Label: q.p("settings.packs.name", nil)}, {Label: q.p("settings.packs.specialty", nil)},
		{Label: q.p("settings.packs.level", nil), Numeric: true}, {Label: q.p("settings.packs.version", nil)}, {Label: q.p("settings.packs.origin", nil)}}}}
	for _, p := range q.s.AllPacks() {
		if p.Abstract {
			continue
		}
		v.Table.Rows = append(v.Table.Rows, ui.TableRow{URL: "/settings/packs/" + p.ID, Cells: []ui.Cell{{Text: q.pt(p.Name), Note: q.pt(p.Summary)},
			{Text: q.subSpecialtyName(p.SubSpecialty)}, {Text: strconv.Itoa(p.Level)}, {Text: p.Version}, {Chips: []ui.ChipView{q.packChip(p)}}}})
	}
	if q.may(access.Administer) {
		var err error
		if v.Elsewhere, err = q.packsElsewhere(); err != nil {
			return err
		}
	}
	return q.show(q.settingsData(), packsContent(q, v))
}

// packChip tells whether a pack came with the program or was adopted by this hospital.
func (q *request) packChip(p *pathway.Pack) ui.ChipView {
	if shipped(p) {
		return ui.ChipView{Text: q.p("settings.packs.shipped", nil), Sort: ui.Line}
	}
	return ui.ChipView{Text: q.p("settings.packs.adopted", nil), Sort: ui.Good, Icon: "check"}
}

func shipped(p *pathway.Pack) bool {
	return slices.ContainsFunc(pathway.Shipped(), func(s *pathway.Pack) bool { return s.ID == p.ID && s.Hash() == p.Hash() })
}

// packView is one pathway pack as people read it.
type packView struct {
	Title, Sub string
	Chips      []ui.ChipView
	Facts      []ui.Fact
	Forms      []ui.ListItem
	Sources    []ui.ListItem
}

func (q *request) packPage() error {
	p := q.s.Packs(q.PathValue("pack"), "")
	if p == nil {
		return desk.ErrNotHere
	}
	v := packView{Title: q.pt(p.Name), Sub: q.pt(p.Summary), Chips: []ui.ChipView{q.packChip(p)}}
	add := func(key, value string) {
		if value != "" {
			v.Facts = append(v.Facts, ui.Fact{Label: q.p("settings.packs."+key, nil), Value: value})
		}
	}
	add("version", p.Version)
	add("specialty", q.subSpecialtyName(p.SubSpecialty))
	add("level", strconv.Itoa(p.Level))
	var codes []string
	for _, c := range p.Codes {
		codes = append(codes, c.System+" "+c.Code)
	}
	add("codes", strings.Join(codes, ", "))
	var procedures []string
	for _, o := range p.Procedures {
		procedures = append(procedures, q.pt(o.Name))
	}
	add("procedures", lang.List(q.lang, procedures))
	add("variables", lang.Number(q.lang, int64(len(p.Variables))))
	add("scales", lang.Number(q.lang, int64(len(p.Scales))))
	hash := p.Hash()
	add("digest", ledger.Hash(hash).String())
	for _, f := range p.Forms {
		v.Forms = append(v.Forms, ui.ListItem{Icon: "document", Text: q.pt(f.Name)})
	}
	for _, s := range p.Sources {
		v.Sources = append(v.Sources, ui.ListItem{Text: s.Text, Note: s.DOI, End: s.Date})
	}
	return q.show(q.settingsData(), packContent(q, v))
}

// foreignPack is a pack that some case brought along and that is not in force here.
type foreignPack struct {
	hash        ledger.Hash
	size, cases int64
	from        string
	id, version string
	here        bool
}

// packsShown bounds the list of packs from elsewhere, maxPack what of one is read: their names stand at its beginning.
const (
	packsShown = 100
	maxPack    = 4 << 20
)

func (q *request) packsElsewhere() (t ui.TableView, err error) {
	t = ui.TableView{Caption: q.p("settings.packs.elsewhere", nil), Columns: []ui.Column{{Label: q.p("settings.packs.name", nil)}, {Label: q.p("settings.packs.version", nil)},
		{Label: q.p("settings.packs.from", nil)}, {Label: q.p("settings.packs.cases", nil), Numeric: true}, {Label: q.p("settings.packs.file", nil)}}}
	var list []foreignPack
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = q.attachedPacks(ctx, tx)
		return err
	})
	for _, p := range list {
		name, _ := q.readPackHead(&p)
		if known := q.s.Packs(p.id, p.version); known != nil && ledger.Hash(known.Hash()) == p.hash {
			continue
		}
		file := ui.Cell{Text: q.p("settings.packs.coming", nil)}
		if p.here {
			file = ui.Cell{Content: smallLink(joined(" · ", p.fileName(), lang.Size(q.lang, p.size)), "/settings/packs/elsewhere/"+p.hash.String())}
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: name, Note: p.hash.Short()}, {Text: p.version}, {Text: p.from}, {Text: lang.Number(q.lang, p.cases)}, file}})
	}
	return t, err
}

func (q *request) attachedPacks(ctx context.Context, tx ledger.Tx) (list []foreignPack, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT blob, MAX(size), COUNT(DISTINCT thread), MIN(entry) FROM attached WHERE type = $1 GROUP BY blob ORDER BY COUNT(DISTINCT thread) DESC, blob LIMIT $2`,
		desk.PackType, packsShown)
	if err != nil {
		return nil, fmt.Errorf("listing packs that came with cases: %w", err)
	}
	var entries [][]byte
	for rows.Next() {
		var p foreignPack
		var blob, entry []byte
		if err := rows.Scan(&blob, &p.size, &p.cases, &entry); err != nil {
			rows.Close()
			return nil, fmt.Errorf("listing packs that came with cases: %w", err)
		}
		copy(p.hash[:], blob)
		p.here = q.s.Blobs.Has(p.hash)
		list, entries = append(list, p), append(entries, entry)
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("listing packs that came with cases: %w", err)
	}
	rows.Close()
	for i := range list {
		var hospital []byte
		if err := tx.QueryRowContext(ctx, `SELECT hospital FROM entry WHERE hash = $1`, entries[i]).Scan(&hospital); err != nil {
			return nil, fmt.Errorf("reading where a pack came from: %w", err)
		}
		var id ledger.HospitalID
		copy(id[:], hospital)
		list[i].from = q.hospitalName(ctx, tx, id)
	}
	return list, nil
}

// What a pack says of itself. One from elsewhere is not loaded to show its name: it is taken for text until somebody adopts it.
var (
	packID      = regexp.MustCompile(`(?m)^id:[ \t]*["']?([a-z0-9-]{1,64})["']?[ \t]*\r?$`)
	packVersion = regexp.MustCompile(`(?m)^version:[ \t]*["']?([0-9A-Za-z.+-]{1,40})["']?[ \t]*\r?$`)
)

// readPackHead reads which pack a file is, and gives the pathway's name as it is called here.
func (q *request) readPackHead(p *foreignPack) (name string, err error) {
	p.id, p.version = "", ""
	if !p.here {
		return p.hash.Short(), nil
	}
	file, _, err := q.s.Blobs.Open(p.hash)
	if err != nil {
		return p.hash.Short(), err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxPack))
	if m := packID.FindSubmatch(text); m != nil {
		p.id = string(m[1])
	}
	if m := packVersion.FindSubmatch(text); m != nil {
		p.version = string(m[1])
	}
	if p.id == "" {
		return p.hash.Short(), err
	}
	return q.pathwayName(p.id), err
}

func (p foreignPack) fileName() string {
	if p.id == "" {
		return p.hash.Short() + ".yaml"
	}
	return p.id + "@" + p.version + ".yaml"
}

// packFile gives an administrator the file of a pack that came with a case, to read and to adopt. Only packs: a pack holds nothing of a patient.
func (q *request) packFile() error {
	if err := q.need(access.Administer); err != nil {
		return err
	}
	hash, err := ledger.ParseHash(q.PathValue("hash"))
	if err != nil {
		return desk.ErrNotHere
	}
	var at []ledger.Attachment
	if err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		at, err = ledger.AttachedTo(ctx, tx, hash)
		return err
	}); err != nil {
		return err
	}
	if len(at) == 0 || slices.ContainsFunc(at, func(a ledger.Attachment) bool { return a.Type != desk.PackType || a.Sealed }) || !q.s.Blobs.Has(hash) {
		return desk.ErrNotHere
	}
	p := foreignPack{hash: hash, here: true}
	if _, err := q.readPackHead(&p); err != nil {
		return err
	}
	file, size, err := q.s.Blobs.Open(hash)
	if err != nil {
		return err
	}
	defer file.Close()
	q.w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	q.w.Header().Set("Content-Disposition", `attachment; filename="`+p.fileName()+`"`)
	q.w.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	q.w.WriteHeader(http.StatusOK)
	_, err = io.Copy(q.w, file)
	return err
}
