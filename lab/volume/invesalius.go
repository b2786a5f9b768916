package volume

import (
	"archive/tar"
	"compress/gzip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"

	"consilium/lab/space"
)

// ErrInVesalius says that a file is not an InVesalius project that is understood.
var ErrInVesalius = errors.New("volume: not an InVesalius 3 project")

// ReadInVesalius reads the image of an InVesalius 3 project (.inv3): a gzipped tar of main.plist and a matrix of 16-bit Hounsfield units in order z, y, x. Such a project does
// not say how the image lies in the patient: its axes are taken for the patient's, from the origin on.
func ReadInVesalius(file string) (*Volume, error) {
	plist, err := inProject(file, "main.plist", 1<<20)
	if err != nil {
		return nil, err
	}
	p, err := readPlist(plist)
	if err != nil {
		return nil, err
	}
	shape, spacing := p["matrix.shape"], p["spacing"]
	if len(shape) != 3 || len(spacing) != 3 || len(p["matrix.filename"]) != 1 {
		return nil, fmt.Errorf("%w: main.plist lacks the matrix's shape, file name or spacing", ErrInVesalius)
	}
	if t := p["matrix.dtype"]; len(t) != 1 || t[0] != "int16" {
		return nil, fmt.Errorf("%w: its matrix is of %v, not int16", ErrInVesalius, t)
	}
	g := Grid{Direction: space.Identity}
	for axis := range 3 {
		g.Size[axis], _ = strconv.Atoi(shape[2-axis])
		g.Spacing[axis], _ = strconv.ParseFloat(spacing[axis], 64)
	}
	if err := g.Check(2); err != nil {
		return nil, err
	}
	raw, err := inProject(file, path.Base(p["matrix.filename"][0]), int64(g.Voxels())*2)
	if err != nil {
		return nil, err
	}
	if len(raw) != g.Voxels()*2 {
		return nil, fmt.Errorf("%w: its matrix has %d bytes for %v voxels", ErrInVesalius, len(raw), g.Size)
	}
	v := &Volume{Grid: g, Int16: make([]int16, g.Voxels())}
	for i := range v.Int16 {
		v.Int16[i] = int16(uint16(raw[2*i]) | uint16(raw[2*i+1])<<8)
	}
	return v, nil
}

// inProject reads one file of the project, of at most so many bytes.
func inProject(file, name string, most int64) ([]byte, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrInVesalius, err)
	}
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil, fmt.Errorf("%w: it has no %s", ErrInVesalius, name)
		case err != nil:
			return nil, fmt.Errorf("%w: %v", ErrInVesalius, err)
		case path.Base(h.Name) == name:
			return io.ReadAll(io.LimitReader(t, most+1))
		}
	}
}

// readPlist flattens a property list: the values under each key, keys of inner dictionaries joined by a dot.
func readPlist(raw []byte) (map[string][]string, error) {
	d := xml.NewDecoder(strings.NewReader(string(raw)))
	out := map[string][]string{}
	var keys []string // of the dictionaries that are open
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%w: %v", ErrInVesalius, err)
		}
		switch t := token.(type) {
		case xml.EndElement:
			if t.Name.Local == "dict" && len(keys) > 0 {
				keys = keys[:len(keys)-1]
			}
		case xml.StartElement:
			var text string
			switch t.Name.Local {
			case "dict":
				keys = append(keys, "")
				continue
			case "plist", "array":
				continue
			}
			if err := d.DecodeElement(&text, &t); err != nil {
				return nil, fmt.Errorf("%w: %v", ErrInVesalius, err)
			}
			if len(keys) == 0 {
				continue
			}
			if t.Name.Local == "key" {
				keys[len(keys)-1] = text
				continue
			}
			name := strings.Join(keys, ".")
			out[name] = append(out[name], text)
		}
	}
}
