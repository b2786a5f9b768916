package casebook

import (
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// Finding is a filled-in form about the patient: examination, scale, test, history.
type Finding struct {
	Form   string         `json:"form,omitempty"` // form of the pack
	Values pathway.Values `json:"values,omitempty"`
	Note   string         `json:"note,omitempty"`
	Holds  []string       `json:"holds,omitempty"` // what of the packet the attachments are: "report", "pathology", "consent"

	Confirmed Confirmed `json:"confirmed,omitzero"`
}

// Check is the form of the body.
func (n *Finding) Check() error {
	var c record.Checks
	n.Confirmed.check(&c)
	c.Need(len(n.Values) > 0 || n.Note != "" || len(n.Holds) > 0, "note", "case.unfit.finding")
	c.Need(len(n.Values) == 0 || n.Form != "", "form", "case.unfit.form")
	c.Text("note", n.Note, false)
	return c.Err()
}

// KindFinding records what is known about the patient.
const KindFinding = "case.finding"

var findingEntry = record.Declare(KindFinding, record.Meaning[*folding, Finding]{
	Doc:     "A filled-in form about the patient. `values` are answers of the pack's form; decimals are text, a missing value says why. `holds` says which items of the referral packet the attachments are: report, pathology, consent.",
	Example: `{"form":"examination","values":{"smc":3,"pta":"21.5","emg":{"missing":"not_done"}},"note":"Worse when tired."}`,
	Roles:   everyone,
	Rule: func(_ *folding, a record.Said[Finding]) []record.Mark {
		return record.When(len(a.Says.Holds) > 0 && len(a.Blobs) == 0, "image-none")
	},
	Fold: func(f *folding, a record.Said[Finding]) {
		f.c.Findings = append(f.c.Findings, a)
		f.held = append(f.held, a.Says.Holds...)
		f.answers(a.Entry, a.When, a.Says.Values)
		f.confirm(a.Entry, a.Says.Confirmed)
	},
	List: "findings", Told: findingTold,
	Words: func(a record.Said[Finding]) record.Words {
		return record.Titled("case.told.finding", nil, record.Written(a.Says.Note)...)
	},

	Start: startFinding,
	Verb:  "refer",
	Form: record.Form[*folding]{PackOf: findingForm, PackFirst: true, Attach: true, At: record.AskAt, Asks: []record.Ask[*folding]{
		{Name: "note", Sort: record.Long},
		{Name: "holds", Sort: record.Codes, Options: holdOptions},
	}},
})

// startFinding begins with what is known where a form is about what must not be overlooked: it is brought up to date, not asked anew.
func startFinding(f *folding, a *record.Asking) (n Finding) {
	form := formOf(a, findingForm(f, a))
	if form == nil || form.ID != "safety" {
		return n
	}
	n.Values = pathway.Values{}
	for _, q := range form.AllFields() {
		if known, ok := f.c.Latest[q.ID]; ok {
			n.Values[q.ID] = known.Value
		}
	}
	return n
}

// Imaging says that images of one examination are attached.
type Imaging struct {
	Modality     string   `json:"modality"` // "mr", "ct", "xray", "us", "pet", "angio", "video", "other"
	Description  string   `json:"description,omitempty"`
	Date         string   `json:"date,omitempty"`  // of the examination
	Moved        bool     `json:"moved,omitzero"`  // the date was moved, like those of the images, so that nobody learns the day
	Deidentified bool     `json:"deidentified"`    // by the DICOM PS3.15 profile
	Count        int64    `json:"count,omitzero"`  // images
	Holds        []string `json:"holds,omitempty"` // what of the packet it is, where not "dicom"
	Looked       bool     `json:"looked,omitzero"` // somebody has looked at images that may show text, and none of it names the patient
}

// Modalities are the codes of how images are made.
var Modalities = []string{"mr", "ct", "xray", "us", "pet", "angio", "video", "other"}

// Check is the form of the body.
func (i *Imaging) Check() error {
	var c record.Checks
	c.Code("modality", i.Modality, Modalities...)
	c.Text("description", i.Description, false)
	c.Date("date", i.Date, false)
	c.Need(i.Count >= 0, "count", "case.unfit.count")
	return c.Err()
}

// KindImaging attaches images.
const KindImaging = "case.imaging"

var imagingEntry = record.Declare(KindImaging, record.Meaning[*folding, Imaging]{
	Doc: "Images of one examination, attached as blobs with scope `images` (or `recording`); sealed unless they were de-identified. DICOM files are de-identified as they are attached, and modality, date and description may be left to their header; " +
		"`looked`: somebody looked at images that may show text, and none of it names the patient; `moved`: the date was moved by some weeks or years, like those in the images. Modalities: mr, ct, xray, us, pet, angio, video, other.",
	Example: `{"modality":"mr","description":"3D-TOF and CISS, 0.6 mm","date":"2026-02-20","deidentified":true,"count":352}`,
	Roles:   recorders,
	Rule: func(_ *folding, a record.Said[Imaging]) (marks []record.Mark) {
		scope, named := false, false
		for _, b := range a.Blobs {
			scope = scope || b.Scope != scopeImages && b.Scope != scopeRecording
			named = named || !a.Says.Deidentified && !b.Sealed
		}
		return append(record.When(scope, "image-scope"), record.When(named, "image-named")...)
	},
	Fold: func(f *folding, a record.Said[Imaging]) {
		f.c.Imaging = append(f.c.Imaging, a)
		switch {
		case len(a.Blobs) == 0:
		case len(a.Says.Holds) > 0:
			f.held = append(f.held, a.Says.Holds...)
		default:
			f.held = append(f.held, "dicom")
		}
	},
	Date: func(b Imaging) string { return b.Date },
	Words: func(a record.Said[Imaging]) record.Words {
		lines := record.Written(a.Says.Description)
		if a.Says.Count > 0 {
			lines = append(lines, lang.Phrase("case.line.images", map[string]any{"count": a.Says.Count}))
		}
		if a.Says.Moved {
			lines = append(lines, lang.Phrase("case.line.moved", nil))
		}
		return record.Titled("case.told.imaging", map[string]any{"modality": lang.Named("case.modality", a.Says.Modality)}, lines...)
	},

	Verb: "refer",
	Form: record.Form[*folding]{Files: true, Attach: true, Scope: scopeImages, At: "date", Finish: finishImaging, Asks: []record.Ask[*folding]{
		{Name: "modality", Sort: record.Code, Codes: Modalities, List: "case.modality"}, // empty: as the images' header says
		{Name: "date", Sort: record.Date},
		{Name: "description", Sort: record.Text},
		{Name: "count", Sort: record.Integer},
		{Name: "deidentified", Sort: record.Tick, Needed: true},
		{Name: "looked", Sort: record.Tick},
	}},
})

// finishImaging counts what is attached and says what of the packet it is: a photo of film is not what a packet means by images.
func finishImaging(_ *folding, a *record.Asking, says record.Body) {
	if a.Target != nil {
		return
	}
	if says["count"] == nil && len(a.Blobs) > 0 {
		says["count"] = len(a.Blobs)
	}
	if len(a.Blobs) == 0 {
		a.Fault("_files", "case.fault.files", nil)
	}
	if says.Text("modality") == "" && !slices.ContainsFunc(a.Blobs, func(b ledger.BlobRef) bool { return b.Type == "application/dicom" }) {
		a.Fault("modality", "case.fault.needed", nil)
	}
	switch {
	case says.Text("modality") == "video":
		says["holds"] = []string{"video"}
		for i := range a.Blobs {
			a.Blobs[i].Scope = scopeRecording
		}
	case !slices.ContainsFunc(a.Blobs, func(b ledger.BlobRef) bool { return b.Type == "application/dicom" || b.Type == "application/zip" }):
		says["holds"] = []string{"picture"}
	}
}
