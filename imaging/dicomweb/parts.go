package dicomweb

import (
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// part is one part of an answer of several: its head, and what writes its bytes.
type part struct {
	kind     string // media type with its parameters
	location string // address of what the part is, or ""
	length   int64  // or unknownLength
	write    func(w io.Writer) error
}

const unknownLength = -1

// multipartRelated writes an answer of several parts. Its length is said beforehand if it is known, for then files can go from the disk to the network by themselves.
// A part that does not have its length ends the answer early.
func multipartRelated(w http.ResponseWriter, kind string, n int, at func(i int) (part, error)) error {
	boundary := rand.Text()
	heads := make([]string, n)
	total, known := int64(0), true
	list := make([]part, n)
	for i := range n {
		p, err := at(i)
		if err != nil {
			return err
		}
		list[i] = p
		heads[i] = "\r\n--" + boundary + "\r\nContent-Type: " + p.kind + "\r\n"
		if p.length == unknownLength {
			known = false
		} else {
			heads[i] += "Content-Length: " + strconv.FormatInt(p.length, 10) + "\r\n"
		}
		if p.location != "" {
			heads[i] += "Content-Location: " + p.location + "\r\n"
		}
		heads[i] += "\r\n"
		total += int64(len(heads[i])) + p.length
	}
	tail := "\r\n--" + boundary + "--\r\n"
	w.Header().Set("Content-Type", `multipart/related; type="`+kind+`"; boundary=`+boundary)
	if known {
		w.Header().Set("Content-Length", strconv.FormatInt(total+int64(len(tail)), 10))
	}
	for i, p := range list {
		if _, err := io.WriteString(w, heads[i]); err != nil {
			return err
		}
		if err := p.write(w); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, tail)
	return err
}

// single writes an answer of one part.
func single(w http.ResponseWriter, p part) error {
	w.Header().Set("Content-Type", p.kind)
	if p.length != unknownLength {
		w.Header().Set("Content-Length", strconv.FormatInt(p.length, 10))
	}
	return p.write(w)
}

// copyExactly copies so many bytes, and says so if there are fewer.
func copyExactly(w io.Writer, r io.Reader, n int64) error {
	copied, err := io.Copy(w, io.LimitReader(r, n))
	if err == nil && copied < n {
		err = fmt.Errorf("%d of %d bytes: %w", copied, n, io.ErrUnexpectedEOF)
	}
	return err
}
