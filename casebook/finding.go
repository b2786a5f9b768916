package casebook

import (
	"strconv"

	"consilium/lang"
	"consilium/pathway"
)

// Finding is a filled-in form about the patient: examination, scale, test, history.
type Finding struct {
	Form   string         `json:"form,omitempty"` // form of the pack
	Values pathway.Values `json:"values,omitempty"`
	Note   string         `json:"note,omitempty"`
	Holds  []string       `json:"holds,omitempty"` // what of the packet the attachments are: "report", "pathology", "consent"
}

// Check is the form of the body.
func (n *Finding) Check() error {
	var c checks
	c.need(len(n.Values) > 0 || n.Note != "" || len(n.Holds) > 0, "a finding has answers, a note or attachments")
	c.need(len(n.Values) == 0 || n.Form != "", "answers name the form that they belong to")
	c.text("note", n.Note, false)
	return c.err
}

// KindFinding records what is known about the patient.
var KindFinding = define("case.finding", meaning[Finding]{
	roles: everyone,
	rule: func(_ *folding, a said[Finding]) []Mark {
		return when(len(a.says.Holds) > 0 && len(a.blobs) == 0, "image-none")
	},
	values: func(n Finding) (string, pathway.Values) { return n.Form, n.Values },
	fold: func(f *folding, a said[Finding]) {
		f.c.Findings = append(f.c.Findings, a.keep())
		f.c.hold(a.says.Holds)
		f.answers(a.entry, a.when, a.says.Values)
	},
	words: func(a said[Finding]) words {
		return words{lang.Text{En: "Finding", Zh: "检查与评估"}, lines(a.says.Note)}
	},
})

// Imaging says that images of one examination are attached.
type Imaging struct {
	Modality     string   `json:"modality"` // "mr", "ct", "xray", "us", "pet", "angio", "video", "other"
	Description  string   `json:"description,omitempty"`
	Date         string   `json:"date,omitempty"`  // of the examination
	Deidentified bool     `json:"deidentified"`    // by the DICOM PS3.15 profile
	Count        int64    `json:"count,omitzero"`  // images
	Holds        []string `json:"holds,omitempty"` // what of the packet it is, where not "dicom"
}

// Check is the form of the body.
func (i *Imaging) Check() error {
	var c checks
	c.code("modality", i.Modality, "mr", "ct", "xray", "us", "pet", "angio", "video", "other")
	c.text("description", i.Description, false)
	c.date("date", i.Date, false)
	c.need(i.Count >= 0, "count is not below 0")
	return c.err
}

// KindImaging attaches images.
var KindImaging = define("case.imaging", meaning[Imaging]{
	roles: recorders,
	rule: func(_ *folding, a said[Imaging]) (marks []Mark) {
		scope, named := false, false
		for _, b := range a.blobs {
			scope = scope || b.Scope != scopeImages && b.Scope != scopeRecording
			named = named || !a.says.Deidentified && !b.Sealed
		}
		return append(when(scope, "image-scope"), when(named, "image-named")...)
	},
	fold: func(f *folding, a said[Imaging]) {
		f.c.Imaging = append(f.c.Imaging, a.keep())
		switch {
		case len(a.blobs) == 0:
		case len(a.says.Holds) > 0:
			f.c.hold(a.says.Holds)
		default:
			f.c.hold([]string{"dicom"})
		}
	},
	date: func(b Imaging) string { return b.Date },
	words: func(a said[Imaging]) words {
		w := words{title: lang.Text{En: "Images: " + modalities[a.says.Modality].En, Zh: "影像：" + modalities[a.says.Modality].Zh}}
		w.lines = lines(a.says.Description)
		if a.says.Count > 0 {
			n := strconv.FormatInt(a.says.Count, 10)
			w.lines = append(w.lines, lang.Text{En: n + " images", Zh: n + " 幅"})
		}
		return w
	},
})

var modalities = map[string]lang.Text{
	"mr": {En: "MRI", Zh: "磁共振"}, "ct": {En: "CT", Zh: "CT"}, "xray": {En: "plain film", Zh: "X线片"}, "us": {En: "ultrasound", Zh: "超声"},
	"pet": {En: "PET-CT", Zh: "PET-CT"}, "angio": {En: "angiography", Zh: "血管造影"}, "video": {En: "video", Zh: "视频"}, "other": {En: "other", Zh: "其他"},
}

// lines are texts that a person wrote, as they are in both languages; empty ones are left out.
func lines(texts ...string) []lang.Text {
	var list []lang.Text
	for _, t := range texts {
		if t != "" {
			list = append(list, lang.Same(t))
		}
	}
	return list
}
