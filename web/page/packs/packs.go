package packs

import (
	"context"
	"errors"
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
	"consilium/web/face"
	"consilium/web/ui"
)

// packsView is the packs in force, and those that came with cases and are not.
type packsView struct {
	Table     ui.TableView
	Elsewhere ui.TableView
}

func packsPage(q *face.Request) error {
	v := packsView{Table: ui.TableView{Caption: q.P("settings.packs.title", nil), Columns: []ui.Column{{Label: q.P("settings.packs.name", nil)}, {Label: q.P("settings.packs.specialty", nil)},
		{Label: q.P("settings.packs.level", nil), Numeric: true}, {Label: q.P("settings.packs.version", nil)}, {Label: q.P("settings.packs.origin", nil)}}}}
	for _, p := range q.Desk.AllPacks() {
		if p.Abstract {
			continue
		}
		v.Table.Rows = append(v.Table.Rows, ui.TableRow{URL: "/settings/packs/" + p.ID, Cells: []ui.Cell{{Text: q.PackText(p.Name), Note: q.PackText(p.Summary)},
			{Text: q.SubSpecialtyName(p.SubSpecialty)}, {Text: strconv.Itoa(p.Level)}, {Text: p.Version}, {Chips: []ui.ChipView{packChip(q, p)}}}})
	}
	if q.May(access.Administer) {
		var err error
		if v.Elsewhere, err = packsElsewhere(q); err != nil {
			return err
		}
	}
	return q.Show(q.SettingsData(), packsContent(q, v))
}

// packChip tells whether a pack came with the program or was adopted by this hospital.
func packChip(q *face.Request, p *pathway.Pack) ui.ChipView {
	if shipped(p) {
		return ui.ChipView{Text: q.P("settings.packs.shipped", nil), Sort: ui.Line}
	}
	return ui.ChipView{Text: q.P("settings.packs.adopted", nil), Sort: ui.Good, Icon: "check"}
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

func packPage(q *face.Request) error {
	p := q.Desk.Packs(q.PathValue("pack"), "")
	if p == nil {
		return desk.ErrNotHere
	}
	v := packView{Title: q.PackText(p.Name), Sub: q.PackText(p.Summary), Chips: []ui.ChipView{packChip(q, p)}}
	add := func(key, value string) {
		if value != "" {
			v.Facts = append(v.Facts, ui.Fact{Label: q.P("settings.packs."+key, nil), Value: value})
		}
	}
	add("version", p.Version)
	add("specialty", q.SubSpecialtyName(p.SubSpecialty))
	add("level", strconv.Itoa(p.Level))
	var codes []string
	for _, c := range p.Codes {
		codes = append(codes, c.System+" "+c.Code)
	}
	add("codes", strings.Join(codes, ", "))
	var procedures []string
	for _, o := range p.Procedures {
		procedures = append(procedures, q.PackText(o.Name))
	}
	add("procedures", lang.List(q.Lang, procedures))
	add("variables", lang.Number(q.Lang, int64(len(p.Variables))))
	add("scales", lang.Number(q.Lang, int64(len(p.Scales))))
	hash := p.Hash()
	add("digest", ledger.Hash(hash).String())
	for _, f := range p.Forms {
		v.Forms = append(v.Forms, ui.ListItem{Icon: "document", Text: q.PackText(f.Name)})
	}
	for _, s := range p.Sources {
		v.Sources = append(v.Sources, ui.ListItem{Text: q.SourceText(s), Note: s.DOI, End: s.Date})
	}
	return q.Show(q.SettingsData(), packContent(q, v))
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

func packsElsewhere(q *face.Request) (t ui.TableView, err error) {
	t = ui.TableView{Caption: q.P("settings.packs.elsewhere", nil), Columns: []ui.Column{{Label: q.P("settings.packs.name", nil)}, {Label: q.P("settings.packs.version", nil)},
		{Label: q.P("settings.packs.from", nil)}, {Label: q.P("settings.packs.cases", nil), Numeric: true}, {Label: q.P("settings.packs.file", nil)}}}
	var list []foreignPack
	err = q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
		list, err = attachedPacks(q, ctx, tx)
		return err
	})
	for _, p := range list {
		name, _ := readPackHead(q, &p)
		if known := q.Desk.Packs(p.id, p.version); known != nil && ledger.Hash(known.Hash()) == p.hash {
			continue
		}
		file := ui.Cell{Text: q.P("settings.packs.coming", nil)}
		if p.here {
			file = ui.Cell{Content: face.SmallLink(face.JoinDots(p.fileName(), lang.Size(q.Lang, p.size)), "/settings/packs/elsewhere/"+p.hash.String())}
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: []ui.Cell{{Text: name, Note: p.hash.Short()}, {Text: p.version}, {Text: p.from}, {Text: lang.Number(q.Lang, p.cases)}, file}})
	}
	return t, err
}

