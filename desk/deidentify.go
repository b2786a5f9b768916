package desk

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/imaging/deid"
	"consilium/imaging/dicom"
	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

// FilesField is the field of an entry that a fault of its files is told at.
const FilesField = "blobs"

// FileFault says why a file is not attached, or what an image says against its entry.
type FileFault struct {
	field string
	text  lang.Text
}

func (f *FileFault) Error() string { return f.text.En }

// Unwrap: the entry cannot be said as it is.
func (f *FileFault) Unwrap() error { return ledger.ErrNotSayable }

// Tell is the fault as people read it.
func (f *FileFault) Tell() lang.Text { return f.text }

// Faults tell which field it is about.
func (f *FileFault) Faults() []record.Fault { return []record.Fault{{Field: f.field, Text: f.text}} }

func fileFault(why string, b ledger.BlobRef) error {
	name := b.Label
	if name == "" {
		name = b.Hash.Short()
	}
	return &FileFault{FilesField, lang.Phrase("fault.file."+why, map[string]any{"file": name})}
}

// PrepareFiles makes the files of a draft fit to leave, whoever says it and however the files came here. Type and size of each are measured. A DICOM file that
// is not sealed is de-identified for the thread, and the entry attaches the copy; the original stays where it was sent to and is attached nowhere. An archive
// of DICOM files, a file that cannot be read, and an image that may show a name and that nobody has looked at are refused with a [*FileFault]. What the header
// of an image says is written into an entry about images where the entry is silent.
func (d *Desk) PrepareFiles(ctx context.Context, draft ledger.Draft) (ledger.Draft, error) {
	if len(draft.Blobs) == 0 {
		return draft, nil
	}
	p := preparation{desk: d, draft: draft, says: imagingOf(draft)}
	p.profile = d.caseProfile(draft.Thread, p.says != nil && p.says.Looked)
	p.draft.Blobs = nil
	var err error
	if p.people, err = d.patientsOf(ctx, draft.Thread); err != nil {
		return draft, err
	}
	for _, b := range draft.Blobs {
		prepared, err := p.file(ctx, b)
		if err != nil {
			return draft, err
		}
		p.draft.Blobs = append(p.draft.Blobs, prepared)
		if prepared.Hash != b.Hash {
			p.draft.Says = named(p.draft.Raw(), b.Hash, prepared.Hash)
		}
	}
	if p.says == nil || p.images == 0 {
		return p.draft, nil
	}
	return p.header.fill(p.draft, p.says, p.unsealed == p.images)
}

// named is a body in which the answers of a form name the file that is attached in place of another.
func named(says json.RawMessage, was, is ledger.Hash) json.RawMessage {
	return bytes.ReplaceAll(says, []byte(`"`+was.String()+`"`), []byte(`"`+is.String()+`"`))
}

// imageKey makes the UIDs and dates of one thread's images: the same for all of them, others for the same patient in another case.
func (d *Desk) imageKey(thread ledger.ThreadID) []byte {
	if len(d.ImageSecret) == 0 {
		return nil // deid refuses a profile without a key
	}
	h := hmac.New(sha256.New, d.ImageSecret)
	h.Write([]byte("images of "))
	h.Write(thread[:])
	return h.Sum(nil)
}

// caseProfile is how images of a case are de-identified. Days stay: the entry tells when an examination was, so that moving them in the images would hide nothing.
func (d *Desk) caseProfile(thread ledger.ThreadID, reviewed bool) deid.Profile {
	return deid.Profile{Key: d.imageKey(thread), Dates: deid.DatesKept, CleanDescriptors: true, PatientCharacteristics: true, Reviewed: reviewed}
}

// imagingOf is what an entry about images says, nil where it is about something else or not in form, which is told later.
func imagingOf(draft ledger.Draft) *casebook.Imaging {
	if draft.Kind != casebook.KindImaging {
		return nil
	}
	says, err := ledger.Decode[casebook.Imaging](draft.Raw())
	if err != nil {
		return nil
	}
	return &says
}

// preparation is one draft on its way.
type preparation struct {
	desk             *Desk
	draft            ledger.Draft
	says             *casebook.Imaging // nil: not about images
	profile          deid.Profile
	header           header
	people           *patients
	images, unsealed int
}

func (p *preparation) file(ctx context.Context, b ledger.BlobRef) (ledger.BlobRef, error) {
	if made, err := p.desk.madeFor(ctx, p.draft.Thread, b.Hash); err != nil || made && !b.Sealed {
		return p.asMade(b), err
	}
	kept, stored, err := p.desk.Blobs.Kept.Open(ctx, b.Hash)
	if err != nil {
		return b, fmt.Errorf("the file %s is not here: %w", b.Hash.Short(), errors.Join(ErrInput, err))
	}
	defer kept.Close()
	f, size, err := unsalted(kept, stored)
	if err != nil {
		return b, err
	}
	c := look(seeking{f}, size, 0)
	b.Size, b.Type = stored, c.mediaType(b.Type)
	if b.Sealed {
		if c.media != typeAge {
			return b, fileFault("unsealed", b)
		}
		return b, nil
	}
	p.unsealed++
	switch {
	case c.packed && c.zip != nil:
		return p.series(ctx, b, c.zip)
	case c.packed, c.image != nil && isDirectory(c.image):
		return b, fileFault("packed", b)
	case b.Type != typeDICOM:
		return b, nil
	case c.broken != nil || c.image == nil:
		return b, fileFault("broken", b)
	}
	return p.image(ctx, b, c.image)
}

