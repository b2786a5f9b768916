package registry

import (
	"encoding/binary"
	"errors"
)

// A row is kept as its cells one behind the other, in the order of the columns of its layout: how many columns further it stands (1: the next one), twice the length of
// its text and one more where the text is a reason, both as unsigned variable-length numbers (encoding/binary), and the text. Nothing is kept of a cell that was not
// recorded. So a row of some five hundred columns takes a few hundred bytes, and is read without a search for any name.

// errCells says that bytes are no cells of a row.
var errCells = errors.New("the cells of the row are not whole")

// packCells writes the cells of a row.
func packCells(cells []Cell) []byte {
	out := make([]byte, 0, 4*len(cells))
	last := -1
	for i, c := range cells {
		if c == (Cell{}) {
			continue
		}
		out = binary.AppendUvarint(out, uint64(i-last))
		last = i
		if c.Why != "" {
			out = binary.AppendUvarint(out, uint64(len(c.Why))<<1|1)
			out = append(out, c.Why...)
			continue
		}
		out = binary.AppendUvarint(out, uint64(len(c.Value))<<1)
		out = append(out, c.Value...)
	}
	return out
}

// unpackCells hands the cells of a row, as packCells wrote them, with their places in the layout; of has that many columns. Texts share the memory of raw.
func unpackCells(raw string, columns int, do func(at int, c Cell)) error {
	at := -1
	for len(raw) > 0 {
		step, rest, ok := uvarint(raw)
		size, rest, also := uvarint(rest)
		if !ok || !also || step == 0 || step > uint64(columns-1-at) || size>>1 > uint64(len(rest)) {
			return errCells
		}
		at += int(step)
		text := rest[:size>>1]
		raw = rest[size>>1:]
		if size&1 == 1 {
			do(at, Cell{Why: text})
		} else {
			do(at, Cell{Value: text})
		}
	}
	return nil
}

// uvarint reads a number as binary.Uvarint does, of a text.
func uvarint(s string) (n uint64, rest string, ok bool) {
	if len(s) > 0 && s[0] < 0x80 { // nearly all
		return uint64(s[0]), s[1:], true
	}
	for i := 0; i < len(s) && i < binary.MaxVarintLen32; i++ {
		n |= uint64(s[i]&0x7f) << (7 * i)
		if s[i] < 0x80 {
			return n, s[i+1:], true
		}
	}
	return 0, s, false
}
