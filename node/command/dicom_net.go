package command

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"consilium/imaging/archive"
	"consilium/imaging/codec"
	"consilium/imaging/dicom"
	"consilium/imaging/dicomjson"
	"consilium/imaging/dimse"
)

// dicomPeer is whom a command talks to.
type dicomPeer struct {
	Peer string `arg:"" help:"The peer: TITLE@HOST:PORT." placeholder:"TITLE@HOST:PORT"`
	AE   string `help:"Our own AE title." name:"ae" default:"CONSILIUM"`
	TLS  bool   `help:"Speak TLS." name:"tls"`
}

func (p dicomPeer) associate(ctx context.Context, proposals ...dimse.Proposal) (*dimse.Association, error) {
	title, address, ok := strings.Cut(p.Peer, "@")
	host, port, err := net.SplitHostPort(address)
	if !ok || err != nil || port == "" || title == "" || len(title) > 16 {
		return nil, fmt.Errorf("%q names no peer: write TITLE@HOST:PORT", p.Peer)
	}
	peer := dimse.Peer{Address: address, Calling: p.AE, Called: title}
	if p.TLS {
		peer.TLS = &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	}
	return peer.Associate(ctx, proposals)
}

// identifiers is a proposal for a service whose messages are identifiers.
func identifiers(class string) dimse.Proposal {
	return dimse.Proposal{Class: class, Transfers: []string{dimse.ImplicitLittle}}
}

type dicomEchoCmd struct{ dicomPeer }

// Run asks a peer whether it is there and knows us.
func (c *dicomEchoCmd) Run(ctx context.Context) error {
	a, err := c.associate(ctx, identifiers(dimse.Verification))
	if err != nil {
		return err
	}
	if err := a.Echo(); err != nil {
		a.Abort()
		return err
	}
	fmt.Println("answered")
	return a.Release()
}

type dicomSendCmd struct {
	dicomPeer
	Paths []string `arg:"" name:"PATH" help:"DICOM files, or folders of them."`
}

// outgoing is a file that is to be sent.
type outgoing struct {
	path string
	dimse.Instance
}

// Run sends files as they are; what the peer does not take compressed is decoded. Files that are not DICOM are told and left out.
func (c *dicomSendCmd) Run(ctx context.Context) error {
	list, err := readOutgoing(c.Paths)
	if err != nil {
		return err
	}
	failed := 0
	for len(list) > 0 { // an association has room for 128 presentation contexts
		n, proposals := fitting(list)
		a, err := c.associate(ctx, proposals...)
		if err != nil {
			return err
		}
		for _, o := range list[:n] {
			if err := sendOne(ctx, a, o); err != nil {
				failed++
				fmt.Fprintf(os.Stderr, "consilium: %s: %v\n", o.path, err)
				var refused *dimse.StatusError
				if !errors.As(err, &refused) && !errors.Is(err, dimse.ErrNotAccepted) && !errors.Is(err, errUnreadable) {
					a.Abort()
					return ErrSaid
				}
			}
		}
		if err := a.Release(); err != nil {
			return err
		}
		fmt.Printf("%d sent, %d not\n", n-failed, failed)
		list = list[n:]
	}
	if failed > 0 {
		return ErrSaid
	}
	return nil
}

var errUnreadable = errors.New("it cannot be read to be sent")

// readOutgoing reads who the files are.
func readOutgoing(paths []string) (list []outgoing, err error) {
	for _, root := range paths {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			f, done, err := dicom.Open(path, dicom.Options{StopBefore: dicom.StudyDate})
			if err != nil {
				fmt.Fprintf(os.Stderr, "consilium: %s is left out: %v\n", path, err)
				return nil
			}
			o := outgoing{path, dimse.Instance{Class: f.Dataset.String(dicom.SOPClassUID), UID: f.Dataset.String(dicom.SOPInstanceUID), Transfer: string(f.Syntax)}}
			if o.Class == "" || o.UID == "" {
				fmt.Fprintf(os.Stderr, "consilium: %s is left out: it names no SOP class and instance\n", path)
				return done()
			}
			list = append(list, o)
			return done()
		})
		if err != nil {
			return nil, err
		}
	}
	return list, nil
}

// fitting is how many of the files fit one association, and what is proposed for them: each class as it is stored, and uncompressed.
func fitting(list []outgoing) (int, []dimse.Proposal) {
	seen := map[[2]string]bool{}
	var proposals []dimse.Proposal
	for n, o := range list {
		var wanted []string
		for _, t := range []string{o.Transfer, dimse.ExplicitLittle, dimse.ImplicitLittle} {
			if key := [2]string{o.Class, t}; !seen[key] {
				wanted = append(wanted, t)
				seen[key] = true
			}
		}
		if len(proposals)+len(wanted) > 128 {
			return n, proposals
		}
		for _, t := range wanted {
			proposals = append(proposals, dimse.Proposal{Class: o.Class, Transfers: []string{t}})
		}
	}
	return len(list), proposals
}

