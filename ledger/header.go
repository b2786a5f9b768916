package ledger

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The limits of FORMAT.md. They are part of format 1 and never change within it.
const (
	Format    = 1
	MaxHeader = 16 << 10
	MaxBody   = 1 << 20
	MaxAfter  = 32
	MaxRefs   = 64
	MaxBlobs  = 64
)

// timeLayout is the one written form of a header's time: milliseconds, and the offset of the writer's clock.
const timeLayout = "2006-01-02T15:04:05.000Z07:00"

// ErrHeader says that bytes are not a header of format 1.
var ErrHeader = errors.New("not a header of format 1")

// Header is the part of an entry that is for ever. FORMAT.md gives its bytes.
type Header struct {
	Thread   ThreadID
	Hospital HospitalID
	Key      Key
	Seq      uint64     // this key's own count inside this thread: 1, 2, 3, …
	After    []Hash     // the newest entries known, its own previous one first
	Height   uint64     // one more than the greatest height in After
	Time     time.Time  // the writer's wall clock: shown, never used for order
	Person   PersonID   // who said it, as the hospital names them
	Kind     string     // "case.opinion"
	Version  uint64     // of the kind
	Refs     []Hash     // the entries that this one amends, signs, accepts, answers, erases
	Body     Hash       // SHA-256 of the body's bytes
	Speaks   *Statement // in the first entry of a key in a thread: whose the key is
}

// encode writes the header in its one form: fixed order of keys, no white space.
func (h Header) encode() []byte {
	b := make([]byte, 0, 512+66*(len(h.After)+len(h.Refs)))
	b = append(b, `{"format":1,"thread":"`...)
	b = append(b, h.Thread.String()...)
	b = append(b, `","hospital":"`...)
	b = append(b, h.Hospital.Raw()...)
	b = append(b, `","key":"`...)
	b = append(b, h.Key.String()...)
	b = append(b, `","seq":`...)
	b = strconv.AppendUint(b, h.Seq, 10)
	b = append(b, `,"after":`...)
	b = appendHashes(b, h.After)
	b = append(b, `,"height":`...)
	b = strconv.AppendUint(b, h.Height, 10)
	b = append(b, `,"time":"`...)
	b = h.Time.AppendFormat(b, timeLayout)
	b = append(b, `","person":"`...)
	b = append(b, h.Person...)
	b = append(b, `","kind":"`...)
	b = append(b, h.Kind...)
	b = append(b, `","version":`...)
	b = strconv.AppendUint(b, h.Version, 10)
	b = append(b, `,"refs":`...)
	b = appendHashes(b, h.Refs)
	b = append(b, `,"body":"`...)
	b = append(b, h.Body.String()...)
	b = append(b, '"')
	if h.Speaks != nil {
		b = append(b, `,"statement":"`...)
		b = append(b, h.Speaks.text()...)
		b = append(b, '"')
	}
	return append(b, '}')
}

func appendHashes(b []byte, hashes []Hash) []byte {
	b = append(b, '[')
	for i, h := range hashes {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '"')
		b = append(b, h.String()...)
		b = append(b, '"')
	}
	return append(b, ']')
}

