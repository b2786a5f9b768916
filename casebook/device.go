package casebook

import (
	"encoding/hex"
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// Device is a file for print that was made for this patient: a cutting guide, or a model of the bone. Who says it designed it, and signs that with it; the file is attached.
type Device struct {
	Sort     string       `json:"sort"`     // one of DeviceSorts
	File     string       `json:"file"`     // SHA-256 of the file for print, which the entry attaches: what both signatures stand for
	Engraved string       `json:"engraved"` // what stands on it: the case's number, and the side by its letter
	Side     string       `json:"side,omitempty"`
	Planes   []PlaneAngle `json:"planes,omitempty"` // that its slots lie on, as planned
	Checked  []string     `json:"checked"`          // what was measured on the finished mesh, a line each
	Note     string       `json:"note,omitempty"`
}

// PlaneAngle is a cut with its angle in degrees, as decimal text.
type PlaneAngle struct {
	Plane string `json:"plane"`
	Angle string `json:"angle"`
}

// DeviceSorts are what is printed for a patient.
var DeviceSorts = []string{"guide", "model"}

// mostPlanes bounds the cuts of a device, and mostChecked the lines of its checks.
const mostPlanes, mostChecked = 26, 60

// Engraving is what is engraved into everything that is printed for a case: its number, and the side by its letter.
func Engraving(thread ledger.ThreadID, side string) string {
	letters := map[string]string{"left": " L", "right": " R", "bilateral": " B"}
	return Number(thread) + letters[side]
}

// Check is the form of the body.
func (d *Device) Check() error {
	var c record.Checks
	c.Code("sort", d.Sort, DeviceSorts...)
	raw, err := hex.DecodeString(d.File)
	c.Need(err == nil && len(raw) == len(ledger.Hash{}) && strings.ToLower(d.File) == d.File, "file", "case.unfit.device-file")
	c.Text("engraved", d.Engraved, true)
	c.Short("engraved", d.Engraved, 40)
	c.MayCode("side", d.Side, Sides...)
	c.Need(len(d.Planes) <= mostPlanes, "planes", "case.unfit.device-planes")
	for _, p := range d.Planes {
		c.Text("planes", p.Plane, true)
		c.Need(isDegrees(p.Angle), "planes", "case.unfit.degrees")
	}
	c.Need(len(d.Checked) > 0 && len(d.Checked) <= mostChecked, "checked", "case.unfit.device-checked")
	for _, line := range d.Checked {
		c.Short("checked", line, 400)
	}
	c.Text("note", d.Note, false)
	return c.Err()
}

// deviceWords is where the words of these kinds stand in the phrase files.
const deviceWords = "case.entry.device"

// KindDevice offers a file for print for release.
const KindDevice = "case.device"

var deviceEntry = record.Declare(KindDevice, record.Meaning[*folding, Device]{
	Doc: "A file for print that was made for this patient: a cutting guide or a model. Whoever says it designed it and signs that with it; a surgeon, another person, releases it with `case.device-signed`. " +
		"`file` is the SHA-256 of the attached file, `engraved` the case's number and the letter of its side. Refs name the plan of the case that it is for, where there is one. A new one replaces the one before of its sort. Sorts: guide, model.",
	Example: `{"sort":"guide","file":"5be109c40d6c4b6f0f4f3b0d8f1a2b3c4d5e6f708192a3b4c5d6e7f8a3f277d0","engraved":"4CD930 R","side":"right","planes":[{"plane":"A","angle":"15.0"}],"checked":["watertight: 0 open, 0 non-manifold"]}`,
	Roles:   team,
	Rule: func(f *folding, a record.Said[Device]) []record.Mark {
		attached := slices.ContainsFunc(a.Blobs, func(b ledger.BlobRef) bool { return b.Hash.String() == a.Says.File && !b.Sealed })
		marks := record.When(a.Read && !attached, "device-file", "file")
		marks = append(marks, record.When(a.Read && (a.Says.Side != f.c.Side || a.Says.Engraved != Engraving(f.c.Thread, f.c.Side)), "device-engraved", "engraved")...)
		return append(marks, record.When(!slices.Equal(a.Refs, f.c.headHashes()), "device-plan")...)
	},
	Fold: func(f *folding, a record.Said[Device]) {
		f.devices[a.Hash] = len(f.c.Devices)
		f.c.Devices = append(f.c.Devices, MadeDevice{Said: a, Changed: f.ChangedAt(a.Hash) != record.Never, Odd: len(a.Marks) > 0})
	},
	List: "devices",
	Words: func(a record.Said[Device]) record.Words {
		title := map[string]any{"sort": lang.Named(deviceWords+".sorts", a.Says.Sort), "engraved": a.Says.Engraved}
		lines := []lang.Text{lang.Phrase(deviceWords+".file", map[string]any{"sum": shortHash(a.Says.File)})}
		for _, p := range a.Says.Planes {
			lines = append(lines, lang.Phrase(deviceWords+".plane", map[string]any{"plane": p.Plane, "angle": p.Angle}))
		}
		return record.Titled(deviceWords+".told", title, append(lines, record.Written(a.Says.Note)...)...)
	},

	Verb: "rehearse", Component: "lab",
	Offer: func(f *folding, _ *record.Asking) ([]ledger.Hash, bool) {
		return f.c.headHashes(), slices.ContainsFunc(f.c.Imaging, func(i record.Said[Imaging]) bool { return len(i.Blobs) > 0 })
	},
})

// shortHash is the beginning and the end of a hash, as people compare it.
func shortHash(h string) string {
	if len(h) < 16 {
		return h
	}
	return h[:8] + " … " + h[len(h)-8:]
}

// DeviceSigned is a surgeon's answer to a device: released for print, or sent back.
type DeviceSigned struct {
	Answer string `json:"answer"` // one of DeviceAnswers
	Note   string `json:"note,omitempty"`
}

// DeviceAnswers are what a surgeon may say to a device.
var DeviceAnswers = []string{"release", "return"}

// Check is the form of the body.
func (s *DeviceSigned) Check() error {
	var c record.Checks
	c.Code("answer", s.Answer, DeviceAnswers...)
	c.Text("note", s.Note, s.Answer == "return")
	return c.Err()
}

// KindDeviceSigned releases the device that it refers to, or sends it back.
const KindDeviceSigned = "case.device-signed"

var deviceSignedEntry = record.Declare(KindDeviceSigned, record.Meaning[*folding, DeviceSigned]{
	Doc: "Releases the device in `refs[0]` for print by its file's hash, or sends it back with a reason. It takes a surgeon who did not design it. It is refused if the device is not the newest of its sort, was corrected, answered before, " +
		"or if the side or the plan of the case changed since. Answers: release, return.",
	Example: `{"answer":"release"}`,
	Act:     record.Sign, Roles: operators, Answers: true,
	Rule: func(f *folding, a record.Said[DeviceSigned]) []record.Mark {
		i, ok := f.devices[a.Ref()]
		if !ok {
			return record.When(true, "no-device")
		}
		d := &f.c.Devices[i]
		newer := slices.ContainsFunc(f.c.Devices[i+1:], func(n MadeDevice) bool { return n.Says.Sort == d.Says.Sort })
		switch {
		case newer:
			return record.When(true, "device-replaced")
		case d.Answered != nil:
			return record.When(true, "device-answered")
		case f.ChangedAt(d.Hash) < a.Place || d.Odd || len(f.c.Stale(d)) > 0:
			return record.When(a.Says.Answer != "return", "device-changed")
		}
		return record.When(d.By.Hospital == a.By.Hospital && d.By.Person == a.By.Person, "device-own")
	},
	Fold: func(f *folding, a record.Said[DeviceSigned]) {
		if i, ok := f.devices[a.Ref()]; ok {
			f.c.Devices[i].Answered = &a
		}
	},
	List: "devices_signed",
	Words: func(a record.Said[DeviceSigned]) record.Words {
		return record.Titled("case.entry.device-signed.told-"+a.Says.Answer, nil, record.Written(a.Says.Note)...)
	},

	Component: "lab",
	Offer: func(f *folding, _ *record.Asking) ([]ledger.Hash, bool) {
		for _, d := range slices.Backward(f.c.Devices) {
			if d.Answered == nil {
				return []ledger.Hash{d.Hash}, true
			}
		}
		return nil, false
	},
})

// MadeDevice is a device and what the surgeon said to it.
type MadeDevice struct {
	record.Said[Device]
	Answered *record.Said[DeviceSigned] // nil: nobody has
	Changed  bool                       // corrected after it was said
	Odd      bool                       // it carries a mark
}

// Device is the newest device of a sort; nil where there is none.
func (c *Case) Device(sort string) *MadeDevice {
	for i := len(c.Devices) - 1; i >= 0; i-- {
		if c.Devices[i].Says.Sort == sort {
			return &c.Devices[i]
		}
	}
	return nil
}

// Released tells whether a device was released and nothing that it rests on has changed since.
func (c *Case) Released(d *MadeDevice) bool {
	return d.Answered != nil && d.Answered.Says.Answer == "release" && !d.Changed && !d.Odd && len(c.Stale(d)) == 0
}

// Stale is what changed since a device was made, by what: "side", "plan".
func (c *Case) Stale(d *MadeDevice) (what []string) {
	if d.Says.Side != c.Side || d.Says.Engraved != Engraving(c.Thread, c.Side) {
		what = append(what, "side")
	}
	if !slices.Equal(d.Refs, c.headHashes()) {
		what = append(what, "plan")
	}
	return what
}
