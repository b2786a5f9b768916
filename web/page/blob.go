package page

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
	"unicode"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/ui"
)

// Media types that the program names by content.
const (
	typeDICOM  = "application/dicom"
	typeZip    = "application/zip"
	typeSealed = "application/age"
)

// maxFiles is how many files one entry can hold.
const maxFiles = ledger.MaxBlobs

// keptFile is a file of a form that is on disk already, while the form is still being put right.
type keptFile struct {
	Ref      ledger.BlobRef
	Variable string // of the pack that it answers
}

// takeFiles puts the files of a form on disk: those that came with it, and those that came with an earlier try.
func (e *saying) takeFiles() error {
	for _, token := range e.in["_kept"] {
		if k, ok := e.q.openKept(token); ok {
			e.keep(k)
		}
	}
	if e.q.MultipartForm == nil || e.kind.files == "-" {
		return nil
	}
	for name, headers := range e.q.MultipartForm.File {
		variable, _ := strings.CutPrefix(name, "v.")
		if variable == name {
			variable = ""
		}
		for _, h := range headers {
			if h.Size == 0 && h.Filename == "" {
				continue
			}
			if len(e.blobs) == maxFiles {
				e.fault("_files", "case.fault.toomany")
				return nil
			}
			ref, err := e.q.putFile(h)
			if err != nil {
				return err
			}
			ref.Scope = e.scopeOf(ref)
			e.keep(keptFile{ref, variable})
		}
	}
	return nil
}

// scopeOf is the consent that a file needs to leave: what its kind says, and otherwise by what it is. A signed paper names the patient.
func (e *saying) scopeOf(ref ledger.BlobRef) string {
	switch {
	case e.kind.files != "":
		return e.kind.files
	case slices.Contains(e.in["holds"], "consent"):
		return string(access.Identity)
	case strings.HasPrefix(ref.Type, "video/"), strings.HasPrefix(ref.Type, "audio/"):
		return string(access.Recording)
	case strings.HasPrefix(ref.Type, "image/"), ref.Type == typeDICOM:
		return string(access.Images)
	}
	return ""
}

func (e *saying) keep(k keptFile) {
	if slices.ContainsFunc(e.blobs, func(b ledger.BlobRef) bool { return b.Hash == k.Ref.Hash }) {
		return
	}
	e.blobs = append(e.blobs, k.Ref)
	if k.Variable != "" {
		e.media[k.Variable] = append(e.media[k.Variable], k.Ref.Hash.String())
	}
}

// putFile keeps one file and names its type by its content, not by what the browser says.
func (q *request) putFile(h *multipart.FileHeader) (ref ledger.BlobRef, err error) {
	f, err := h.Open()
	if err != nil {
		return ref, errors.Join(desk.ErrInput, err)
	}
	defer f.Close()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return ref, errors.Join(desk.ErrInput, err)
	}
	hash, size, err := q.s.Blobs.Put(q.Context(), io.MultiReader(bytes.NewReader(head[:n]), f), maxUpload)
	if err != nil {
		return ref, fmt.Errorf("keeping the file: %w", err)
	}
	return ledger.BlobRef{Hash: hash, Size: size, Type: mediaType(head[:n]), Label: fileLabel(h.Filename)}, nil
}

// mediaType names what a file is.
func mediaType(head []byte) string {
	if len(head) >= 132 && string(head[128:132]) == "DICM" {
		return typeDICOM
	}
	t, _, err := mime.ParseMediaType(http.DetectContentType(head))
	if err != nil {
		return "application/octet-stream"
	}
	return t
}

// fileLabel is the name of a file as people call it, without its folder.
func fileLabel(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	if r := []rune(name); len(r) > 120 {
		name = string(r[len(r)-120:])
	}
	return name
}

// keptFiles are the files so far, as hidden fields that nobody else can make: a hash alone gives no right to a file.
func (e *saying) keptFiles() (list []string) {
	of := map[string]string{}
	for variable, hashes := range e.media {
		for _, h := range hashes {
			of[h] = variable
		}
	}
	for _, b := range e.blobs {
		raw := rawJSON(keptFile{b, of[b.Hash.String()]})
		list = append(list, base64.RawURLEncoding.EncodeToString(raw)+"."+e.q.mark(raw))
	}
	return list
}

