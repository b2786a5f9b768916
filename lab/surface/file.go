package surface

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"consilium/lab/volume"
)

// ErrFormat says that bytes are not a mesh in the format that they claim to be in.
var ErrFormat = errors.New("surface: not a mesh that is understood")

// Formats are the endings of files that are read and written. All are in millimeters in the patient's coordinates (LPS), GLB in meters with the head up, as glTF demands.
const Formats = ".stl, .ply, .3mf, .glb"

// ReadFile reads a mesh by the ending of its name. Files above volume.MaxBytes are refused.
func ReadFile(name string) (*Mesh, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.Size() > volume.MaxBytes {
		return nil, fmt.Errorf("%w: %s has %d bytes", volume.ErrTooLarge, name, info.Size())
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	m, err := Read(filepath.Ext(name), raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return m, nil
}

// Read reads a mesh in a format, given as the ending of a file's name.
func Read(ending string, raw []byte) (*Mesh, error) {
	var m *Mesh
	var err error
	switch strings.ToLower(ending) {
	case ".stl":
		m, err = ReadSTL(raw)
	case ".ply":
		m, err = ReadPLY(raw)
	case ".3mf":
		m, err = Read3MF(raw)
	case ".glb":
		m, err = ReadGLB(raw)
	default:
		return nil, fmt.Errorf("%w: %q is none of %s", ErrFormat, ending, Formats)
	}
	if err != nil {
		return nil, err
	}
	return m, m.Check()
}

// Write writes a mesh in a format, given as the ending of a file's name. The title stands in the file, for people: a case's ID, never a name.
func (m *Mesh) Write(w io.Writer, ending, title string) error {
	switch strings.ToLower(ending) {
	case ".stl":
		return m.WriteSTL(w, title)
	case ".ply":
		return m.WritePLY(w, title)
	case ".3mf":
		return m.Write3MF(w, title)
	case ".glb":
		return m.WriteGLB(w, title)
	}
	return fmt.Errorf("%w: %q is none of %s", ErrFormat, ending, Formats)
}

// WriteFile writes a mesh by the ending of the file's name. A file that could not be written whole is removed.
func (m *Mesh) WriteFile(name, title string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(m.Write(f, filepath.Ext(name), title), f.Close()); err != nil {
		os.Remove(name)
		return err
	}
	return nil
}

// line is text on one line, without bytes that could end a header early.
func line(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '_'
		}
		return r
	}, s)
	return s[:min(len(s), most)]
}
