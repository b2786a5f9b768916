// Package attach keeps the files of a form while it is still being put right: they are on disk from the first try on, and the form and its draft carry a proof of them that
// nobody else can make, for a hash alone gives no right to a file. What a form does with its files is left to it.
package attach

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
	"strings"
	"unicode"

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

// File is a file of a form that is on disk already, while the form is still being put right.
type File struct {
	Ref      ledger.BlobRef
	Variable string // of the pack that it answers
}

// Put keeps one file of at most so many bytes, and names its type by its content, not by what the browser says.
func Put(q *face.Request, h *multipart.FileHeader, most int64) (ref ledger.BlobRef, err error) {
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

// Token is what [Field] holds of a file, for the person who sent it.
func (k File) Token(q *face.Request) string {
	raw, err := ledger.Encode(k)
	if err != nil {
		return "" // no file: it is chosen again
	}
	return base64.RawURLEncoding.EncodeToString(raw) + "." + proofOf(q, raw)
}

// Field carries the files of a form that are on disk already, and those of its draft.
const Field = "_kept"

// Open is the file that [File.Token] made a value of, for the same person; false where it is not, or the file is gone.
func Open(q *face.Request, token string) (k File, ok bool) {
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