// asMade is a file that this node de-identified for the thread before: it goes as it is, as images.
func (p *preparation) asMade(b ledger.BlobRef) ledger.BlobRef {
	b.Scope = string(access.Images)
	return b
}

// image attaches a de-identified copy. What was de-identified for this thread before stays as it is: its dates would be moved once more.
func (p *preparation) image(ctx context.Context, b ledger.BlobRef, f *dicom.File) (ledger.BlobRef, error) {
	b = p.asImages(b)
	done := deid.Done(f.Dataset)
	p.header.read(f.Dataset, done)
	if ours, err := p.attached(ctx, b); err != nil || done && ours {
		return b, err
	}
	if err := p.meet(b, f); err != nil {
		return b, err
	}
	out, err := p.deidentify(b, f)
	if err != nil {
		return b, err
	}
	b.Label = imageLabel(out.Dataset, p.images)
	return p.put(ctx, b, out.Write)
}

// meet refuses an image of another patient. Where both may be one, a person compares them where images are filed.
func (p *preparation) meet(b ledger.BlobRef, f *dicom.File) error {
	if err := p.people.meet(0, b.Label, f.Dataset); err != nil || len(p.people.Doubts) > 0 {
		return fileFault("patient", b)
	}
	return nil
}

// asImages counts a file that is images, and asks for the consent that they need where nobody said which.
func (p *preparation) asImages(b ledger.BlobRef) ledger.BlobRef {
	p.images++
	if b.Scope == "" {
		b.Scope = string(access.Images)
	}
	return b
}

func (p *preparation) deidentify(b ledger.BlobRef, f *dicom.File) (*dicom.File, error) {
	out, _, err := p.profile.Apply(f)
	var held *deid.Held
	if errors.As(err, &held) {
		return nil, fileFault(p.heldAs(f), b)
	}
	if err != nil {
		return nil, fmt.Errorf("de-identifying an image: %w", err)
	}
	return out, nil
}

// heldAs is how it is told that an image was held back: an entry about images has a place to say that somebody looked, and for a document nobody's look is enough.
func (p *preparation) heldAs(f *dicom.File) string {
	looked := p.profile
	looked.Reviewed = true
	if _, _, err := looked.Apply(f); err != nil {
		return "document"
	}
	if p.says == nil {
		return "elsewhere"
	}
	return "held"
}

// imageLabel names an image by its de-identified header. The name of a file is often the patient's.
func imageLabel(d *dicom.Dataset, n int) string {
	words := strings.Fields(d.String(dicom.Modality) + " " + d.String(dicom.SeriesDescription))
	label := strings.Join(append(words, strconv.Itoa(n)), " ")
	if len(label) > longestLabel {
		label = strconv.Itoa(n)
	}
	return label + ".dcm"
}

// longestLabel is more than a description of a series has (PS3.5: 64 characters), in bytes of any language.
const longestLabel = 300

// attached tells whether the thread attaches the file unsealed already.
func (p *preparation) attached(ctx context.Context, b ledger.BlobRef) (already bool, err error) {
	err = p.desk.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		file, err := p.desk.Door.Threads.File(ctx, tx, p.desk.Book, b.Hash)
		for _, a := range file.Claims {
			already = already || a.Thread == p.draft.Thread && !a.Sealed && !a.Erased && file.Shown(a.Thread)
		}
		return err
	})
	return already, err
}

// put keeps what was made of a file in its place.
func (p *preparation) put(ctx context.Context, b ledger.BlobRef, write func(io.Writer) error) (ledger.BlobRef, error) {
	r, w := io.Pipe()
	defer r.Close()
	go func() { w.CloseWithError(write(w)) }()
	var err error
	if b.Hash, b.Size, err = p.desk.Blobs.Put(ctx, r, mostMade); err != nil {
		return b, fmt.Errorf("keeping de-identified images: %w", err)
	}
	return b, nil
}

// mostMade bounds what is made of one file: 16 GiB, twice what can be sent.
const mostMade = 16 << 30

// Seeking reads at offsets from a file that can only seek, for one reader at a time.
func Seeking(f io.ReadSeeker) io.ReaderAt { return seeking{f} }

// seeking reads at an offset from a file that can only seek. It is one reader's.
type seeking struct{ io.ReadSeeker }

func (s seeking) ReadAt(b []byte, at int64) (int, error) {
	if _, err := s.Seek(at, io.SeekStart); err != nil {
		return 0, err
	}
	n, err := io.ReadFull(s.ReadSeeker, b)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}
