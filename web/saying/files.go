package saying

import (
	"bytes"
	"crypto/hmac"
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
	"unicode"

	"consilium/access"
	"consilium/desk"
	"consilium/ledger"
	"consilium/web/face"
)

// Media types that the program names by content.
const (
	TypeDICOM  = "application/dicom"
	TypeZip    = "application/zip"
	TypeSealed = "application/age"
)

// maxFiles is how many files one entry can hold.
const maxFiles = ledger.MaxBlobs

// keptFile is a file of a form that is on disk already, while the form is still being put right.
type keptFile struct {
	Ref      ledger.BlobRef
	Variable string // of the pack that it answers
}

// TakeFiles puts the files of a form on disk: those that came with it, and those that came with an earlier try.
func (e *Form) TakeFiles() error {
	e.takeKept()
	if e.Q.MultipartForm == nil || !e.Kind.Attach {
		return nil
	}
	for name, headers := range e.Q.MultipartForm.File {
		variable, _ := strings.CutPrefix(name, "v.")
		if variable == name {
			variable = ""
		}
		for _, h := range headers {
			if h.Size == 0 && h.Filename == "" {
				continue
			}
			if len(e.blobs) == maxFiles {
				e.Fault("_files", "case.fault.toomany")
				return nil
			}
			ref, err := PutFile(e.Q, h, face.MaxUpload)
			if err != nil {
				return err
			}
			ref.Scope = e.scopeOf(ref)
			e.keep(keptFile{ref, variable})
		}
	}
	return nil
}

// takeKept takes the files that came with an earlier try, or that the draft speaks of.
func (e *Form) takeKept() {
	for _, token := range e.In[KeptField] {
		if k, ok := openKept(e.Q, token); ok {
			e.keep(k)
		}
	}
}

// scopeOf is the consent that a file needs to leave: what its kind says, and otherwise by what it is. A signed paper names the patient.
func (e *Form) scopeOf(ref ledger.BlobRef) string {
	switch {
	case e.Kind.Scope != "":
		return e.Kind.Scope
	case slices.Contains(e.In["holds"], "consent"):
		return string(access.Identity)
	case strings.HasPrefix(ref.Type, "video/"), strings.HasPrefix(ref.Type, "audio/"):
		return string(access.Recording)
	case strings.HasPrefix(ref.Type, "image/"), ref.Type == TypeDICOM:
		return string(access.Images)
	}
	return ""
}

func (e *Form) keep(k keptFile) {
	if slices.ContainsFunc(e.blobs, func(b ledger.BlobRef) bool { return b.Hash == k.Ref.Hash }) {
		return
	}
	e.blobs = append(e.blobs, k.Ref)
	if k.Variable != "" {
		e.Media[k.Variable] = append(e.Media[k.Variable], k.Ref.Hash.String())
	}
}

// PutFile keeps one file of at most so many bytes, and names its type by its content, not by what the browser says.
func PutFile(q *face.Request, h *multipart.FileHeader, most int64) (ref ledger.BlobRef, err error) {
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
	hash, size, err := q.Desk.Upload(q.Context(), q.Caller, io.MultiReader(bytes.NewReader(head[:n]), f), most)
	if err != nil {
		return ref, fmt.Errorf("keeping the file: %w", err)
	}
	return ledger.BlobRef{Hash: hash, Size: size, Type: mediaType(head[:n]), Label: fileLabel(h.Filename)}, nil
}

// mediaType names what a file is.
func mediaType(head []byte) string {
	if len(head) >= 132 && string(head[128:132]) == "DICM" {
		return TypeDICOM
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
func (e *Form) keptFiles() (list []string) {
	of := map[string]string{}
	for variable, hashes := range e.Media {
		for _, h := range hashes {
			of[h] = variable
		}
	}
	for _, b := range e.blobs {
		list = append(list, keptFile{b, of[b.Hash.String()]}.token(e.Q))
	}
	return list
}

func (k keptFile) token(q *face.Request) string {
	raw := RawJSON(k)
	return base64.RawURLEncoding.EncodeToString(raw) + "." + proofOf(q, raw)
}

// KeptField carries the files of a form that are on disk already, while the form is still being put right, and in its draft.
const KeptField = "_kept"

// Kept is what [KeptField] holds of a file of a form that has no [Form] behind it.
func Kept(q *face.Request, ref ledger.BlobRef) string { return keptFile{Ref: ref}.token(q) }

// KeptRef is the file that [Kept] made a value of, for the same person; false where it is not, or the file is gone.
func KeptRef(q *face.Request, token string) (ledger.BlobRef, bool) {
	k, ok := openKept(q, token)
	return k.Ref, ok
}

func openKept(q *face.Request, token string) (k keptFile, ok bool) {
	text, mark, _ := strings.Cut(token, ".")
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil || !hmac.Equal([]byte(mark), []byte(proofOf(q, raw))) || json.Unmarshal(raw, &k) != nil {
		return k, false
	}
	return k, q.Desk.Blobs.Has(k.Ref.Hash)
}

// proofOf proves that this node gave something to this person.
func proofOf(q *face.Request, raw []byte) string {
	return q.Sealed("file", string(q.Caller.Person)+" "+string(raw))
}
