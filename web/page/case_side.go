package page

import (
	"context"
	"strings"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/pathway"
	"consilium/web/ui"
)

// members are the hospitals that take part and how much of the case each has.
func (v *caseView) members() (list []ui.ListItem, proof string, err error) {
	q := v.q
	holds := map[ledger.HospitalID]network.Holder{}
	err = q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		holders, err := network.WhoHas(ctx, tx, v.Thread)
		for _, h := range holders {
			holds[h.Hospital] = h
		}
		return err
	})
	others, all := 0, 0
	for _, h := range v.lanes {
		look := v.hospital(h)
		item := ui.ListItem{Hospital: &look, Text: v.name(h), End: v.standing(h)}
		state := v.log.Roster.State(h)
		if h != q.s.ID && (state == ledger.Joined || state == ledger.Invited) {
			others++
			holder, known := holds[h]
			switch {
			case known && holder.All:
				all++
				item.Note = q.p("case.holds.all", nil)
			case known:
				item.Note = q.p("case.holds.some", map[string]any{"count": holder.Entries, "when": q.day(holder.At)})
			default:
				item.Note = q.p("case.holds.none", nil)
			}
			if ok, why := access.MayLeave(v.log, h); !ok {
				item.Note = q.text(why)
				item.Chips = []ui.ChipView{{Text: q.p("case.kept-here", nil), Sort: ui.Warn, Icon: "lock"}}
			}
		}
		list = append(list, item)
	}
	count := len(v.log.Said)
	switch {
	case others == 0:
		proof = q.p("case.proof.alone", map[string]any{"count": count})
	case others == all:
		proof = q.p("case.proof.same", map[string]any{"count": count})
	default:
		proof = q.p("case.proof.some", map[string]any{"count": count, "have": all, "of": others})
	}
	return list, proof, err
}

func (v *caseView) standing(h ledger.HospitalID) string {
	switch state := v.log.Roster.State(h); {
	case h == v.Steward:
		return v.q.p("case.member.custody", nil)
	case state == ledger.Joined:
		return v.q.p("case.member.joined", nil)
	case state == ledger.Invited:
		return v.q.p("case.member.invited", nil)
	case state == ledger.Left:
		return v.q.p("case.member.left", nil)
	case state == ledger.Removed:
		return v.q.p("case.member.removed", nil)
	}
	return ""
}

func (v *caseView) consents() (list []ui.ConsentView) {
	states := map[access.Answer]ui.ConsentState{access.Granted: ui.ConsentGranted, access.Refused: ui.ConsentNotShared, access.Withdrawn: ui.ConsentWithdrawn, access.Unasked: ui.ConsentOpen}
	for _, s := range v.Consent.All() {
		list = append(list, ui.ConsentView{Scope: v.q.text(s.Scope.Name()), State: states[s.Answer]})
	}
	return list
}

func (v *caseView) fileItems(most int) (list []ui.ListItem) {
	for _, f := range v.files() {
		if len(list) == most {
			break
		}
		item := ui.ListItem{Icon: fileIcon(f.Type), Text: v.fileName(f.BlobRef), Note: joinDots(typeName(v.q, f.Type), sizeOf(v.q, f.Size)), End: v.q.day(f.At)}
		switch {
		case f.Sealed:
			item.Icon, item.Note = "lock", v.q.p("case.files.sealed", nil)
		case !f.Here:
			item.Chips = []ui.ChipView{{Text: v.q.p("case.files.coming", nil), Sort: ui.Warn}}
		default:
			item.URL = v.path("files", f.Hash.String())
		}
		list = append(list, item)
	}
	return list
}

func fileIcon(kind string) string {
	if kind == typeDICOM || strings.HasPrefix(kind, "image/") || strings.HasPrefix(kind, "video/") {
		return "image"
	}
	return "document"
}

func sizeOf(q *request, n int64) string { return lang.Size(q.lang, n) }

func typeName(q *request, t string) string {
	switch t {
	case typeDICOM:
		return "DICOM"
	case typeZip:
		return "ZIP"
	case desk.PackType:
		return q.p("case.files.pack", nil)
	case typeSealed:
		return q.p("case.files.sealed", nil)
	}
	if strings.HasPrefix(t, "image/") || t == "application/pdf" {
		return strings.ToUpper(strings.TrimPrefix(strings.TrimPrefix(t, "image/"), "application/"))
	}
	return t
}

func scopeName(q *request, scope string) string {
	if s := access.Scope(scope); s.Known() {
		return q.text(s.Name())
	}
	return q.p("case.files.asthread", nil)
}

// field finds a variable of the pack as its forms show it.
func (v *caseView) field(id string) (pathway.Field, bool) {
	if v.pack == nil {
		return pathway.Field{}, false
	}
	for _, form := range v.pack.Forms {
		for _, f := range form.AllFields() {
			if f.ID == id {
				return f, true
			}
		}
	}
	return pathway.Field{}, false
}
