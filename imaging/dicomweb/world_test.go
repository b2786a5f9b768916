package dicomweb

import (
	"bytes"
	"encoding/json"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/store"
	"consilium/store/storetest"
)

// site is an archive on the web.
type site struct {
	testing.TB
	archive *archive.Archive
	url     string // of the services
}

// serve starts an archive; everybody may do everything with it.
func serve(t testing.TB) *site {
	t.Helper()
	return serveFor(t, everybody)
}

func serveFor(t testing.TB, allow func(http.ResponseWriter, *http.Request, Action, string) bool) *site {
	t.Helper()
	s := storetest.Open(t, storetest.SQLite(t, archive.Migrations))
	blobs := s.Blobs()
	a, err := archive.Open(archive.Options{Tables: s, Full: store.ErrDiskFull, Scratch: filepath.Join(t.TempDir(), "receiving"), Now: time.Now,
		Blobs: archive.BlobsOf(blobs.Batch, blobs.Open, blobs.Has, blobs.Remove)})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer((&Server{Archive: a, Prefix: "/dicomweb", Allow: allow}).Handler())
	t.Cleanup(web.Close)
	return &site{t, a, web.URL + "/dicomweb"}
}

// keep stores a real file of the reader's samples.
func (s *site) keep(name string) archive.Entry {
	s.Helper()
	e, _, err := s.archive.KeepFile(s.Context(), archive.Arrival{From: "test"}, bytes.NewReader(sample(s.TB, name)))
	if err != nil {
		s.Fatal(err)
	}
	return e
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("../dicom/testdata/zoo/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// get asks for a path below the services, or an address of an answer.
func (s *site) get(path, accept string) (int, http.Header, []byte) {
	s.Helper()
	if path[0] == '/' {
		path = s.url + path
	}
	r, err := http.NewRequestWithContext(s.Context(), "GET", path, nil)
	if err != nil {
		s.Fatal(err)
	}
	if accept != "" {
		r.Header.Set("Accept", accept)
	}
	return s.do(r)
}

func (s *site) do(r *http.Request) (int, http.Header, []byte) {
	s.Helper()
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		s.Fatal(err)
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		s.Fatal(err)
	}
	return answer.StatusCode, answer.Header, b
}

// post stores files in one request.
func (s *site) post(path string, files ...[]byte) (int, map[string]attribute) {
	s.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for _, f := range files {
		p, err := w.CreatePart(map[string][]string{"Content-Type": {"application/dicom"}})
		if err == nil {
			_, err = p.Write(f)
		}
		if err != nil {
			s.Fatal(err)
		}
	}
	w.Close()
	r, err := http.NewRequestWithContext(s.Context(), "POST", s.url+path, &body)
	if err != nil {
		s.Fatal(err)
	}
	r.Header.Set("Content-Type", `multipart/related; type="application/dicom"; boundary=`+w.Boundary())
	status, _, answer := s.do(r)
	var object map[string]attribute
	if err := json.Unmarshal(answer, &object); err != nil {
		s.Fatalf("%d %s: %v", status, answer, err)
	}
	return status, object
}

// attribute is one of the DICOM JSON Model.
type attribute struct {
	VR           string `json:"vr"`
	Value        []any
	BulkDataURI  string
	InlineBinary string
}

func objects(t *testing.T, b []byte) []map[string]attribute {
	t.Helper()
	var list []map[string]attribute
	if err := json.Unmarshal(b, &list); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return list
}

// bodyPart is one part of an answer.
type bodyPart struct {
	kind, location string
	data           []byte
}

func bodyParts(t *testing.T, h http.Header, b []byte) (list []bodyPart) {
	t.Helper()
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "multipart/related" {
		t.Fatalf("%s: %v", h.Get("Content-Type"), err)
	}
	for r := multipart.NewReader(bytes.NewReader(b), params["boundary"]); ; {
		p, err := r.NextRawPart()
		if err == io.EOF {
			return list
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(p)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, bodyPart{p.Header.Get("Content-Type"), p.Header.Get("Content-Location"), data})
	}
}

func parse(t testing.TB, b []byte) *dicom.File {
	t.Helper()
	f, err := dicom.Read(bytes.NewReader(b), int64(len(b)), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func pathOf(e archive.Entry) string {
	return "/studies/" + e.Study + "/series/" + e.Series + "/instances/" + e.UID
}

func everybody(http.ResponseWriter, *http.Request, Action, string) bool { return true }
