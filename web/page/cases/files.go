package cases

import (
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/ui"
)

// attachedFile is a file of the case, with the entry that attached it.
type attachedFile struct {
	ledger.BlobRef
	Entry ledger.Hash
	By    ledger.HospitalID
	At    time.Time
	Here  bool // its bytes are at this node
}

// files are the attached files of a case, those of erased entries left out, the newest first.
func files(v *face.Case) (list []attachedFile) {
	for _, s := range v.Log.Said {
		if s.Content == nil || s.Erased {
			continue
		}
		for _, b := range s.Content.Blobs {
			if b.Type == desk.PackType || b.Sealed && (b.Scope == "" || b.Scope == string(access.Identity)) {
				continue // the pathway's pack and the sealed identity are nobody's images and files
			}
			list = append(list, attachedFile{b, s.Hash, s.Hospital, s.Time, v.Q.Desk.Blobs.Has(b.Hash)})
		}
	}
	slices.Reverse(list)
	return list
}

// fileDownload gives a file of the case to somebody who may see the case.
func fileDownload(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	for _, f := range files(v) {
		if f.Hash.String() != q.PathValue("hash") || !f.Here || f.Sealed {
			continue
		}
		shown, err := q.Desk.Shows(q.Context(), v.Thread, f.Hash)
		if err != nil {
			return err
		}
		if shown {
			return serveFile(q, f)
		}
	}
	return desk.ErrNotHere
}

// shown are the types that a browser may show as they are; all others are only kept.
var shown = []string{"image/png", "image/jpeg", "image/webp", "image/gif"}

func serveFile(q *face.Request, f attachedFile) error {
	r, _, err := q.Desk.Blobs.Open(q.Context(), f.Hash)
	if err != nil {
		return fmt.Errorf("opening file %s: %w", f.Hash.Short(), err)
	}
	defer r.Close()
	how, kind := "attachment", f.Type
	if slices.Contains(shown, f.Type) {
		how = "inline"
	} else if _, _, err := mime.ParseMediaType(kind); err != nil || strings.HasPrefix(kind, "text/html") || strings.Contains(kind, "xml") {
		kind = "application/octet-stream"
	}
	name := f.Label
	if name == "" {
		name = f.Hash.Short()
	}
	q.W.Header().Set("Content-Type", kind)
	q.W.Header().Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": name}))
	q.W.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	http.ServeContent(q.W, q.Request, "", time.Time{}, r)
	return nil
}

// filesPage lists the files of a case.
func filesPage(q *face.Request) error {
	v, err := q.OpenedCase()
	if err != nil {
		return err
	}
	table := ui.TableView{Caption: q.P("case.files.title", nil), Columns: []ui.Column{{Label: q.P("case.files.name", nil)}, {Label: q.P("case.files.type", nil)},
		{Label: q.P("case.files.size", nil), Numeric: true}, {Label: q.P("case.files.from", nil)}, {Label: q.P("case.files.scope", nil)}}}
	for _, f := range files(v) {
		row := ui.TableRow{Cells: []ui.Cell{{Text: fileName(v, f.BlobRef), Note: q.Moment(f.At)}, {Text: typeName(q, f.Type)}, {Text: sizeOf(q, q.Desk.Length(q.Context(), f.BlobRef))},
			{Text: v.Name(f.By)}, {Text: scopeName(q, f.Scope)}}}
		switch {
		case f.Sealed:
			row.Cells[1].Chips = []ui.ChipView{{Text: q.P("case.files.sealed", nil), Sort: ui.Line, Icon: "lock"}}
		case !f.Here:
			row.Cells[1].Chips = []ui.ChipView{{Text: q.P("case.files.coming", nil), Sort: ui.Warn, Icon: "clock"}}
		default:
			row.URL = v.Path("files", f.Hash.String())
		}
		table.Rows = append(table.Rows, row)
	}
	d := q.Data(q.P("case.files.title", nil), "cases")
	var add ui.ButtonView
	if v.May(access.Say) && v.Closed == nil {
		add = ui.ButtonView{Label: q.P("case.kind.imaging", nil), URL: v.Path("say", "imaging"), Icon: "plus"}
	}
	return q.Show(d, face.ListContent(v.HeadOf(q.P("case.files.title", nil)), table, ui.EmptyView{Icon: "image", Title: q.P("case.files.empty", nil), Text: q.P("case.files.teach", nil)}, add))
}

func fileName(v *face.Case, b ledger.BlobRef) string {
	if b.Label != "" && !b.Sealed {
		return b.Label
	}
	return v.Q.P("case.files.unnamed", map[string]any{"short": b.Hash.Short()})
}
