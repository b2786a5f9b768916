package pathway

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// finder gives the source of a pack that another one extends, and the file name to show in errors.
type finder func(id string) (source []byte, file string, ok bool)

// Load reads a pack from its source. A pack that it extends is looked for in the source itself (Pack.Source puts it
// there) and then among the shipped packs. The error is a *LoadError that lists everything wrong.
func Load(source []byte, name string) (*Pack, error) {
	return loadWith(source, name, shippedSource)
}

// LoadFS reads the pack in a file; packs that it extends are looked for beside it, then among the shipped ones.
func LoadFS(fsys fs.FS, name string) (*Pack, error) {
	source, err := readLimited(fsys, name)
	if err != nil {
		return nil, err
	}
	dir := filepath.ToSlash(filepath.Dir(name))
	return loadWith(source, name, func(id string) ([]byte, string, bool) {
		file := strings.TrimPrefix(dir+"/"+id+".yaml", "./")
		if beside, err := readLimited(fsys, file); err == nil {
			return beside, file, true
		}
		return shippedSource(id)
	})
}

// Check reads the pack in a file of the machine and lists what is wrong with it; the error is for a file that cannot
// be read at all.
func Check(path string) ([]Issue, error) {
	_, err := LoadFS(os.DirFS(filepath.Dir(path)), filepath.Base(path))
	var wrong *LoadError
	if errors.As(err, &wrong) {
		return wrong.Issues, nil
	}
	return nil, err
}

func readLimited(fsys fs.FS, name string) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxSource+1))
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", name, err)
	}
	return data, nil
}

// Source is the pack's file and, after a marked separator, the files of the packs that it extends: all that is needed
// to load it elsewhere.
func (p *Pack) Source() []byte { return bytes.Clone(p.source) }

// Hash is the SHA-256 of Source. An entry names the pack it was filled in with by version and hash.
func (p *Pack) Hash() [32]byte { return p.hash }

var separator = regexp.MustCompile(`(?m)^--- # extends ([a-z0-9-]+)\r?\n`)

// loadWith folds the chain of extends from the root down.
func loadWith(source []byte, name string, find finder) (*Pack, error) {
	r := &report{}
	if len(source) > MaxSource {
		r.add(Pos{name, 1}, "a pack may have %d bytes at most", MaxSource)
		return nil, r.err()
	}
	own, inside := splitSource(source, name)
	chain := []*Pack{decodePack(own, name, r)}
	for last := chain[0]; last != nil && last.Extends != ""; last = chain[len(chain)-1] {
		at := Pos{last.File, lineOf(last.source, "extends")}
		if slices.ContainsFunc(chain, func(p *Pack) bool { return p.ID == last.Extends }) {
			r.add(at, "cycle: %s extends %s, which leads back to it", last.ID, last.Extends)
			return nil, r.err()
		}
		text, file, ok := inside(last.Extends)
		if !ok {
			if text, file, ok = find(last.Extends); ok {
				text, _ = splitSource(text, file)
			}
		}
		if !ok {
			r.add(at, "extends %q, and there is no such pack", last.Extends)
			return nil, r.err()
		}
		chain = append(chain, decodePack(text, file, r))
	}
	if err := r.err(); err != nil {
		return nil, err
	}
	p := chain[len(chain)-1]
	for i := len(chain) - 2; i >= 0; i-- {
		p = merge(chain[i], p)
	}
	p.source = joinSources(chain)
	p.hash = sha256.Sum256(p.source)
	if len(p.source) > MaxSource {
		r.add(Pos{name, 1}, "a pack with all that it extends may have %d bytes at most", MaxSource)
		return nil, r.err()
	}
	p.finish(r)
	if err := r.err(); err != nil {
		return nil, err
	}
	return p, nil
}

func joinSources(chain []*Pack) []byte {
	var out bytes.Buffer
	for i, p := range chain {
		if i > 0 {
			if b := out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
				out.WriteByte('\n')
			}
			fmt.Fprintf(&out, "--- # extends %s\n", p.ID)
		}
		out.Write(p.source)
	}
	return out.Bytes()
}

// splitSource takes a self-contained source apart. Names in errors say which part they mean.
func splitSource(source []byte, name string) ([]byte, finder) {
	cuts := separator.FindAllSubmatchIndex(source, -1)
	if len(cuts) == 0 {
		return source, func(string) ([]byte, string, bool) { return nil, "", false }
	}
	parts := map[string][]byte{}
	for i, c := range cuts {
		end := len(source)
		if i+1 < len(cuts) {
			end = cuts[i+1][0]
		}
		parts[string(source[c[2]:c[3]])] = source[c[1]:end]
	}
	return source[:cuts[0][0]], func(id string) ([]byte, string, bool) {
		part, ok := parts[id]
		return part, name + "(" + id + ")", ok
	}
}

