// Package pacs serves an archive over DIMSE: it turns what peers ask into what the archive knows, and back. With package dimse
// it is what a hospital's scanners, viewers and its own PACS see of a node.
//
// It decides nothing about who may ask: that is the list of peers of [dimse.Server].
package pacs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/imaging/dimse"
)

// Provider is an archive as a [dimse.Server] wants it.
type Provider struct {
	Archive *archive.Archive
	Title   string // our AE title, told in answers
}

// Store implements [dimse.Archive].
func (p Provider) Store(ctx context.Context, from dimse.Caller, i dimse.Instance, data io.Reader) error {
	arrival := archive.Arrival{From: from.Title + "@" + from.Host, Class: i.Class, UID: i.UID, Transfer: i.Transfer}
	return status(p.Archive.Receive(ctx, arrival, data))
}

// statuses are what a peer is told of an error: its number, and a phrase that holds no name and no folder.
var statuses = []struct {
	sort    error
	status  dimse.Status
	comment string
}{
	{archive.ErrFull, dimse.StatusOutOfResources, "the disk is full: nothing of this instance was kept"},
	{archive.ErrDuplicate, dimse.StatusDuplicate, "other pixels are kept under this UID, and stay"},
	{archive.ErrMismatch, dimse.StatusWrongClass, "the data set contradicts the command or its series"},
	{archive.ErrNotFound, dimse.StatusUnableToProcess, "not kept here"},
	{archive.ErrTransfer, dimse.StatusUnableToProcess, "not available in this transfer syntax"},
	{archive.ErrKey, dimse.StatusWrongClass, "a key of the identifier cannot be understood"},
	{dicom.ErrTruncated, dimse.StatusCannotUnderstand, "the data set ends too early"},
	{dicom.ErrMalformed, dimse.StatusCannotUnderstand, "the data set is malformed"},
	{dicom.ErrTooLarge, dimse.StatusCannotUnderstand, "the structure of the data set is too large"},
	{dicom.ErrTransferSyntax, dimse.StatusCannotUnderstand, "the transfer syntax is not known"},
	{dicom.ErrNotDICOM, dimse.StatusCannotUnderstand, "this is no data set"},
}

// status gives an error the number that the peer is told.
func status(err error) error {
	for _, s := range statuses {
		if errors.Is(err, s.sort) {
			return fmt.Errorf("%w (%w)", err, &dimse.StatusError{Status: s.status, Comment: s.comment})
		}
	}
	return err
}

// levels by their names in identifiers.
var levels = map[string]archive.Level{"PATIENT": archive.Patients, "STUDY": archive.Studies, "SERIES": archive.Series, "IMAGE": archive.Instances}

// identifier reads what a request asks for, and at which level.
func identifier(q dimse.Query) (*dicom.Dataset, archive.Level, error) {
	d, err := dicom.ReadDataset(bytes.NewReader(q.Identifier), dicom.TransferSyntax(q.Transfer), dicom.Options{Memory: 8 << 20})
	if err != nil {
		return nil, 0, fmt.Errorf("reading an identifier: %w", err)
	}
	level, ok := levels[d.String(archive.QueryRetrieveLevel)]
	studyRoot := q.Class == dimse.StudyRootFind || q.Class == dimse.StudyRootMove || q.Class == dimse.StudyRootGet
	if !ok || level == archive.Patients && studyRoot {
		return nil, 0, &dimse.StatusError{Status: dimse.StatusWrongClass, Comment: "no Query/Retrieve Level of this model"}
	}
	return d, level, nil
}

// Find implements [dimse.Archive].
func (p Provider) Find(ctx context.Context, q dimse.Query, yield func(match []byte) error) error {
	asked, level, err := identifier(q)
	if err != nil {
		return status(err)
	}
	search := archive.Search{Level: level}
	for _, e := range asked.Elements {
		if e.VR != dicom.SQ && e.Tag != archive.QueryRetrieveLevel && e.Tag != dicom.SpecificCharacterSet {
			search.Match = append(search.Match, archive.Match{Tag: e.Tag, Values: asked.Strings(e.Tag)})
		}
	}
	return status(p.Archive.Search(ctx, search, func(f *archive.Found) error {
		match, err := p.answer(asked, f)
		if err != nil {
			return err
		}
		var b bytes.Buffer
		if err := match.Write(&b, dicom.TransferSyntax(q.Transfer)); err != nil {
			return err
		}
		return yield(b.Bytes())
	}))
}

// answer is what was asked for and no more: each key with its value, empty where there is none (PS3.4 section C.4.1.1.3.2).
func (p Provider) answer(asked *dicom.Dataset, f *archive.Found) (*dicom.Dataset, error) {
	known, err := f.Dataset()
	if err != nil {
		return nil, err
	}
	match := &dicom.Dataset{}
	for _, e := range asked.Elements {
		if found := known.Find(e.Tag); found != nil {
			match.Set(*found)
		} else if e.Tag.Number() != 0 {
			match.Set(dicom.Element{Tag: e.Tag, VR: e.VR})
		}
	}
	match.SetString(archive.QueryRetrieveLevel, asked.String(archive.QueryRetrieveLevel))
	match.SetString(archive.RetrieveAETitle, p.Title)
	if set := known.Find(dicom.SpecificCharacterSet); set != nil {
		match.Set(*set)
	}
	return match, nil
}

// Select implements [dimse.Archive]. Each level is named by its unique keys, which may be lists below the patient (PS3.4 section C.4.2.1.4.1).
func (p Provider) Select(ctx context.Context, q dimse.Query) ([]dimse.Instance, error) {
	asked, level, err := identifier(q)
	if err != nil {
		return nil, status(err)
	}
	which := archive.Which{Patient: asked.String(dicom.PatientID), Studies: named(asked, dicom.StudyInstanceUID)}
	if level >= archive.Series {
		which.Series = named(asked, dicom.SeriesInstanceUID)
	}
	if level >= archive.Instances {
		which.UIDs = named(asked, dicom.SOPInstanceUID)
	}
	needed := map[archive.Level]bool{archive.Patients: which.Patient != "", archive.Studies: which.Studies != nil, archive.Series: which.Series != nil,
		archive.Instances: which.UIDs != nil}
	if !needed[level] {
		return nil, &dimse.StatusError{Status: dimse.StatusWrongClass, Comment: "the unique key of the level is missing"}
	}
	if level > archive.Patients {
		which.Patient = "" // the study says it better than an identifier that may have been corrected since
	}
	var list []dimse.Instance
	err = p.Archive.List(ctx, which, func(e archive.Entry) error {
		list = append(list, dimse.Instance{Class: e.Class, UID: e.UID, Transfer: e.Transfer})
		return nil
	})
	return list, status(err)
}

// named are the values of a unique key, nil if there is none.
func named(d *dicom.Dataset, t dicom.Tag) []string {
	var list []string
	for _, uid := range d.Strings(t) {
		if uid != "" {
			list = append(list, uid)
		}
	}
	return list
}

// Open implements [dimse.Archive].
func (p Provider) Open(ctx context.Context, uid string, transfers []string) (io.ReadCloser, string, error) {
	e, err := p.Archive.Find(ctx, uid)
	if err != nil {
		return nil, "", status(err)
	}
	data, transfer, err := p.Archive.DataSet(ctx, e, transfers)
	return data, transfer, status(err)
}
