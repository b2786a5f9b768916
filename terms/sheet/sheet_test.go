package sheet

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"
)

func TestDetect(t *testing.T) {
	must := func(b []byte, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	chinese, western := "no,name\n1,王小明\n2,李娜\n", "no;name\n1;Müller\n2;Sørensen\n3;Peña\n"
	wide := unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewEncoder()
	wideMark := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder()
	for _, c := range []struct {
		name, text string
		want       Form
	}{
		{"ASCII", "a,b\n1,2\n", Form{UTF8, ',', true}},
		{"UTF-8", chinese, Form{UTF8, ',', true}},
		{"a mark before a quoted head", "\xef\xbb\xbf\"no\",\"na;me\"\n", Form{UTF8, ',', true}},
		{"GB18030", must(simplifiedchinese.GB18030.NewEncoder().Bytes([]byte(chinese))), Form{GB18030, ',', false}},
		{"Latin-1", must(charmap.Windows1252.NewEncoder().Bytes([]byte(western))), Form{Latin1, ';', false}},
		{"UTF-16 with a mark", must(wideMark.Bytes([]byte(chinese))), Form{UTF16BE, ',', true}},
		{"UTF-16 without", must(wide.Bytes([]byte(chinese))), Form{UTF16LE, ',', false}},
		{"one U+0000", "no,name\n1,Te\x00st\n", Form{UTF8, ',', true}},
		{"tabs", "a\tb,c\td\n", Form{UTF8, '\t', true}},
		{"as Excel says it", "sep=|\na|b\n", Form{UTF8, '|', true}},
		{"a letter cut by the buffer", strings.Repeat("a", headBytes-1) + "王", Form{UTF8, ',', true}},
	} {
		if got, err := Detect(strings.NewReader(c.text)); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
	if _, err := Detect(strings.NewReader(" \r\n")); !errors.Is(err, ErrEmpty) {
		t.Error(err)
	}
}

// rowsOf reads a table: each row as its line, its fault with the column, and its cells.
func rowsOf(t interface{ Fatal(...any) }, text string) (list []string) {
	r, err := NewReader(strings.NewReader(text), Form{Encoding: UTF8, Separator: ','})
	if err != nil {
		t.Fatal(err)
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, fmt.Sprintf("%d %s%s %q", row.Line, row.Fault, row.Column, row.Cells))
	}
}

func TestRows(t *testing.T) {
	for _, c := range []struct{ name, text, want string }{
		{"plain", "a,b\n1,2\r\n 3 ,\"4\"\n", `2  ["1" "2"]|3  ["3" "4"]`},
		{"lines of nothing", "\n\na,b\n\n,\n1,2\n", `6  ["1" "2"]`},
		{"quoted", "a,b\n\"x\"\"y,\nz\",2\n3,4", "2  [\"x\\\"y,\\nz\" \"2\"]|4  [\"3\" \"4\"]"},
		{"short and long", "a,b\n1\n1,2,3\n1,2,,\n", `2 short ["1"]|3 long ["1" "2" "3"]|4  ["1" "2"]`},
		{"open to the end", "a,b\n1,\"2\n3,4\n5,6\n", `2 quote ["1" "2"]|3  ["3" "4"]|4  ["5" "6"]`},
		{"open up to another", "a,b\n1,\"2\n3,\"4\"\n5,6\n", `2 quote ["1" "2"]|3  ["3" "4"]|4  ["5" "6"]`},
		{"in the middle", "a,b\n1,x\"y\n3,4\n", `2 quote ["1" "x\"y"]|3  ["3" "4"]`},
		{"behind the end", "a,b\n\"1\"x,2\n3,4\n", `2 quote ["1"]|3  ["3" "4"]`},
		{"control", "a,b\n1,\x002\n\x1b,2\n", `2 controlb ["1" "\x002"]|3 controla ["\x1b" "2"]`},
		{"no letters", "a,b\n1,\xff\n", `2 encodingb ["1" "�"]`},
		{"Unicode form", "a\nu\u0308\n", `2  ["ü"]`},
		{"CR alone", "a,b\r1,2\r", `2  ["1" "2"]`},
	} {
		if got := strings.Join(rowsOf(t, c.text), "|"); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.name, got, c.want)
		}
	}
	_, err := NewReader(strings.NewReader("a,b,a\n"), Form{Encoding: UTF8, Separator: ','})
	var twice *DuplicateError
	if !errors.As(err, &twice) || twice.Column != "a" {
		t.Error(err)
	}
}

// TestEveryLineIsAccountedFor: each line in which something stands is in exactly one row, whatever the quotation marks do.
func TestEveryLineIsAccountedFor(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		lines := rapid.SliceOf(rapid.StringMatching(`[12",x]{0,6}`)).Draw(t, "lines")
		r, err := NewReader(strings.NewReader("a,b\n"+strings.Join(lines, "\n")), Form{Encoding: UTF8, Separator: ','})
		if err != nil {
			t.Fatal(err)
		}
		var told []string
		for {
			row, err := r.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			for i, line := range strings.Split(row.Raw, "\n") {
				if row.Line-2+i >= len(lines) || lines[row.Line-2+i] != line {
					t.Fatalf("row of line %d is %q", row.Line, row.Raw)
				}
				told = append(told, line)
			}
		}
		var want []string
		for _, line := range lines {
			if strings.Trim(line, `,"`) != "" {
				want = append(want, line)
			}
		}
		var kept []string
		for _, line := range told {
			if strings.Trim(line, `,"`) != "" {
				kept = append(kept, line)
			}
		}
		if strings.Join(kept, "\n") != strings.Join(want, "\n") {
			t.Fatalf("told %q of %q", told, lines)
		}
	})
}

func FuzzSheet(f *testing.F) {
	f.Add([]byte("a,b\n1,\"2\n3,4\n"))
	f.Add([]byte("\xff\xfea\x00,\x00b\x00\n\x00"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		form, err := Detect(strings.NewReader(string(raw)))
		if err != nil {
			return
		}
		r, err := NewReader(strings.NewReader(string(raw)), form)
		for n := 0; err == nil; n++ {
			if _, err = r.Read(); n > len(raw)+1 {
				t.Fatal("more rows than bytes")
			}
		}
	})
}
