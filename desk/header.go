package desk

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"consilium/casebook"
	"consilium/imaging/dicom"
	"consilium/lang"
	"consilium/ledger"
)

// header is what the images of one entry say of themselves, each thing in the order in which it was met first.
type header struct {
	modalities []string       // codes of casebook.Modalities
	images     map[string]int // of each
	days       []string       // of the study, then of series and acquisition
	parts      []string       // of the body
}

// modalityCodes translate modalities (PS3.3 section C.7.3.1.1.1) into those of an entry. Others are no images, or "other".
var modalityCodes = map[string]string{"MR": "mr", "CT": "ct", "CR": "xray", "DX": "xray", "RG": "xray", "RF": "xray", "MG": "xray", "PX": "xray", "IO": "xray",
	"US": "us", "IVUS": "us", "PT": "pet", "XA": "angio"}

// ModalityCode is the entry's code for a modality of DICOM.
func ModalityCode(modality string) string {
	return cmp.Or(modalityCodes[strings.ToUpper(modality)], "other")
}

const bodyPartExamined, acquisitionDate dicom.Tag = 0x00180015, 0x00080022

// read takes up one image. Of one that was de-identified before, the day is moved and says nothing.
func (h *header) read(d *dicom.Dataset, moved bool) {
	add := func(list *[]string, value string) {
		if value != "" && !slices.Contains(*list, value) {
			*list = append(*list, value)
		}
	}
	if code := ModalityCode(d.String(dicom.Modality)); code != "other" || d.Find(dicom.PixelData) != nil {
		add(&h.modalities, code)
		if h.images == nil {
			h.images = map[string]int{}
		}
		h.images[code]++
	}
	if d.Find(dicom.PixelData) != nil {
		add(&h.parts, plainWord(d.String(bodyPartExamined)))
	}
	if moved {
		return
	}
	for _, t := range []dicom.Tag{dicom.StudyDate, dicom.SeriesDate, acquisitionDate} {
		add(&h.days, dayOf(d.String(t)))
	}
}

// plainWord lets pass what a code of a part of the body is made of; free text could be a name.
func plainWord(code string) string {
	if len(code) > 16 || strings.ContainsFunc(code, func(r rune) bool { return r < 'A' || r > 'Z' }) {
		return ""
	}
	return code
}

// dayOf turns a date of DICOM into one of an entry; "" where it is none.
func dayOf(date string) string {
	if len(date) != 8 || strings.ContainsFunc(date, func(r rune) bool { return r < '0' || r > '9' }) {
		return ""
	}
	return date[:4] + "-" + date[4:6] + "-" + date[6:]
}

// fill writes into an entry what it does not say and the header does. Where both say something and they contradict each other, the entry is refused at the
// field: which of the two is wrong is for the person to tell, for it may be the wrong patient's file.
func (h *header) fill(draft ledger.Draft, says *casebook.Imaging, all bool) (ledger.Draft, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(draft.Raw(), &fields); err != nil {
		return draft, err
	}
	set := func(name string, value any) { fields[name], _ = json.Marshal(value) }
	switch {
	case says.Modality == "" && len(h.modalities) == 1:
		set("modality", h.modalities[0])
	case says.Modality == "" || h.agrees(says.Modality):
	default:
		return draft, contradiction("modality", says.Modality, h.modalities)
	}
	switch {
	case len(h.days) == 0:
	case says.Date == "":
		set("date", h.days[0])
		if draft.At == "" {
			draft.At = h.days[0]
		}
	case !slices.ContainsFunc(h.days, func(day string) bool { return strings.HasPrefix(day, says.Date) || strings.HasPrefix(says.Date, day) }):
		return draft, contradiction("date", says.Date, h.days)
	}
	if says.Description == "" && len(h.parts) > 0 {
		set("description", strings.Join(h.parts, ", "))
	}
	if all {
		set("deidentified", true)
	}
	raw, err := json.Marshal(fields)
	if err != nil {
		return draft, fmt.Errorf("writing what images say: %w", err)
	}
	draft.Says = json.RawMessage(raw)
	return draft, nil
}

// agrees tells whether a modality is one of the images'. An entry's codes are coarser than DICOM's where the header gives none of them: then any goes.
func (h *header) agrees(modality string) bool {
	return len(h.modalities) == 0 || slices.Contains(h.modalities, modality) || slices.Contains(h.modalities, "other")
}

func contradiction(field, said string, is []string) error {
	args := map[string]any{"said": said, "is": strings.Join(is, ", ")}
	if field == "modality" {
		args["said"], args["is"] = strings.ToUpper(said), strings.ToUpper(strings.Join(is, ", "))
	}
	return &FileFault{field, lang.Phrase("fault.header."+field, args)}
}