func lineOf(source []byte, key string) int {
	for i, line := range strings.Split(string(source), "\n") {
		if strings.HasPrefix(line, key+":") {
			return i + 1
		}
	}
	return 1
}

func decodePack(source []byte, file string, r *report) *Pack {
	node := parseYAML(source, file, r)
	if node == nil {
		return nil
	}
	p := &Pack{}
	d := &decoder{file, r}
	d.decode(node, reflect.ValueOf(p).Elem(), "the pack")
	p.Pos = Pos{file, 1}
	p.source = source
	if !identifier.MatchString(strings.ReplaceAll(p.ID, "-", "_")) {
		r.add(Pos{file, lineOf(source, "id")}, "id %q must be lower-case letters, digits and hyphens", p.ID)
	}
	return p
}

// merge gives own with everything of base that it does not say itself. Neither is changed.
func merge(own, base *Pack) *Pack {
	p := *own
	p.parent = base
	p.SubSpecialty = cmp.Or(own.SubSpecialty, base.SubSpecialty)
	p.Level = cmp.Or(own.Level, base.Level)
	p.SubSpecialties = overlay(base.SubSpecialties, own.SubSpecialties)
	p.Procedures = overlay(base.Procedures, own.Procedures)
	p.Lists = overlay(base.Lists, own.Lists)
	p.Stages = overlay(base.Stages, own.Stages)
	p.Variables = overlay(copies(base.Variables), own.Variables)
	p.Scales = overlay(copies(base.Scales), own.Scales)
	p.Forms = mergeForms(base.Forms, own.Forms)
	p.Packet = overlay(base.Packet, own.Packet)
	p.Privileges = overlay(base.Privileges, own.Privileges)
	p.Schedule = overlay(base.Schedule, own.Schedule)
	p.Complications = overlay(base.Complications, own.Complications)
	p.Indicators = overlay(base.Indicators, own.Indicators)
	p.Comparators = overlay(base.Comparators, own.Comparators)
	p.Evidence = overlay(base.Evidence, own.Evidence)
	p.Routing = overlay(base.Routing, own.Routing)
	p.Checks = overlay(base.Checks, own.Checks)
	p.Sources = overlay(base.Sources, own.Sources)
	p.Plan = own.Plan
	p.Plan.Fields = slices.Concat(base.Plan.Fields, own.Plan.Fields)
	p.Plan.Compare = slices.Concat(base.Plan.Compare, own.Plan.Compare)
	if len(own.Plan.Steps) == 0 {
		p.Plan.Steps = slices.Clone(base.Plan.Steps)
	}
	return &p
}

func copies[T any](list []*T) []*T {
	out := make([]*T, len(list))
	for i, item := range list {
		c := *item
		out[i] = &c
	}
	return out
}

func idOf(v any) string {
	return reflect.Indirect(reflect.ValueOf(v)).FieldByName("ID").String()
}

// overlay puts own over base: what has the same ID replaces it where it stands, the rest follows.
func overlay[T any](base, own []T) []T {
	out := slices.Clone(base)
	for _, item := range own {
		if i := slices.IndexFunc(out, func(b T) bool { return idOf(b) == idOf(item) }); i >= 0 {
			out[i] = item
		} else {
			out = append(out, item)
		}
	}
	return out
}

func mergeForms(base, own []*Form) []*Form {
	out := copies(base)
	for _, f := range own {
		i := slices.IndexFunc(out, func(b *Form) bool { return b.ID == f.ID })
		if i < 0 {
			out = append(out, f)
			continue
		}
		m := *f
		if m.Name.IsZero() {
			m.Name = out[i].Name
		}
		if m.Help.IsZero() {
			m.Help = out[i].Help
		}
		m.Stage = cmp.Or(m.Stage, out[i].Stage)
		m.Sections = mergeSections(out[i].Sections, f.Sections)
		out[i] = &m
	}
	return out
}

// mergeSections appends fields to the section of the same name, and puts a new section where it asks to be.
func mergeSections(base, own []Section) []Section {
	out := slices.Clone(base)
	for _, s := range own {
		at := func(id string) int { return slices.IndexFunc(out, func(b Section) bool { return b.ID == id }) }
		if i := at(s.ID); i >= 0 {
			if !s.Name.IsZero() {
				out[i].Name = s.Name
			}
			out[i].Items = slices.Concat(out[i].Items, s.Items)
			continue
		}
		switch {
		case s.Before != "" && at(s.Before) >= 0:
			out = slices.Insert(out, at(s.Before), s)
		case s.After != "" && at(s.After) >= 0:
			out = slices.Insert(out, at(s.After)+1, s)
		default:
			out = append(out, s)
		}
	}
	return out
}
