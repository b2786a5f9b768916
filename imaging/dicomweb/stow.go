package dicomweb

import (
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strconv"
	"strings"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/imaging/dicomjson"
)

// Attributes of the answer to a store (PS3.18 section 10.5.3).
const (
	failedSequence     dicom.Tag = 0x00081198
	failureReason      dicom.Tag = 0x00081197
	referencedSequence dicom.Tag = 0x00081199
	referencedClass    dicom.Tag = 0x00081150
	referencedInstance dicom.Tag = 0x00081155
	otherFailures      dicom.Tag = 0x0008119A
)

// stow is STOW-RS: every part of the request is stored, and the answer says what became of each. When an instance is said to be stored, it is on disk.
func (s *Server) stow(w http.ResponseWriter, r *http.Request) error {
	kind, err := acceptsJSON(r)
	if err != nil {
		return err
	}
	next, err := parts(r)
	if err != nil {
		return err
	}
	o := &storing{server: s, study: r.PathValue("study"), from: "STOW-RS@" + r.RemoteAddr, base: s.base(r)}
	if err := o.all(r.Context(), next); err != nil {
		return err
	}
	status := http.StatusOK
	switch {
	case len(o.stored) == 0:
		status = http.StatusConflict
	case len(o.failed)+len(o.unnamed) > 0:
		status = http.StatusAccepted
	}
	w.Header().Set("Content-Type", kind)
	w.WriteHeader(status)
	_, err = w.Write(dicomjson.Append(nil, o.answer(r.PathValue("study")), nil))
	return err
}

// parts reads the body as what its type says: many instances, or one.
func parts(r *http.Request) (next func() (io.Reader, error), err error) {
	kind, params, err := mime.ParseMediaType(withQuotes(r.Header.Get("Content-Type")))
	unsupported := &problem{http.StatusUnsupportedMediaType, `store with multipart/related; type="application/dicom", or application/dicom for one instance`}
	switch coding := r.Header.Get("Content-Encoding"); {
	case err != nil:
		return nil, unsupported
	case coding != "" && !strings.EqualFold(coding, "identity"):
		return nil, &problem{http.StatusUnsupportedMediaType, "the body must not be encoded: Content-Encoding " + strconv.Quote(coding) + " is not read"}
	case kind == "application/dicom":
		done := false
		return func() (io.Reader, error) {
			if done {
				return nil, io.EOF
			}
			done = true
			return r.Body, nil
		}, nil
	case kind != "multipart/related" || params["type"] != "" && !strings.EqualFold(params["type"], "application/dicom"):
		return nil, unsupported
	case params["boundary"] == "":
		return nil, &problem{http.StatusBadRequest, "the boundary of the parts is missing"}
	}
	reader := multipart.NewReader(r.Body, params["boundary"])
	return func() (io.Reader, error) { return reader.NextRawPart() }, nil
}

// storing is one request on its way.
type storing struct {
	server  *Server
	study   string
	from    string
	base    string
	group   *archive.Group
	stored  []*dicom.Dataset
	failed  []*dicom.Dataset
	unnamed []*dicom.Dataset // what could not even be named
}

// all stores part by part, in groups that are large enough to share their syncs and small enough to be forgotten when the client goes away.
func (o *storing) all(ctx context.Context, next func() (io.Reader, error)) error {
	defer func() {
		if o.group != nil {
			o.group.Close()
		}
	}()
	for {
		part, err := next()
		if err == io.EOF {
			return o.commit(ctx)
		}
		if err == nil {
			err = o.add(ctx, part)
		}
		if err != nil {
			return o.broken(err)
		}
	}
}

// broken tells a body that ends too early or is malformed from a disk that fails.
func (o *storing) broken(err error) error {
	if errors.Is(err, archive.ErrFull) {
		return err
	}
	return fmt.Errorf("%w (%w)", &problem{http.StatusBadRequest, "the request's body cannot be read to its end; instances before that place may have been stored"}, err)
}

func (o *storing) add(ctx context.Context, part io.Reader) (err error) {
	if o.group == nil {
		if o.group, err = o.server.Archive.Begin(); err != nil {
			return err
		}
	}
	if err := o.group.Add(ctx, archive.Arrival{From: o.from, Study: o.study}, part); err != nil {
		return err
	}
	if o.group.Large() {
		return o.commit(ctx)
	}
	return nil
}

func (o *storing) commit(ctx context.Context) error {
	if o.group == nil {
		return nil
	}
	kept, err := o.group.Commit(ctx)
	o.group.Close()
	o.group = nil
	if err != nil {
		return err
	}
	for _, k := range kept {
		o.tell(k)
	}
	return nil
}

// tell adds what became of one instance to the answer.
func (o *storing) tell(k archive.Kept) {
	reference := &dicom.Dataset{}
	if k.Class != "" && k.UID != "" {
		reference.SetString(referencedClass, k.Class)
		reference.SetString(referencedInstance, k.UID)
	}
	if k.Err == nil {
		reference.SetString(archive.RetrieveURL, addressOf(o.base, k.Entry))
		o.stored = append(o.stored, reference)
		return
	}
	o.server.Log.Warn("an instance was not stored", "from", o.from, "instance", k.UID, "error", k.Err)
	reference.SetInt(failureReason, reason(k.Err))
	if k.UID == "" || k.Class == "" {
		o.unnamed = append(o.unnamed, reference)
		return
	}
	o.failed = append(o.failed, reference)
}

// reason is the Failure Reason of an error (PS3.18 table 10.5.3-2, PS3.4 table B.2-1).
func reason(err error) int {
	switch {
	case errors.Is(err, archive.ErrFull):
		return 0xA700
	case errors.Is(err, archive.ErrDuplicate):
		return 0x0111
	case errors.Is(err, archive.ErrMismatch):
		return 0xA900
	case errors.Is(err, dicom.ErrTransferSyntax):
		return 0x0122
	case errors.Is(err, dicom.ErrNotDICOM), errors.Is(err, dicom.ErrMalformed), errors.Is(err, dicom.ErrTruncated), errors.Is(err, dicom.ErrTooLarge):
		return 0xC000
	}
	return 0x0110
}

func (o *storing) answer(study string) *dicom.Dataset {
	d := &dicom.Dataset{}
	if study != "" {
		d.SetString(archive.RetrieveURL, o.base+"/studies/"+study)
	}
	for _, list := range []struct {
		tag   dicom.Tag
		items []*dicom.Dataset
	}{{referencedSequence, o.stored}, {failedSequence, o.failed}, {otherFailures, o.unnamed}} {
		if len(list.items) > 0 {
			d.SetItems(list.tag, list.items...)
		}
	}
	return d
}
