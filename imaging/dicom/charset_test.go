package dicom

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"

	"golang.org/x/text/encoding/simplifiedchinese"
	"pgregory.net/rapid"
)

// TestTextAsDcmtkReadsIt compares all text of the files in every character set with what dcmtk converts it to in UTF-8.
func TestTextAsDcmtkReadsIt(t *testing.T) {
	names, err := filepath.Glob("testdata/charset/*.dcm")
	if err != nil || len(names) < 15 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		if names, ok := japaneseNames[filepath.Base(name)]; ok {
			sameNames(t, name, open(t, name).Dataset, names)
			continue
		}
		out := filepath.Join(t.TempDir(), "utf8.dcm")
		if b, err := exec.Command("dcmconv", "+U8", name, out).CombinedOutput(); err != nil {
			t.Errorf("%s: dcmconv: %v %s", name, err, b)
			continue
		}
		texts := 0
		sameText(t, name, open(t, name).Dataset, open(t, out).Dataset, &texts)
		if texts == 0 {
			t.Errorf("%s: no text beyond ASCII", name)
		}
	}
}

// japaneseNames are the files whose sets Debian's dcmtk cannot convert, and the names in them as PS3.5 annex H and the files' authors give them.
var japaneseNames = map[string][]string{
	"chrH31.dcm": {"Yamada^Tarou=山田^太郎=やまだ^たろう"}, "chrH32.dcm": {"ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"},
	"chrJapMulti.dcm": {"やまだ^たろう"}, "chrJapMultiExplicitIR6.dcm": {"やまだ^たろう"},
	"chrSQEncoding.dcm": {"ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"}, "chrSQEncoding1.dcm": {"ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"},
}

func sameNames(t *testing.T, name string, d *Dataset, want []string) {
	if it := d.Items(0x00321064); it != nil {
		d = it[0]
	}
	if got := d.Strings(PatientName); !slices.Equal(got, want) {
		t.Errorf("%s: %q, not %q", name, got, want)
	}
}

func sameText(t *testing.T, name string, d, utf8 *Dataset, texts *int) {
	for i := range d.Elements {
		e := &d.Elements[i]
		for j, it := range e.Items {
			sameText(t, name, it, utf8.Items(e.Tag)[j], texts)
		}
		if !e.VR.Text() {
			continue
		}
		got, want := d.Strings(e.Tag), utf8.Strings(e.Tag)
		if len(got) != len(want) {
			t.Errorf("%s %v: %q, dcmtk %q", name, e.Tag, got, want)
			continue
		}
		for j := range got {
			if got[j] != want[j] {
				t.Errorf("%s %v: %q, dcmtk %q", name, e.Tag, got[j], want[j])
			}
			if !plain([]byte(got[j])) {
				*texts++
			}
		}
	}
}

