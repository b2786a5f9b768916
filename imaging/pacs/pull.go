package pacs

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/imaging/dimse"
)

// Puller fetches studies from other archives into ours.
type Puller struct {
	Archive *archive.Archive
	Title   string         // our AE title
	Remotes []dimse.Remote // those with a title and an address are asked, one after the other
}

// ErrNoStudy: none of the archives has a study of that accession number.
var ErrNoStudy = errors.New("no PACS has a study of this accession number")

// Pull asks each archive for the studies of an accession number, fetches them from the first one that has any, and gives their UIDs. They come over the same
// association (C-GET) where the archive knows that, and otherwise it sends them to our own listener (C-MOVE). told hears how many instances came, and of how
// many where that is known.
func (p Puller) Pull(ctx context.Context, accession string, told func(done, total int)) ([]string, error) {
	if accession == "" || strings.ContainsAny(accession, `*?\`) || len(accession) > 16 {
		return nil, fmt.Errorf("%q is no accession number: %w", accession, ErrNoStudy)
	}
	var wrong error
	for _, r := range p.Remotes {
		if r.Title == "" || r.Address == "" {
			continue
		}
		studies, err := p.find(ctx, r, accession)
		if err != nil {
			wrong = errors.Join(wrong, fmt.Errorf("asking %s: %w", r.Title, err))
			continue
		}
		for _, uid := range studies {
			if err := p.fetch(ctx, r, uid, told); err != nil {
				return nil, fmt.Errorf("fetching a study from %s: %w", r.Title, err)
			}
		}
		if len(studies) > 0 {
			return studies, nil
		}
	}
	return nil, errors.Join(ErrNoStudy, wrong)
}

func (p Puller) associate(ctx context.Context, r dimse.Remote, proposals ...dimse.Proposal) (*dimse.Association, error) {
	peer := dimse.Peer{Address: r.Address, Calling: p.Title, Called: r.Title}
	if r.TLS {
		host, _, err := net.SplitHostPort(r.Address)
		if err != nil {
			return nil, err
		}
		peer.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	}
	return peer.Associate(ctx, proposals)
}

// asking is an identifier of a study: values by tag, of which empty ones are what the answer is to say.
func asking(values map[dicom.Tag]string) ([]byte, error) {
	d := &dicom.Dataset{}
	d.SetString(archive.QueryRetrieveLevel, "STUDY")
	for tag, value := range values {
		d.SetString(tag, value)
	}
	var b bytes.Buffer
	err := d.Write(&b, dicom.ImplicitVRLittleEndian)
	return b.Bytes(), err
}

func (p Puller) find(ctx context.Context, r dimse.Remote, accession string) (studies []string, err error) {
	identifier, err := asking(map[dicom.Tag]string{dicom.AccessionNumber: accession, dicom.StudyInstanceUID: ""})
	if err != nil {
		return nil, err
	}
	a, err := p.associate(ctx, r, dimse.Proposal{Class: dimse.StudyRootFind, Transfers: []string{dimse.ImplicitLittle}})
	if err != nil {
		return nil, err
	}
	err = a.Find(dimse.StudyRootFind, identifier, func(match []byte) error {
		d, err := dicom.ReadDataset(bytes.NewReader(match), dicom.ImplicitVRLittleEndian, dicom.Options{Memory: 8 << 20})
		if err != nil {
			return err
		}
		if uid := d.String(dicom.StudyInstanceUID); dicom.ValidUID(uid) && d.String(dicom.AccessionNumber) == accession {
			studies = append(studies, uid)
		}
		return nil
	})
	return studies, closed(a, err)
}

// closed releases an association after an operation, or aborts it if the operation broke it.
func closed(a *dimse.Association, err error) error {
	var refused *dimse.StatusError
	if err != nil && !errors.As(err, &refused) {
		a.Abort()
		return err
	}
	return errors.Join(err, a.Release())
}

func (p Puller) fetch(ctx context.Context, r dimse.Remote, uid string, told func(done, total int)) error {
	identifier, err := asking(map[dicom.Tag]string{dicom.StudyInstanceUID: uid})
	if err != nil {
		return err
	}
	err = p.get(ctx, r, identifier, told)
	if errors.Is(err, dimse.ErrNotAccepted) {
		err = p.move(ctx, r, identifier, told)
	}
	return err
}

func (p Puller) get(ctx context.Context, r dimse.Remote, identifier []byte, told func(done, total int)) error {
	proposals := []dimse.Proposal{{Class: dimse.StudyRootGet, Transfers: []string{dimse.ImplicitLittle}}}
	for _, class := range fetched {
		for _, t := range []string{dimse.ExplicitLittle, string(dicom.JPEGLosslessSV1), string(dicom.JPEG2000Lossless)} {
			proposals = append(proposals, dimse.Proposal{Class: class, Transfers: []string{t}, Provide: true})
		}
	}
	a, err := p.associate(ctx, r, proposals...)
	if err != nil {
		return err
	}
	n := 0
	progress, err := a.Get(ctx, dimse.StudyRootGet, identifier, func(ctx context.Context, i dimse.Instance, data io.Reader) error {
		err := p.Archive.Receive(ctx, archive.Arrival{From: r.Title, Class: i.Class, UID: i.UID, Transfer: i.Transfer}, data)
		n++
		told(n, 0)
		return status(err)
	})
	if err == nil && progress.Failed > 0 {
		err = fmt.Errorf("%d instances did not come", progress.Failed)
	}
	return closed(a, err)
}

func (p Puller) move(ctx context.Context, r dimse.Remote, identifier []byte, told func(done, total int)) error {
	a, err := p.associate(ctx, r, dimse.Proposal{Class: dimse.StudyRootMove, Transfers: []string{dimse.ImplicitLittle}})
	if err != nil {
		return err
	}
	progress, err := a.Move(dimse.StudyRootMove, p.Title, identifier, func(m dimse.Progress) {
		told(int(m.Completed), int(m.Completed+m.Remaining))
	})
	if err == nil && progress.Failed > 0 {
		err = fmt.Errorf("%d instances did not come", progress.Failed)
	}
	return closed(a, err)
}

// fetched are the storage classes that are taken by C-GET, which has to name them beforehand: the images that hospitals have most, 42 at most for three transfer
// syntaxes each.
var fetched = strings.Fields(`1.2.840.10008.5.1.4.1.1.1 1.2.840.10008.5.1.4.1.1.1.1 1.2.840.10008.5.1.4.1.1.1.2 1.2.840.10008.5.1.4.1.1.2 1.2.840.10008.5.1.4.1.1.2.1
	1.2.840.10008.5.1.4.1.1.3.1 1.2.840.10008.5.1.4.1.1.4 1.2.840.10008.5.1.4.1.1.4.1 1.2.840.10008.5.1.4.1.1.6.1 1.2.840.10008.5.1.4.1.1.7 1.2.840.10008.5.1.4.1.1.7.2
	1.2.840.10008.5.1.4.1.1.7.4 1.2.840.10008.5.1.4.1.1.11.1 1.2.840.10008.5.1.4.1.1.12.1 1.2.840.10008.5.1.4.1.1.12.2 1.2.840.10008.5.1.4.1.1.13.1.3
	1.2.840.10008.5.1.4.1.1.20 1.2.840.10008.5.1.4.1.1.66.4 1.2.840.10008.5.1.4.1.1.77.1.4 1.2.840.10008.5.1.4.1.1.88.11 1.2.840.10008.5.1.4.1.1.88.22
	1.2.840.10008.5.1.4.1.1.88.33 1.2.840.10008.5.1.4.1.1.88.59 1.2.840.10008.5.1.4.1.1.128`)
