package dicom

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Dump writes a file for people: its syntax, its elements with tag, VR, keyword (or whose private element it is) and values, items indented, and the warnings of reading. Text is
// in UTF-8 and quoted, so that a value cannot control a terminal; long values are cut.
func (f *File) Dump(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "# %s\n", f.Syntax.Name())
	dump(b, &f.Meta, "")
	dump(b, f.Dataset, "")
	for _, x := range f.Warnings {
		fmt.Fprintf(b, "# %v\n", x)
	}
	return b.Flush()
}

func dump(w io.Writer, d *Dataset, indent string) {
	for i := range d.Elements {
		e := &d.Elements[i]
		name := e.Tag.Keyword()
		if owner := e.Tag.creator(); owner != 0 {
			name = strconv.Quote(d.String(owner)) // a manufacturer's, who alone knows what it means
		} else if name == "" {
			name = "-"
		}
		fmt.Fprintf(w, "%s%v %v %s %s\n", indent, e.Tag, e.VR, name, d.shown(e))
		for n, it := range e.Items {
			fmt.Fprintf(w, "%s  item %d\n", indent, n+1)
			dump(w, it, indent+"    ")
		}
	}
}

// shown is an element's value in a line.
func (d *Dataset) shown(e *Element) string {
	const most = 100
	switch {
	case e.VR == SQ:
		return fmt.Sprintf("%d items", len(e.Items))
	case e.Fragments != nil:
		return fmt.Sprintf("%d fragments", max(0, len(e.Fragments)-1))
	case e.Bulk != nil || e.VR.binary():
		n := e.Data().Len()
		if e.Bulk != nil || n > 32 {
			return fmt.Sprintf("%d bytes", n)
		}
		return fmt.Sprintf("% x", e.Value)
	case e.VR.IsString():
		text := []rune(strings.Join(d.Text(e), `\`))
		if len(text) > most {
			return strconv.Quote(string(text[:most])) + "…"
		}
		return strconv.Quote(string(text))
	}
	numbers := strings.Join(d.Text(e), `\`)
	if len(numbers) > most {
		return numbers[:most] + "…"
	}
	return numbers
}
