package pacs

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/imaging/dimse"
)

const (
	transactionUID       dicom.Tag = 0x00081195
	failureReason        dicom.Tag = 0x00081197
	failedSequence       dicom.Tag = 0x00081198
	referencedSequence   dicom.Tag = 0x00081199
	referencedClass      dicom.Tag = 0x00081150
	referencedInstance   dicom.Tag = 0x00081155
	noSuchInstance                 = 0x0112 // failure reasons of PS3.3 section C.14.1.1
	classConflict                  = 0x0119
	allSafe, someMissing           = 1, 2 // event types of PS3.4 table J.3-2
)

// Commit implements [dimse.Archive]: an instance is committed if the index has it, of that class, and its blob is there. All that the index has was
// durable before it was acknowledged.
func (p Provider) Commit(ctx context.Context, transfer string, action []byte) (uint16, []byte, error) {
	asked, err := dicom.ReadDataset(bytes.NewReader(action), dicom.TransferSyntax(transfer), dicom.Options{Memory: 8 << 20})
	if err != nil {
		return 0, nil, status(fmt.Errorf("reading a request for storage commitment: %w", err))
	}
	var safe, missing []*dicom.Dataset
	for _, item := range asked.Items(referencedSequence) {
		reference, reason, err := p.reference(ctx, item)
		if err != nil {
			return 0, nil, status(err)
		}
		if reason == 0 {
			safe = append(safe, reference)
			continue
		}
		reference.SetInt(failureReason, reason)
		missing = append(missing, reference)
	}
	report := &dicom.Dataset{}
	report.SetString(transactionUID, asked.String(transactionUID))
	report.SetString(archive.RetrieveAETitle, p.Title)
	event := uint16(allSafe)
	if len(missing) > 0 {
		event = someMissing
		report.SetItems(failedSequence, missing...)
	}
	if len(safe) > 0 {
		report.SetItems(referencedSequence, safe...)
	}
	var b bytes.Buffer
	err = report.Write(&b, dicom.TransferSyntax(transfer))
	return event, b.Bytes(), err
}

// reference looks for one instance and returns why it is not committed, or 0.
func (p Provider) reference(ctx context.Context, item *dicom.Dataset) (*dicom.Dataset, int, error) {
	class, uid := item.String(referencedClass), item.String(referencedInstance)
	reference := &dicom.Dataset{}
	reference.SetString(referencedClass, class)
	reference.SetString(referencedInstance, uid)
	e, err := p.Archive.Find(ctx, uid)
	switch {
	case errors.Is(err, archive.ErrNotFound), err == nil && !p.Archive.Blobs.Has(e.Blob):
		return reference, noSuchInstance, nil
	case err != nil:
		return nil, 0, err
	case e.Class != class:
		return reference, classConflict, nil
	}
	return reference, 0, nil
}

var _ dimse.Archive = Provider{}