func sendOne(ctx context.Context, a *dimse.Association, o outgoing) error {
	f, done, err := dicom.Open(o.path, dicom.Options{})
	if err != nil {
		return fmt.Errorf("%w: %w", errUnreadable, err)
	}
	defer done()
	accepted := a.Transfers(o.Class)
	syntax := f.Syntax
	switch {
	case slices.Contains(accepted, string(syntax)):
	case slices.Contains(accepted, dimse.ExplicitLittle):
		syntax = dicom.ExplicitVRLittleEndian
	case slices.Contains(accepted, dimse.ImplicitLittle):
		syntax = dicom.ImplicitVRLittleEndian
	default:
		return fmt.Errorf("%s: %w", o.Class, dimse.ErrNotAccepted)
	}
	if syntax != f.Syntax {
		if f, err = codec.Expand(ctx, f, syntax); err != nil {
			return fmt.Errorf("%w: %w", errUnreadable, err)
		}
	}
	r, w := io.Pipe()
	defer r.Close()
	go func() { w.CloseWithError(f.Dataset.Write(w, syntax)) }()
	o.Transfer = string(syntax)
	_, err = a.Store(o.Instance, r)
	return err
}

// dicomQuery is what a command asks a peer for.
type dicomQuery struct {
	Level string   `help:"What is asked for: patient, study, series or image." enum:"patient,study,series,image" default:"study"`
	Keys  []string `arg:"" optional:"" name:"KEY=VALUE" help:"Attributes by keyword or tag, with values as DICOM matches them: AccessionNumber=A17, PatientName=DOE*, StudyDate=20260101-. Without a value the answer shows the attribute."`
}

// shown are the attributes that answers show at each level though nobody asked.
var shown = map[string][]dicom.Tag{
	"patient": {dicom.PatientID, dicom.PatientName, dicom.PatientBirthDate, dicom.PatientSex},
	"study": {dicom.StudyInstanceUID, dicom.PatientID, dicom.PatientName, dicom.StudyDate, dicom.AccessionNumber, dicom.StudyDescription, archive.ModalitiesInStudy,
		archive.NumberOfStudyRelatedInstance},
	"series": {dicom.StudyInstanceUID, dicom.SeriesInstanceUID, dicom.Modality, dicom.SeriesNumber, dicom.SeriesDescription, archive.NumberOfSeriesRelated},
	"image":  {dicom.StudyInstanceUID, dicom.SeriesInstanceUID, dicom.SOPInstanceUID, dicom.SOPClassUID, dicom.InstanceNumber},
}

// identifier is the question as a data set; show adds the attributes that the answers are to have.
func (q *dicomQuery) identifier(show bool) ([]byte, error) {
	d := &dicom.Dataset{}
	d.SetString(archive.QueryRetrieveLevel, strings.ToUpper(q.Level))
	if show {
		for _, t := range shown[q.Level] {
			d.SetString(t, "")
		}
	}
	for _, k := range q.Keys {
		name, value, _ := strings.Cut(k, "=")
		tag, ok := dicom.ParseTag(name)
		e, _ := dicom.Lookup(tag)
		if !ok || !e.VR.IsString() {
			return nil, fmt.Errorf("%q is no attribute that can be asked for", name)
		}
		d.SetString(tag, value)
	}
	var b bytes.Buffer
	err := d.Write(&b, dicom.ImplicitVRLittleEndian)
	return b.Bytes(), err
}

// root is the model to ask in: patients are only in theirs.
func (q *dicomQuery) root(patient, study string) string {
	if q.Level == "patient" {
		return patient
	}
	return study
}

type dicomFindCmd struct {
	dicomPeer
	dicomQuery
}

// Run prints each answer as a line of DICOM JSON.
func (c *dicomFindCmd) Run(ctx context.Context) error {
	identifier, err := c.identifier(true)
	if err != nil {
		return err
	}
	class := c.root(dimse.PatientRootFind, dimse.StudyRootFind)
	a, err := c.associate(ctx, identifiers(class))
	if err != nil {
		return err
	}
	err = a.Find(class, identifier, func(match []byte) error {
		d, err := dicom.ReadDataset(bytes.NewReader(match), dicom.ImplicitVRLittleEndian, dicom.Options{})
		if err != nil {
			return err
		}
		fmt.Printf("%s\n", dicomjson.Append(nil, d, nil))
		return nil
	})
	return ended(a, err)
}

// ended releases an association after an operation, or aborts it if the operation broke it.
func ended(a *dimse.Association, err error) error {
	var refused *dimse.StatusError
	if err != nil && !errors.As(err, &refused) {
		a.Abort()
		return err
	}
	return errors.Join(err, a.Release())
}

type dicomMoveCmd struct {
	dicomPeer
	To string `help:"AE title that the peer is to send to; it must know its address." required:""`
	dicomQuery
}

