package figure

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode/utf16"
)

// The objects of a PDF, in their order in the file: the numbers by which they refer to each other. Pages after the first, and their contents, follow.
const (
	pdfCatalog = iota + 1
	pdfPages
	pdfPage
	pdfContent
	pdfInfo
	pdfFont
	pdfGlyphs
	pdfDescriptor
	pdfFontFile
	pdfToUnicode
	pdfMore
)

// leaf is a page that is written: its size in pixels, and its content.
type leaf struct {
	width, height float64
	content       []byte
}

// file puts pages and their font into a PDF 1.7. There is no date in it: the same figure is the same file.
func (p *shared) file(title, subject string, leaves ...leaf) []byte {
	subset := p.face.subset(p.glyphs)
	name := p.fontName()
	objects := []string{
		pdfCatalog: fmt.Sprintf("<< /Type /Catalog /Pages %d 0 R /ViewerPreferences << /DisplayDocTitle true >> >>", pdfPages),
		pdfPages:   fmt.Sprintf("<< /Type /Pages /Kids [%s] /Count %d >>", kids(len(leaves)), len(leaves)),
		pdfPage:    p.leafObject(leaves[0], pdfContent),
		pdfContent: stream("", leaves[0].content),
		pdfInfo:    "<< /Title " + textString(title) + " /Subject " + textString(subject) + " >>",
		pdfFont: fmt.Sprintf("<< /Type /Font /Subtype /Type0 /BaseFont /%s /Encoding /Identity-H /DescendantFonts [%d 0 R] /ToUnicode %d 0 R >>",
			name, pdfGlyphs, pdfToUnicode),
		pdfGlyphs: fmt.Sprintf("<< /Type /Font /Subtype /CIDFontType2 /BaseFont /%s /CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> /CIDToGIDMap /Identity /FontDescriptor %d 0 R /DW 1000 /W [0 [%s]] >>",
			name, pdfDescriptor, p.widths()),
		pdfDescriptor: fmt.Sprintf("<< /Type /FontDescriptor /FontName /%s /Flags 4 /FontBBox [-500 -300 2000 1100] /ItalicAngle 0 /Ascent 969 /Descent -241 /CapHeight 727 /StemV 80 /FontFile2 %d 0 R >>",
			name, pdfFontFile),
		pdfFontFile:  stream(fmt.Sprintf(" /Length1 %d", len(subset)), subset),
		pdfToUnicode: stream("", p.toUnicode()),
	}
	for i, l := range leaves[1:] {
		objects = append(objects, p.leafObject(l, pdfMore+2*i+1), stream("", l.content))
	}
	return assemble(objects[1:])
}

// kids are the numbers of the objects of so many pages.
func kids(pages int) string {
	list := []string{fmt.Sprintf("%d 0 R", pdfPage)}
	for i := range pages - 1 {
		list = append(list, fmt.Sprintf("%d 0 R", pdfMore+2*i))
	}
	return strings.Join(list, " ")
}

func (p *shared) leafObject(l leaf, content int) string {
	return fmt.Sprintf("<< /Type /Page /Parent %d 0 R /MediaBox [0 0 %s %s] /Contents %d 0 R /Resources << /Font << /F %d 0 R >> /ExtGState << %s>> >> >>",
		pdfPages, num(l.width*pointsPerPixel), num(l.height*pointsPerPixel), content, pdfFont, p.states())
}

// assemble numbers the objects from 1 and writes the table of where each begins.
func assemble(objects []string) []byte {
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	starts := make([]int, len(objects))
	for i, o := range objects {
		starts[i] = b.Len()
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	table := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range starts {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, pdfCatalog, pdfInfo, table)
	return b.Bytes()
}

func stream(more string, data []byte) string {
	var b bytes.Buffer
	z := zlib.NewWriter(&b)
	_, _ = z.Write(data) // a bytes.Buffer takes everything
	_ = z.Close()
	return fmt.Sprintf("<< /Length %d /Filter /FlateDecode%s >>\nstream\n%s\nendstream", b.Len(), more, b.String())
}

func (p *shared) states() string {
	var b strings.Builder
	for i, state := range p.opacities {
		fmt.Fprintf(&b, "/G%d << %s >> ", i, state)
	}
	return b.String()
}

// fontName begins with six letters that tell this subset from others, as the standard asks.
func (p *shared) fontName() string {
	h := fnv.New64a()
	for _, g := range p.glyphs {
		_, _ = h.Write([]byte{byte(g >> 8), byte(g)})
	}
	tag, v := make([]byte, 6), h.Sum64()
	for i := range tag {
		tag[i] = 'A' + byte(v%26)
		v /= 26
	}
	return string(tag) + "+ConsiliumFigure-Regular"
}

func (p *shared) widths() string {
	w := make([]string, len(p.glyphs))
	for i, g := range p.glyphs {
		w[i] = num(float64(p.face.advance(g)) / float64(p.face.em) * 1000)
	}
	return strings.Join(w, " ")
}

// toUnicode says what each glyph means, for searching and copying.
func (p *shared) toUnicode() []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n" +
		"/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n1 begincodespacerange\n<0000> <FFFF>\nendcodespacerange\n")
	places := make([]int, 0, len(p.means))
	for i := range p.means {
		places = append(places, i)
	}
	slices.Sort(places)
	for some := range slices.Chunk(places, 100) { // the most that one block may hold
		fmt.Fprintf(&b, "%d beginbfchar\n", len(some))
		for _, i := range some {
			fmt.Fprintf(&b, "<%04X> <", i)
			for _, unit := range utf16.Encode([]rune{p.means[i]}) {
				fmt.Fprintf(&b, "%04X", unit)
			}
			b.WriteString(">\n")
		}
		b.WriteString("endbfchar\n")
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}