// ParseHeader reads a header. There is exactly one way to write one, so a key too many, twice, in another case or in another
// place is an error, and what parses encodes to the same bytes. The statement is read but not yet proved: [ReadEntry] does that.
func ParseHeader(b []byte) (Header, error) {
	if len(b) > MaxHeader {
		return Header{}, fmt.Errorf("%w: %d bytes are more than %d", ErrHeader, len(b), MaxHeader)
	}
	r := headerReader{rest: string(b)}
	h := r.header()
	if r.err != nil {
		return Header{}, fmt.Errorf("%w: %w", ErrHeader, r.err)
	}
	if err := h.check(); err != nil {
		return Header{}, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	return h, nil
}

func (h *Header) check() error {
	switch {
	case h.Seq == 0:
		return errors.New("seq counts from 1")
	case h.Height == 0:
		return errors.New("height counts from 1")
	case (len(h.After) == 0) != (h.Height == 1):
		return errors.New("only the first entry of a thread follows nothing, and it has height 1")
	case h.Seq > h.Height:
		return errors.New("seq is greater than height")
	case h.Version == 0:
		return errors.New("version counts from 1")
	case (h.Speaks != nil) != (h.Seq == 1):
		return errors.New("the first entry of a key, and no other, carries its statement")
	case !h.Person.valid():
		return errors.New("the person's id has letters, digits and dashes, 64 at most")
	}
	if h.Speaks != nil && (h.Speaks.Use != UseSign || h.Speaks.Hospital() != h.Hospital || string(h.Speaks.Key) != string(h.Key[:])) {
		return errors.New("the statement speaks of another key, use or hospital")
	}
	return nil
}

// headerReader reads the header's text from left to right; after the first error it reads nothing more.
type headerReader struct {
	rest string
	err  error
}

func (r *headerReader) header() (h Header) {
	r.lit(`{"format":1,"thread":"`)
	read(r, '"', &h.Thread, ParseThreadID)
	r.lit(`,"hospital":"`)
	read(r, '"', &h.Hospital, func(s string) (id HospitalID, err error) { return id, id.parseRaw(s) })
	r.lit(`,"key":"`)
	read(r, '"', &h.Key, func(s string) (k Key, err error) { return k, unhex(k[:], s) })
	r.lit(`,"seq":`)
	h.Seq = r.number()
	r.lit(`,"after":`)
	h.After = r.hashes(MaxAfter)
	r.lit(`,"height":`)
	h.Height = r.number()
	r.lit(`,"time":"`)
	read(r, '"', &h.Time, parseTime)
	r.lit(`,"person":"`)
	h.Person = PersonID(r.until('"'))
	r.lit(`,"kind":"`)
	read(r, '"', &h.Kind, parseKindName)
	r.lit(`,"version":`)
	h.Version = r.number()
	r.lit(`,"refs":`)
	h.Refs = r.hashes(MaxRefs)
	r.lit(`,"body":"`)
	read(r, '"', &h.Body, ParseHash)
	if strings.HasPrefix(r.rest, `,"statement":"`) {
		r.lit(`,"statement":"`)
		h.Speaks = new(Statement)
		read(r, '"', h.Speaks, layStatementText)
	}
	r.lit(`}`)
	if r.err == nil && r.rest != "" {
		r.err = errors.New("something follows the header")
	}
	return h
}

func (r *headerReader) lit(want string) {
	if r.err != nil {
		return
	}
	if !strings.HasPrefix(r.rest, want) {
		r.err = fmt.Errorf("%s expected", want)
		return
	}
	r.rest = r.rest[len(want):]
}

func (r *headerReader) until(end byte) string {
	if r.err != nil {
		return ""
	}
	i := strings.IndexByte(r.rest, end)
	if i < 0 {
		r.err = errors.New("the text has no end")
		return ""
	}
	s := r.rest[:i]
	r.rest = r.rest[i+1:]
	return s
}

func read[T any](r *headerReader, end byte, to *T, parse func(string) (T, error)) {
	s := r.until(end)
	if r.err == nil {
		*to, r.err = parse(s)
	}
}

func (r *headerReader) number() uint64 {
	if r.err != nil {
		return 0
	}
	i := 0
	for i < len(r.rest) && r.rest[i] >= '0' && r.rest[i] <= '9' {
		i++
	}
	n, err := strconv.ParseUint(r.rest[:i], 10, 53)
	if err != nil || i > 1 && r.rest[0] == '0' {
		r.err = errors.New("a whole number below 2^53 expected")
		return 0
	}
	r.rest = r.rest[i:]
	return n
}

func (r *headerReader) hashes(most int) []Hash {
	r.lit("[")
	if strings.HasPrefix(r.rest, "]") {
		r.lit("]")
		return nil
	}
	var list []Hash
	for r.err == nil {
		if len(list) == most {
			r.err = fmt.Errorf("more than %d hashes", most)
			return nil
		}
		r.lit(`"`)
		var h Hash
		read(r, '"', &h, ParseHash)
		for _, other := range list {
			if other == h && r.err == nil {
				r.err = errors.New("a hash stands twice")
			}
		}
		list = append(list, h)
		if strings.HasPrefix(r.rest, "]") {
			r.lit("]")
			return list
		}
		r.lit(",")
	}
	return nil
}

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil || t.Format(timeLayout) != s || t.Year() < 1970 {
		return t, fmt.Errorf("time: the form %s expected: %w", timeLayout, errForm)
	}
	return t, nil
}

func parseKindName(s string) (string, error) {
	if len(s) == 0 || len(s) > 64 {
		return "", fmt.Errorf("kind: 1 to 64 letters: %w", errForm)
	}
	for _, c := range []byte(s) {
		if !(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '.' || c == '-') {
			return "", fmt.Errorf("kind: small letters, digits, dots and dashes: %w", errForm)
		}
	}
	return s, nil
}
