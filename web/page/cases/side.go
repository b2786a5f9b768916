package cases

import (
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/imaging/manifest"
	"consilium/lang"
	"consilium/pathway"
	"consilium/web/face"
	"consilium/web/saying/attach"
	"consilium/web/ui"
)

func consents(v *face.Case) (list []ui.ConsentView) {
	states := map[access.Answer]ui.ConsentState{access.Granted: ui.ConsentGranted, access.Refused: ui.ConsentNotShared, access.Withdrawn: ui.ConsentWithdrawn, access.Unasked: ui.ConsentOpen}
	for _, s := range v.Consent.All() {
		list = append(list, ui.ConsentView{Scope: v.Q.Text(s.Scope.Name()), State: states[s.Answer]})
	}
	return list
}

func fileItems(v *face.Case, most int) (list []ui.ListItem) {
	for _, f := range files(v) {
		if len(list) == most {
			break
		}
		if f.Type == manifest.Type || f.Type == manifest.PackType {
			continue // the panel of images shows them
		}
		item := ui.ListItem{Icon: fileIcon(f.Type), Text: fileName(v, f.BlobRef), Note: face.JoinDots(typeName(v.Q, f.Type), sizeOf(v.Q, v.Q.Desk.Length(v.Q.Context(), f.BlobRef))), End: v.Q.Day(f.At)}
		switch {
		case f.Sealed:
			item.Icon, item.Note = "lock", v.Q.P("case.files.sealed", nil)
		case !f.Here:
			item.Chips = []ui.ChipView{{Text: v.Q.P("case.files.coming", nil), Sort: ui.Warn}}
		default:
			item.URL = v.Path("files", f.Hash.String())
		}
		list = append(list, item)
	}
	return list
}

func fileIcon(kind string) string {
	if kind == attach.TypeDICOM || strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "video/") {
		return "image"
	}
	return "document"
}

func sizeOf(q *face.Request, n int64) string { return lang.Size(q.Lang, n) }

func typeName(q *face.Request, t string) string {
	switch t {
	case attach.TypeDICOM:
		return "DICOM"
	case attach.TypeZip:
		return "ZIP"
	case desk.PackType:
		return q.P("case.files.pack", nil)
	case attach.TypeSealed:
		return q.P("case.files.sealed", nil)
	}
	if strings.HasPrefix(t, "image/") || t == "application/pdf" {
		return strings.ToUpper(strings.TrimPrefix(strings.TrimPrefix(t, "image/"), "application/"))
	}
	return t
}

func scopeName(q *face.Request, scope string) string {
	if s := access.Scope(scope); s.Known() {
		return q.Text(s.Name())
	}
	return q.P("case.files.asthread", nil)
}

// fieldOf finds a variable of the pack as its forms show it.
func fieldOf(v *face.Case, id string) (pathway.Field, bool) {
	if v.Pack == nil {
		return pathway.Field{}, false
	}
	for _, form := range v.Pack.Forms {
		for _, f := range form.AllFields() {
			if f.ID == id {
				return f, true
			}
		}
	}
	return pathway.Field{}, false
}
