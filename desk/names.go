package desk

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"

	"consilium/casebook"
	"consilium/ledger"
)

// names are the bytes by which a patient is found in a file of whatever sort: the name in either order, and the hospital's number, in the encodings in which tables
// come. Small and large Latin letters are alike.
type names [][]byte

// tableEncodings are those in which a hospital's tables come, beside UTF-8. In Latin-1 a name that can be written is found by its UTF-8 or GB 18030 bytes, or it
// has accents; those are looked for too.
var tableEncodings = []encoding.Encoding{simplifiedchinese.GB18030, unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)}

func namesOf(p casebook.Patient) (list names) {
	for _, text := range append(orders(p.Name), append(orders(p.Latin), p.LocalNumber)...) {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		list = append(list, lowered([]byte(text)))
		for _, e := range tableEncodings {
			if raw, err := e.NewEncoder().Bytes([]byte(text)); err == nil {
				list = append(list, lowered(raw))
			}
		}
	}
	slices.SortFunc(list, bytes.Compare)
	return slices.CompactFunc(list, bytes.Equal)
}

// orders are a name as it is written, and its parts forwards and backwards with what stands between them in tables and images.
func orders(name string) (list []string) {
	parts := strings.FieldsFunc(name, func(r rune) bool { return r == ' ' || r == ',' || r == '^' })
	list = []string{name}
	if len(parts) < 2 {
		return list
	}
	back := slices.Clone(parts)
	slices.Reverse(back)
	for _, between := range []string{" ", ", ", ",", "^", "_"} {
		list = append(list, strings.Join(parts, between), strings.Join(back, between))
	}
	return list
}

func lowered(b []byte) []byte {
	low := bytes.Clone(b)
	for i, c := range low {
		if 'A' <= c && c <= 'Z' {
			low[i] = c + 'a' - 'A'
		}
	}
	return low
}

// in tells whether a file names the patient. One that is gone names nobody.
func (n names) in(ctx context.Context, blobs Blobs, hash ledger.Hash) (bool, error) {
	if len(n) == 0 || !blobs.Has(hash) {
		return false, nil
	}
	f, _, err := blobs.Open(ctx, hash)
	if err != nil {
		return true, nil // it is here and cannot be read: nobody can say that it names nobody
	}
	defer f.Close()
	return n.stand(f)
}

// stand looks through a stream, a piece at a time.
func (n names) stand(r io.Reader) (bool, error) {
	longest := 0
	for _, name := range n {
		longest = max(longest, len(name))
	}
	const piece = 64 << 10
	buf := make([]byte, longest+1+piece)
	kept := 0 // the end of the piece before: a name may lie across, and what stands before one counts
	for {
		got, err := io.ReadFull(r, buf[kept:kept+piece])
		text, last := lowered(buf[:kept+got]), err != nil
		if slices.ContainsFunc(n, func(name []byte) bool { return wholeWord(text, name, last) }) {
			return true, nil
		}
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return false, nil
		}
		if err != nil {
			return true, nil // as one that cannot be opened
		}
		end := kept + got
		kept = min(longest+1, end)
		copy(buf, buf[end-kept:end])
	}
}

// wholeWord tells whether a name stands in a text with no Latin letter or digit right beside it: "Li" does not stand in "clinical", nor 12 in 2012. Where the text
// ends although the file does not, the next piece decides.
func wholeWord(text, name []byte, last bool) bool {
	for from := 0; ; {
		i := bytes.Index(text[from:], name)
		if i < 0 {
			return false
		}
		start, end := from+i, from+i+len(name)
		before := start == 0 || !alphanumeric(text[start-1])
		after := end == len(text) && last || end < len(text) && !alphanumeric(text[end])
		if before && after {
			return true
		}
		from = start + 1
	}
}

func alphanumeric(c byte) bool { return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' }
