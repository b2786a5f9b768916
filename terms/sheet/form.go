package sheet

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// The encodings of tables, as people write them.
const (
	UTF8    = "utf-8"
	UTF16LE = "utf-16le"
	UTF16BE = "utf-16be"
	GB18030 = "gb18030" // GBK and GB2312 are parts of it
	Latin1  = "latin-1" // as Windows has it: code page 1252
)

// Encodings are all that are known, the likeliest first.
var Encodings = []string{UTF8, GB18030, UTF16LE, UTF16BE, Latin1}

// Form is how a table is written.
type Form struct {
	Encoding  string
	Separator rune
	Certain   bool // the bytes themselves prove the encoding: a byte order mark, or valid UTF-8. Otherwise it is a guess that somebody has to look at
}

// ErrEncoding says that an encoding has a name that is not known.
var ErrEncoding = errors.New("the encoding is not known")

// ErrEmpty says that there is nothing in a table.
var ErrEmpty = errors.New("there is nothing in the table")

// ByName gives an encoding's own name: "GBK" is "gb18030", "UTF8" is "utf-8".
func ByName(name string) (string, error) {
	switch strings.NewReplacer("_", "", "-", "", " ", "").Replace(strings.ToLower(name)) {
	case "utf8":
		return UTF8, nil
	case "utf16", "utf16le":
		return UTF16LE, nil
	case "utf16be":
		return UTF16BE, nil
	case "gb18030", "gbk", "gb2312", "cp936", "windows936":
		return GB18030, nil
	case "latin1", "iso88591", "cp1252", "windows1252":
		return Latin1, nil
	}
	return "", fmt.Errorf("%q: %w", name, ErrEncoding)
}

// marks are the byte order marks.
var marks = []struct{ encoding, bytes string }{{UTF8, "\xef\xbb\xbf"}, {UTF16LE, "\xff\xfe"}, {UTF16BE, "\xfe\xff"}}

// Detect reads a table to its end and says how it is written. A short table in a legacy encoding cannot be told with certainty: see [Form.Certain].
func Detect(r io.Reader) (Form, error) {
	in := bufio.NewReaderSize(r, headBytes)
	head, err := in.Peek(headBytes)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
		return Form{}, fmt.Errorf("reading the table: %w", err)
	}
	if len(bytes.TrimSpace(head)) == 0 {
		return Form{}, ErrEmpty
	}
	head = bytes.Clone(head)
	f, err := detectEncoding(in, head)
	if err != nil {
		return f, fmt.Errorf("reading the table: %w", err)
	}
	text, _ := io.ReadAll(decoded(bytes.NewReader(head), f.Encoding))
	f.Separator = separatorOf(string(text))
	return f, nil
}

// headBytes are looked at for the separator.
const headBytes = 64 << 10

func detectEncoding(in io.Reader, head []byte) (Form, error) {
	for _, m := range marks {
		if bytes.HasPrefix(head, []byte(m.bytes)) {
			return Form{Encoding: m.encoding, Certain: true}, nil
		}
	}
	if wide := wideOf(head); wide != "" {
		return Form{Encoding: wide}, nil
	}
	var c census
	if _, err := io.Copy(&c, in); err != nil {
		return Form{}, err
	}
	switch {
	case c.utf8():
		return Form{Encoding: UTF8, Certain: true}, nil
	case c.paired():
		return Form{Encoding: GB18030}, nil
	}
	return Form{Encoding: Latin1}, nil
}

// wideOf tells UTF-16 without a mark: every other byte of a table's separators and digits is zero.
func wideOf(head []byte) string {
	var zero [2]int
	for i, b := range head {
		if b == 0 {
			zero[i%2]++
		}
	}
	switch few := len(head) / 8; {
	case zero[1] > few && zero[0] <= few/4:
		return UTF16LE
	case zero[0] > few && zero[1] <= few/4:
		return UTF16BE
	}
	return ""
}

// census counts what tells encodings apart.
type census struct {
	broken      bool   // not UTF-8
	rest        []byte // the beginning of a letter at the end of what was written
	high, pairs int    // bytes above 127; those that stand in pairs as letters of GB18030 do
	lead        bool   // the last byte was the first of a pair
}

// Write implements io.Writer.
func (c *census) Write(p []byte) (int, error) {
	for _, b := range p {
		switch {
		case c.lead && b >= 0xa1:
			c.high, c.pairs, c.lead = c.high+1, c.pairs+2, false
		case b >= 0x80:
			c.high, c.lead = c.high+1, b >= 0x81 && b != 0xff
		default:
			c.lead = false
		}
	}
	if c.broken {
		return len(p), nil
	}
	text := append(c.rest, p...)
	for len(text) > 0 && (utf8.FullRune(text) || len(text) >= utf8.UTFMax) {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			c.broken = true
			return len(p), nil
		}
		text = text[n:]
	}
	c.rest = bytes.Clone(text)
	return len(p), nil
}

func (c *census) utf8() bool { return !c.broken && len(c.rest) == 0 }

// paired tells whether nearly all bytes above 127 stand in pairs, as those of Chinese letters do. In a Western encoding they stand alone among letters.
func (c *census) paired() bool { return c.pairs*10 >= c.high*9 }

// decoded gives a table's text in UTF-8, without a byte order mark. What cannot be read becomes U+FFFD, which no row may hold.
func decoded(r io.Reader, name string) io.Reader {
	in := bufio.NewReaderSize(r, headBytes)
	for _, m := range marks {
		if head, _ := in.Peek(len(m.bytes)); m.encoding == name && string(head) == m.bytes {
			in.Discard(len(m.bytes))
		}
	}
	var e encoding.Encoding
	switch name {
	case UTF16LE:
		e = unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case UTF16BE:
		e = unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	case GB18030:
		e = simplifiedchinese.GB18030
	case Latin1:
		e = charmap.Windows1252
	default:
		return in
	}
	return e.NewDecoder().Reader(in)
}

// separators are what stands between cells, the likeliest first.
var separators = []rune{',', ';', '\t', '|'}

// separatorOf is the separator that the head of a table has most of, outside of quotation marks. Excel may say it in a line of its own.
func separatorOf(text string) rune {
	line, _, _ := strings.Cut(strings.ReplaceAll(text, "\r", "\n"), "\n")
	if said, ok := strings.CutPrefix(strings.ToLower(line), "sep="); ok && utf8.RuneCountInString(said) == 1 {
		r, _ := utf8.DecodeRuneInString(said)
		return r
	}
	count, quoted := map[rune]int{}, false
	for _, r := range line {
		if r == '"' {
			quoted = !quoted
		}
		if !quoted {
			count[r]++
		}
	}
	best := separators[0]
	for _, s := range separators {
		if count[s] > count[best] {
			best = s
		}
	}
	return best
}
