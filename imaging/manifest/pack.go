package manifest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"consilium/imaging/dicom"
)

// Source is an instance that can be read when its turn comes. Open gives what is to be packed and what to call when it is done with.
type Source struct {
	File string // how a person who sent it knows it
	Open func(ctx context.Context) (*dicom.File, func() error, error)
}

// Put keeps a file and gives its hash and size.
type Put func(ctx context.Context, r io.Reader) (Hash, int64, error)

// mostPacks leaves room for the manifest among the files of an entry (64), and leastPack keeps packs worth a file.
const (
	mostPacks = 56
	leastPack = 4 << 20
)

// Builder puts a study together: first each instance is looked at, then all are packed in the order in which they are wanted.
type Builder struct {
	study   Study
	sources map[string]Source
	bytes   int64
}

// ErrOtherStudy: the instance belongs to another study.
var ErrOtherStudy = errors.New("it belongs to another study")

// Look takes up an instance of about size bytes. An instance whose UID was seen already is left out, which is no error.
func (b *Builder) Look(d *dicom.Dataset, size int64, from Source) error {
	uid, study, series := d.String(dicom.SOPInstanceUID), d.String(dicom.StudyInstanceUID), d.String(dicom.SeriesInstanceUID)
	if uid == "" || study == "" || series == "" {
		return fmt.Errorf("%w: it has no UID of its own, its series or its study", dicom.ErrMalformed)
	}
	if b.sources == nil {
		b.sources = map[string]Source{}
		b.study = Study{Format: 1, UID: study, Description: d.String(dicom.StudyDescription), Time: timeOf(d)}
	}
	if study != b.study.UID {
		return ErrOtherStudy
	}
	if _, seen := b.sources[uid]; seen {
		return nil
	}
	b.sources[uid] = from
	b.bytes += size
	at := slices.IndexFunc(b.study.Series, func(s Series) bool { return s.UID == series })
	if at < 0 {
		at = len(b.study.Series)
		number, _ := d.Int(dicom.SeriesNumber)
		b.study.Series = append(b.study.Series, Series{UID: series, Number: number, Modality: d.String(dicom.Modality), Description: d.String(dicom.SeriesDescription),
			Part: d.String(dicom.BodyPartExamined)})
	}
	number, _ := d.Int(dicom.InstanceNumber)
	b.study.Series[at].Instances = append(b.study.Series[at].Instances, Instance{UID: uid, Class: d.String(dicom.SOPClassUID), Number: number, Image: Describe(d), Values: values(d)})
	return nil
}

// timeOf is the time of day of an examination.
func timeOf(d *dicom.Dataset) string {
	time, _, _ := strings.Cut(d.String(dicom.StudyTime), ".")
	if len(time) > 6 || strings.Trim(time, "0123456789") != "" {
		return ""
	}
	return time
}

// Count is how many instances were looked at.
func (b *Builder) Count() int { return len(b.sources) }

// Pack writes the packs and gives the study. told hears after each instance; it may be nil.
func (b *Builder) Pack(ctx context.Context, put Put, told func()) (*Study, error) {
	s := &b.study
	s.arrange()
	w := &packing{b: b, put: put, told: told, target: max(leastPack, b.bytes/(mostPacks-8))}
	var first, rest []*Instance
	for i := range s.Series {
		list := s.Series[i].Instances
		for n, k := range wanted(len(list)) {
			if n == 0 {
				first = append(first, &list[k])
			} else {
				rest = append(rest, &list[k])
			}
		}
	}
	for _, group := range [][]*Instance{first, rest} {
		for len(group) > 0 {
			n, err := w.pack(ctx, group)
			if err != nil {
				return nil, err
			}
			group = group[n:]
		}
	}
	return s, nil
}

// packing is packs on their way.
type packing struct {
	b      *Builder
	put    Put
	told   func()
	target int64
}

// pack writes one pack of the first instances of a list, and says how many. A pack is larger than the one before it where there is enough left.
func (w *packing) pack(ctx context.Context, list []*Instance) (int, error) {
	s := &w.b.study
	least := w.target
	if len(s.Packs) > 0 {
		least = max(least, s.Packs[len(s.Packs)-1].Size+1)
	}
	if len(s.Packs) >= mostPacks {
		least = 1 << 62
	}
	r, out := io.Pipe()
	defer r.Close() // ends the writing where keeping fails
	n, number := 0, len(s.Packs)
	go func() {
		counted := &counter{w: out}
		for ; n < len(list) && counted.n < least; n++ {
			list[n].Pack, list[n].Offset = number, counted.n
			if err := w.write(ctx, list[n], counted); err != nil {
				out.CloseWithError(err)
				return
			}
		}
		out.Close()
	}()
	hash, size, err := w.put(ctx, r)
	if err != nil {
		return 0, err
	}
	s.Packs = append(s.Packs, Pack{hash, size})
	return n, nil
}

func (w *packing) write(ctx context.Context, i *Instance, out *counter) error {
	from := w.b.sources[i.UID]
	f, done, err := from.Open(ctx)
	if err != nil {
		return fmt.Errorf("packing %s: %w", from.File, err)
	}
	err = f.Write(out)
	i.Size = out.n - i.Offset
	if w.told != nil {
		w.told()
	}
	return errors.Join(err, done())
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(b []byte) (int, error) {
	n, err := c.w.Write(b)
	c.n += int64(n)
	return n, err
}