// Run has the peer send what matches to somebody else, or to our own archive.
func (c *dicomMoveCmd) Run(ctx context.Context) error {
	identifier, err := c.identifier(false)
	if err != nil {
		return err
	}
	class := c.root(dimse.PatientRootMove, dimse.StudyRootMove)
	a, err := c.associate(ctx, identifiers(class))
	if err != nil {
		return err
	}
	p, err := a.Move(class, c.To, identifier, func(p dimse.Progress) { fmt.Fprintf(os.Stderr, "\r%d sent, %d to go ", p.Completed, p.Remaining) })
	fmt.Printf("%d sent, %d with a warning, %d not\n", p.Completed, p.Warning, p.Failed)
	return ended(a, err)
}

type dicomGetCmd struct {
	dicomPeer
	Out     string   `help:"Folder for the files." required:"" placeholder:"DIR"`
	Classes []string `help:"SOP classes to take, instead of the usual ones."`
	dicomQuery
}

// usualClasses are the storage classes that hospitals send most, for C-GET has to name them beforehand.
var usualClasses = strings.Fields(`1.2.840.10008.5.1.4.1.1.1 1.2.840.10008.5.1.4.1.1.1.1 1.2.840.10008.5.1.4.1.1.1.2 1.2.840.10008.5.1.4.1.1.2 1.2.840.10008.5.1.4.1.1.2.1
	1.2.840.10008.5.1.4.1.1.3.1 1.2.840.10008.5.1.4.1.1.4 1.2.840.10008.5.1.4.1.1.4.1 1.2.840.10008.5.1.4.1.1.6.1 1.2.840.10008.5.1.4.1.1.7 1.2.840.10008.5.1.4.1.1.7.2
	1.2.840.10008.5.1.4.1.1.7.4 1.2.840.10008.5.1.4.1.1.11.1 1.2.840.10008.5.1.4.1.1.12.1 1.2.840.10008.5.1.4.1.1.12.2 1.2.840.10008.5.1.4.1.1.13.1.3
	1.2.840.10008.5.1.4.1.1.20 1.2.840.10008.5.1.4.1.1.66 1.2.840.10008.5.1.4.1.1.66.4 1.2.840.10008.5.1.4.1.1.66.5 1.2.840.10008.5.1.4.1.1.77.1.1
	1.2.840.10008.5.1.4.1.1.77.1.4 1.2.840.10008.5.1.4.1.1.88.11 1.2.840.10008.5.1.4.1.1.88.22 1.2.840.10008.5.1.4.1.1.88.33 1.2.840.10008.5.1.4.1.1.88.34
	1.2.840.10008.5.1.4.1.1.88.59 1.2.840.10008.5.1.4.1.1.88.67 1.2.840.10008.5.1.4.1.1.104.1 1.2.840.10008.5.1.4.1.1.128 1.2.840.10008.5.1.4.1.1.481.1
	1.2.840.10008.5.1.4.1.1.481.2 1.2.840.10008.5.1.4.1.1.481.3 1.2.840.10008.5.1.4.1.1.481.5`)

// Run fetches what matches on one association, each file in the transfer syntax that the peer chooses.
func (c *dicomGetCmd) Run(ctx context.Context) error {
	identifier, err := c.identifier(false)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Out, 0o755); err != nil {
		return err
	}
	class := c.root(dimse.PatientRootGet, dimse.StudyRootGet)
	proposals := []dimse.Proposal{identifiers(class)}
	classes := c.Classes
	if len(classes) == 0 {
		classes = usualClasses
	}
	for _, storage := range classes {
		for _, t := range []string{dimse.ExplicitLittle, string(dicom.JPEGLosslessSV1), string(dicom.JPEG2000Lossless)} {
			if len(proposals) < 128 {
				proposals = append(proposals, dimse.Proposal{Class: storage, Transfers: []string{t}, Provide: true})
			}
		}
	}
	a, err := c.associate(ctx, proposals...)
	if err != nil {
		return err
	}
	p, err := a.Get(ctx, class, identifier, c.keep)
	fmt.Printf("%d fetched, %d with a warning, %d not\n", p.Completed, p.Warning, p.Failed)
	return ended(a, err)
}

// keep writes one instance as a file under its UID.
func (c *dicomGetCmd) keep(_ context.Context, i dimse.Instance, data io.Reader) error {
	if !dicom.ValidUID(i.UID) {
		return &dimse.StatusError{Status: dimse.StatusWrongClass, Comment: "no usable SOP Instance UID"}
	}
	header, err := archive.FileHeader(i.Class, i.UID, dicom.TransferSyntax(i.Transfer))
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(c.Out, "receiving-*")
	if err != nil {
		return err
	}
	_, err = io.Copy(f, io.MultiReader(bytes.NewReader(header), data))
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), filepath.Join(c.Out, i.UID+".dcm"))
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