func (q *request) openKept(token string) (k keptFile, ok bool) {
	text, mark, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || !hmac.Equal([]byte(mark), []byte(q.mark(raw))) || json.Unmarshal(raw, &k) != nil {
		return k, false
	}
	return k, q.s.Blobs.Has(k.Ref.Hash)
}

// mark proves that this node gave something to this person.
func (q *request) mark(raw []byte) string {
	sum := hmac.New(sha256.New, q.s.secret[:])
	io.WriteString(sum, "file "+string(q.caller.Person)+" ")
	sum.Write(raw)
	return base64.RawURLEncoding.EncodeToString(sum.Sum(nil))
}

// attachedFile is a file of the case, with the entry that attached it.
type attachedFile struct {
	ledger.BlobRef
	Entry ledger.Hash
	By    ledger.HospitalID
	At    time.Time
	Here  bool // its bytes are at this node
}

// files are the attached files of a case, those of erased entries left out, the newest first.
func (v *caseView) files() (list []attachedFile) {
	for _, s := range v.log.Said {
		if s.Content == nil || s.Erased {
			continue
		}
		for _, b := range s.Content.Blobs {
			list = append(list, attachedFile{b, s.Hash, s.Hospital, s.Time, v.q.s.Blobs.Has(b.Hash)})
		}
	}
	slices.Reverse(list)
	return list
}

// fileDownload gives a file of the case to somebody who may see the case.
func fileDownload(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	for _, f := range v.files() {
		if f.Hash.String() == q.PathValue("hash") && f.Here && !f.Sealed {
			return q.serveFile(f)
		}
	}
	return desk.ErrNotHere
}

// shown are the types that a browser may show as they are; all others are only kept.
var shown = []string{"image/png", "image/jpeg", "image/webp", "image/gif"}

func (q *request) serveFile(f attachedFile) error {
	r, _, err := q.s.Blobs.Open(f.Hash)
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
	q.w.Header().Set("Content-Type", kind)
	q.w.Header().Set("Content-Disposition", mime.FormatMediaType(how, map[string]string{"filename": name}))
	q.w.Header().Set("Content-Security-Policy", "default-src 'none'; sandbox")
	http.ServeContent(q.w, q.Request, "", time.Time{}, r)
	return nil
}

// filesPage lists the files of a case.
func filesPage(q *request) error {
	v, err := q.openedCase()
	if err != nil {
		return err
	}
	table := ui.TableView{Caption: q.p("case.files.title", nil), Columns: []ui.Column{{Label: q.p("case.files.name", nil)}, {Label: q.p("case.files.type", nil)},
		{Label: q.p("case.files.size", nil), Numeric: true}, {Label: q.p("case.files.from", nil)}, {Label: q.p("case.files.scope", nil)}}}
	for _, f := range v.files() {
		row := ui.TableRow{Cells: []ui.Cell{{Text: v.fileName(f.BlobRef), Note: q.moment(f.At)}, {Text: typeName(q, f.Type)}, {Text: sizeOf(q, f.Size)},
			{Text: v.name(f.By)}, {Text: scopeName(q, f.Scope)}}}
		switch {
		case f.Sealed:
			row.Cells[1].Chips = []ui.ChipView{{Text: q.p("case.files.sealed", nil), Sort: ui.Line, Icon: "lock"}}
		case !f.Here:
			row.Cells[1].Chips = []ui.ChipView{{Text: q.p("case.files.coming", nil), Sort: ui.Warn, Icon: "clock"}}
		default:
			row.URL = v.path("files", f.Hash.String())
		}
		table.Rows = append(table.Rows, row)
	}
	d := q.data(q.p("case.files.title", nil), "cases")
	var add ui.ButtonView
	if v.may(access.Say) && v.Closed == nil {
		add = ui.ButtonView{Label: q.p("case.kind.imaging", nil), URL: v.path("say", "imaging"), Icon: "plus"}
	}
	return q.show(d, listContent(v.headOf(q.p("case.files.title", nil)), table, ui.EmptyView{Icon: "image", Title: q.p("case.files.empty", nil), Text: q.p("case.files.teach", nil)}, add))
}

func (v *caseView) fileName(b ledger.BlobRef) string {
	if b.Label != "" && !b.Sealed {
		return b.Label
	}
	return v.q.p("case.files.unnamed", map[string]any{"short": b.Hash.Short()})
}
