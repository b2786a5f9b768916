package figure

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"encoding/binary"
	"io"
	"maps"
	"slices"
	"sync"
)

//go:embed font/figure.ttf.gz
var packedFont []byte

// typeface is a TrueType font as far as a PDF needs it: see font/README.md for what it is made of.
// The layout of its tables is that of the OpenType specification.
type typeface struct {
	tables map[string][]byte
	glyphs map[rune]uint16
	em     int // units of the square that glyphs are drawn in
}

// face unpacks the font when a PDF is first asked for.
var face = sync.OnceValue(func() *typeface {
	z, err := gzip.NewReader(bytes.NewReader(packedFont))
	if err != nil {
		panic("figure: the font that was built in: " + err.Error())
	}
	file, err := io.ReadAll(z)
	if err != nil {
		panic("figure: the font that was built in: " + err.Error())
	}
	return readFont(file)
})

func u16(b []byte, at int) int { return int(binary.BigEndian.Uint16(b[at:])) }
func u32(b []byte, at int) int { return int(binary.BigEndian.Uint32(b[at:])) }

func readFont(file []byte) *typeface {
	f := &typeface{tables: map[string][]byte{}, glyphs: map[rune]uint16{}}
	for i := range u16(file, 4) {
		entry := file[12+16*i:]
		f.tables[string(entry[:4])] = file[u32(entry, 8):][:u32(entry, 12)]
	}
	f.em = u16(f.tables["head"], 18)
	f.readCharacters()
	return f
}

// readCharacters reads the mapping of format 12: runs of characters with consecutive glyphs.
func (f *typeface) readCharacters() {
	cmap := f.tables["cmap"]
	for i := range u16(cmap, 2) {
		table := cmap[u32(cmap, 4+8*i+4):]
		if u16(table, 0) != 12 {
			continue
		}
		for g := range u32(table, 12) {
			group := table[16+12*g:]
			for c := u32(group, 0); c <= u32(group, 4); c++ {
				f.glyphs[rune(c)] = uint16(u32(group, 8) + c - u32(group, 0))
			}
		}
	}
}

// advance is how far a glyph moves the pen, in units of the em.
func (f *typeface) advance(glyph uint16) int {
	last := u16(f.tables["hhea"], 34) - 1
	return u16(f.tables["hmtx"], 4*min(int(glyph), last))
}

// width is how wide a label is in this font at the size of figures, in pixels.
func (f *typeface) width(label string) float64 {
	units := 0
	for _, r := range label {
		units += f.advance(f.glyphs[r])
	}
	return float64(units) / float64(f.em) * fontSize
}

// outline is the glyph's record. No glyph of this font is composed of others.
func (f *typeface) outline(glyph uint16) []byte {
	loca, at := f.tables["loca"], int(glyph)
	if u16(f.tables["head"], 50) == 0 {
		return f.tables["glyf"][2*u16(loca, 2*at) : 2*u16(loca, 2*at+2)]
	}
	return f.tables["glyf"][u32(loca, 4*at):u32(loca, 4*at+4)]
}

// subset is a font of only these glyphs, in this order.
func (f *typeface) subset(glyphs []uint16) []byte {
	var glyf, loca, hmtx []byte
	for _, g := range glyphs {
		loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
		glyf = padded(append(glyf, f.outline(g)...))
		hmtx = binary.BigEndian.AppendUint16(hmtx, uint16(f.advance(g)))
		hmtx = binary.BigEndian.AppendUint16(hmtx, 0)
		if outline := f.outline(g); len(outline) >= 4 {
			copy(hmtx[len(hmtx)-2:], outline[2:4]) // xMin is the left bearing
		}
	}
	loca = binary.BigEndian.AppendUint32(loca, uint32(len(glyf)))
	head, hhea, maxp := slices.Clone(f.tables["head"]), slices.Clone(f.tables["hhea"]), slices.Clone(f.tables["maxp"])
	binary.BigEndian.PutUint32(head[8:], 0)
	binary.BigEndian.PutUint16(head[50:], 1)
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(glyphs)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(glyphs)))
	return fontFile(map[string][]byte{"glyf": glyf, "loca": loca, "hmtx": hmtx, "head": head, "hhea": hhea, "maxp": maxp})
}

func padded(b []byte) []byte {
	for len(b)%4 != 0 {
		b = append(b, 0)
	}
	return b
}

// fontFile puts tables behind their directory, with the sums that a reader may check.
func fontFile(tables map[string][]byte) []byte {
	n := len(tables)
	steps := 0
	for 2<<steps <= n {
		steps++
	}
	file := []byte{0, 1, 0, 0}
	for _, v := range []int{n, 16 << steps, steps, 16*n - 16<<steps} {
		file = binary.BigEndian.AppendUint16(file, uint16(v))
	}
	names := slices.Sorted(maps.Keys(tables))
	at, head := len(file)+16*n, 0
	for _, name := range names {
		file = append(file, name...)
		for _, v := range []int{int(sum(tables[name])), at, len(tables[name])} {
			file = binary.BigEndian.AppendUint32(file, uint32(v))
		}
		if name == "head" {
			head = at
		}
		at += (len(tables[name]) + 3) / 4 * 4
	}
	for _, name := range names {
		file = padded(append(file, tables[name]...))
	}
	binary.BigEndian.PutUint32(file[head+8:], 0xB1B0AFBA-sum(file))
	return file
}

// sum adds a table's four-byte words.
func sum(table []byte) uint32 {
	var s uint32
	for i, b := range table {
		s += uint32(b) << (24 - 8*(i%4))
	}
	return s
}
