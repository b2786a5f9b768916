package dicom

import (
	"slices"
)

// Element is one attribute of a data set. Exactly one of Value, Items, Fragments and Bulk says what it holds; all are empty where the value is.
type Element struct {
	Tag   Tag
	VR    VR
	Value []byte     // as encoded, numbers in little endian order, padding included
	Items []*Dataset // of a sequence
	Bulk  *Data      // a long value left in the source
	// Fragments are the items of encapsulated pixel data; the first is the basic offset table, which may be empty (PS3.5 section A.4).
	Fragments []Data
}

// Data is the element's value wherever it is kept; nothing for sequences and fragments.
func (e *Element) Data() Data {
	if e.Bulk != nil {
		return *e.Bulk
	}
	return Bytes(e.Value)
}

// Empty says whether the element has no value.
func (e *Element) Empty() bool {
	return len(e.Value) == 0 && len(e.Items) == 0 && len(e.Fragments) == 0 && (e.Bulk == nil || e.Bulk.n == 0)
}

// Dataset is a list of elements in the order of their tags, each tag once. The zero value is an empty data set. A data set that is an item of a
// sequence inherits the character set of the one around it. Methods do not change what they are not asked to; a Dataset is not for concurrent
// changes.
type Dataset struct {
	Elements []Element
	parent   *Dataset
	at       int64
}

// Offset is where the item stood in the file that it was read from: the position of its item tag, which directories of media point at. It is 0 for
// data sets that are no items and for items that were not read.
func (d *Dataset) Offset() int64 { return d.at }

func (d *Dataset) search(t Tag) (int, bool) {
	return slices.BinarySearchFunc(d.Elements, t, func(e Element, t Tag) int {
		switch {
		case e.Tag < t:
			return -1
		case e.Tag > t:
			return 1
		}
		return 0
	})
}

// Find gives the element with a tag, nil where there is none. The pointer is good until the data set is changed.
func (d *Dataset) Find(t Tag) *Element {
	if i, ok := d.search(t); ok {
		return &d.Elements[i]
	}
	return nil
}

// Has says whether the data set has the element with a value.
func (d *Dataset) Has(t Tag) bool {
	e := d.Find(t)
	return e != nil && !e.Empty()
}

// Set puts an element in its place, instead of the one with the same tag. Its items become items of this data set.
func (d *Dataset) Set(e Element) {
	for _, it := range e.Items {
		it.parent = d
	}
	i, ok := d.search(e.Tag)
	if ok {
		d.Elements[i] = e
		return
	}
	d.Elements = slices.Insert(d.Elements, i, e)
}

// Delete removes an element, if there.
func (d *Dataset) Delete(t Tag) {
	if i, ok := d.search(t); ok {
		d.Elements = slices.Delete(d.Elements, i, i+1)
	}
}

// Items gives the items of a sequence, nil where there is none.
func (d *Dataset) Items(t Tag) []*Dataset {
	if e := d.Find(t); e != nil {
		return e.Items
	}
	return nil
}

// SetItems puts a sequence.
func (d *Dataset) SetItems(t Tag, items ...*Dataset) { d.Set(Element{Tag: t, VR: SQ, Items: items}) }

// Clone copies the data set and its items. Value bytes and bulk data are shared: they are replaced, never changed in place.
func (d *Dataset) Clone() *Dataset {
	c := &Dataset{Elements: slices.Clone(d.Elements), parent: d.parent}
	for i := range c.Elements {
		e := &c.Elements[i]
		e.Items = slices.Clone(e.Items)
		for j, it := range e.Items {
			e.Items[j] = it.Clone()
			e.Items[j].parent = c
		}
	}
	return c
}

// root is the data set that this one is in, itself if none.
func (d *Dataset) root() *Dataset {
	for d.parent != nil {
		d = d.parent
	}
	return d
}