func attachedPacks(q *face.Request, ctx context.Context, tx ledger.Tx) (list []foreignPack, err error) {
	rows, err := tx.QueryContext(ctx, `SELECT blob, MAX(size), COUNT(DISTINCT thread) FROM attached WHERE type = $1 AND erased = 0 GROUP BY blob ORDER BY COUNT(DISTINCT thread) DESC, blob LIMIT $2`,
		desk.PackType, packsShown)
	if err != nil {
		return nil, fmt.Errorf("listing packs that came with cases: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var p foreignPack
		var blob []byte
		if err := rows.Scan(&blob, &p.size, &p.cases); err != nil {
			return nil, fmt.Errorf("listing packs that came with cases: %w", err)
		}
		copy(p.hash[:], blob)
		p.here = q.Desk.Blobs.Has(p.hash)
		list = append(list, p)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return nil, fmt.Errorf("listing packs that came with cases: %w", err)
	}
	for i := range list {
		from, err := giverOf(ctx, tx, list[i].hash)
		if err != nil {
			return nil, err
		}
		list[i].from = q.HospitalName(ctx, tx, from)
	}
	return list, nil
}

// giverOf is a hospital with whose case a pack came.
func giverOf(ctx context.Context, tx ledger.Tx, pack ledger.Hash) (id ledger.HospitalID, err error) {
	var hospital []byte
	err = tx.QueryRowContext(ctx, `SELECT e.hospital FROM attached a JOIN entry e ON e.hash = a.entry WHERE a.blob = $1 AND a.type = $2 AND a.erased = 0 ORDER BY a.entry LIMIT 1`, pack[:], desk.PackType).Scan(&hospital)
	if err != nil {
		return id, fmt.Errorf("reading where a pack came from: %w", err)
	}
	copy(id[:], hospital)
	return id, nil
}

// What a pack says of itself. One from elsewhere is not loaded to show its name: it is taken for text until somebody adopts it.
var (
	packID      = regexp.MustCompile(`(?m)^id:[ \t]*["']?([a-z0-9-]{1,64})["']?[ \t]*\r?$`)
	packVersion = regexp.MustCompile(`(?m)^version:[ \t]*["']?([0-9A-Za-z.+-]{1,40})["']?[ \t]*\r?$`)
)

// readPackHead reads which pack a file is, and gives the pathway's name as it is called here.
func readPackHead(q *face.Request, p *foreignPack) (name string, err error) {
	p.id, p.version = "", ""
	if !p.here {
		return p.hash.Short(), nil
	}
	file, _, err := q.Desk.Blobs.Open(q.Context(), p.hash)
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
	return q.PathwayName(p.id), err
}

func (p foreignPack) fileName() string {
	if p.id == "" {
		return p.hash.Short() + ".yaml"
	}
	return p.id + "@" + p.version + ".yaml"
}

// packFile gives an administrator the file of a pack that came with a case, to read and to adopt. Only packs: a pack holds nothing of a patient.
func packFile(q *face.Request) error {
	if err := q.Need(access.Administer); err != nil {
		return err
	}
	hash, err := ledger.ParseHash(q.PathValue("hash"))
	if err != nil {
		return desk.ErrNotHere
	}
	pack := false
	if err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		f, err := q.Desk.Door.Threads.File(ctx, tx, q.Desk.Book, hash)
		pack = f.Pack()
		return err
	}); err != nil {
		return err
	}
	if !pack || !q.Desk.Blobs.Has(hash) {
		return desk.ErrNotHere
	}
	p := foreignPack{hash: hash, here: true}
	if _, err := readPackHead(q, &p); err != nil {
		return err
	}
	file, size, err := q.Desk.Blobs.Open(q.Context(), hash)
	if err != nil {
		return err
	}
	defer file.Close()
	q.W.Header().Set("Content-Type", "text/plain; charset=utf-8")
	q.W.Header().Set("Content-Disposition", `attachment; filename="`+p.fileName()+`"`)
	q.W.Header().Set("Content-Length", strconv.FormatInt(size, 10))
	q.W.WriteHeader(http.StatusOK)
	_, err = io.Copy(q.W, file)
	return err
}