// TestNames checks names by PS3.5 annexes H to K, whose examples are given there byte by byte, and what is met without a right declaration.
func TestNames(t *testing.T) {
	gbk := func(s string) string {
		b, err := simplifiedchinese.GBK.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	for _, c := range []struct{ about, set, value, want string }{
		{"H.3.1 katakana and kanji", `\ISO 2022 IR 87`, "Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=\x1b$B$d$^$@\x1b(B^\x1b$B$?$m$&\x1b(B", "Yamada^Tarou=山田^太郎=やまだ^たろう"},
		{"H.3.2 half-width katakana", `ISO 2022 IR 13\ISO 2022 IR 87`, "\xd4\xcf\xc0\xde^\xc0\xdb\xb3=\x1b$B;3ED\x1b(J^\x1b$BB@O:\x1b(J=\x1b$B$d$^$@\x1b(J^\x1b$B$?$m$&\x1b(J", "ﾔﾏﾀﾞ^ﾀﾛｳ=山田^太郎=やまだ^たろう"},
		{"I.2 Korean", `\ISO 2022 IR 149`, "Hong^Gildong=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce\xd4\xd7=\x1b$)C\xc8\xab^\x1b$)C\xb1\xe6\xb5\xbf", "Hong^Gildong=洪^吉洞=홍^길동"},
		{"J.1 Chinese in UTF-8", "ISO_IR 192", "Wang^XiaoDong=王^小東", "Wang^XiaoDong=王^小東"},
		{"J.2 Chinese in GB18030", "GB18030", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东"},
		{"K.1 Chinese in GBK", "GBK", "Wang^XiaoDong=\xcd\xf5^\xd0\xa1\xb6\xab", "Wang^XiaoDong=王^小东"},
		{"K.2 GB 2312 with code extensions", `\ISO 2022 IR 58`, "Zhang^XiaoDong=\x1b$)A\xd5\xc5^\x1b$)A\xd0\xa1\xb6\xab=", "Zhang^XiaoDong=张^小东="},
		{"a second byte that looks like a delimiter", "GB18030", gbk("誠^乗=昞"), "誠^乗=昞"},
		{"GBK without saying so", "", "Wang=" + gbk("王^小东"), "Wang=王^小东"},
		{"GBK that says Latin without pairs in Latin's range", "ISO_IR 6", gbk("张三丰"), "张三丰"},
		{"UTF-8 without saying so", "", "Jérôme", "Jérôme"},
		{"Latin without saying so", "", "J\xe9r\xf4me", "Jérôme"},
		{"UTF-8 that is GBK", "ISO_IR 192", gbk("王^小东"), "王^小东"},
		{"a set that does not exist", "ISO_IR 999", "J\xe9r\xf4me", "Jérôme"},
		{"half-width katakana by escape", "ISO 2022 IR 13", "\x1b)I\xd4\xcf\xc0\xde^\x1b)I\xc0\xdb\xb3", "ﾔﾏﾀﾞ^ﾀﾛｳ"},
		{"Latin 1 by escape", "ISO 2022 IR 100", "\x1b-ABuc^\x1b-AJ\xe9r\xf4me", "Buc^Jérôme"},
		{"Latin 2 by escape", "ISO 2022 IR 101", "\x1b-BWa\xb3\xeasa", "Wałęsa"},
		{"Latin 3 by escape", "ISO 2022 IR 109", "\x1b-Canta\xfdnomo", "antaŭnomo"},
		{"Latin 4 by escape", "ISO 2022 IR 110", "\x1b-Dv\xe0rds", "vārds"},
		{"Latin 5 by escape", "ISO 2022 IR 148", "\x1b-M\xc7avu\xfeo\xf0lu", "Çavuşoğlu"},
		{"Arabic by escape", "ISO 2022 IR 127", "\x1b-G\xe2\xc8\xc7\xe6\xea", "قباني"},
		{"a component of a name ends what an escape set", `\ISO 2022 IR 101`, "\x1b-BWa\xb3\xeasa^Lech", "Wałęsa^Lech"},
		{"JIS X 0212", `\ISO 2022 IR 87\ISO 2022 IR 159`, "\x1b$(D\x30\x21\x1b(B", "丂"},
		{"Latin 9", "ISO_IR 203", "\xa4\xbd", "€œ"},
		{"Thai", "ISO_IR 166", "\xb9\xd2\xc2", "นาย"},
	} {
		d := &Dataset{}
		d.Set(Element{Tag: SpecificCharacterSet, VR: CS, Value: []byte(c.set)})
		d.Set(Element{Tag: PatientName, VR: PN, Value: []byte(c.value)})
		if got := d.String(PatientName); got != c.want {
			t.Errorf("%s: %q, not %q", c.about, got, c.want)
		}
	}
}

// TestTextThatTheSetCannotWrite: a Chinese name put into a data set in Latin turns all of its text to UTF-8, that of its items too.
func TestTextThatTheSetCannotWrite(t *testing.T) {
	it := &Dataset{}
	d := &Dataset{}
	d.SetString(SpecificCharacterSet, "ISO_IR 100")
	d.Set(Element{Tag: StudyDescription, VR: LO, Value: []byte("Gen\xe8ve")})
	d.SetItems(0x00081140, it)
	it.Set(Element{Tag: SeriesDescription, VR: LO, Value: []byte("T\xeate")})
	d.SetString(PatientName, "王^小东")
	if d.String(SpecificCharacterSet) != "ISO_IR 192" || d.String(StudyDescription) != "Genève" || it.String(SeriesDescription) != "Tête" || d.String(PatientName) != "王^小东" {
		t.Errorf("%q %q %q %q", d.String(SpecificCharacterSet), d.String(StudyDescription), it.String(SeriesDescription), d.String(PatientName))
	}
	if !bytes.Equal(d.Find(StudyDescription).Value, []byte("Genève ")) {
		t.Errorf("%q", d.Find(StudyDescription).Value)
	}
}

// TestTextReadsBack: what is set is what is read, in every set that can be chosen.
func TestTextReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &Dataset{}
		d.SetString(SpecificCharacterSet, rapid.SampledFrom([]string{"", "ISO_IR 100", "ISO_IR 192", "GB18030", "GBK", "ISO_IR 13"}).Draw(t, "set"))
		want := rapid.StringOfN(rapid.RuneFrom([]rune("abc^= é王東ﾔж€𠀀")), 0, 20, -1).Draw(t, "text")
		d.SetString(StudyDescription, want)
		if got := d.String(StudyDescription); got != trim(want, LO) {
			t.Fatalf("%q, not %q", got, want)
		}
	})
}
