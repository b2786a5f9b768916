package dicomweb

import (
	"bytes"
	"context"
	"image"
	"net/http"
	"strings"
	"testing"

	"consilium/imaging/codec"
	"consilium/imaging/dicom"
)

func TestStoreAnswersForEveryInstance(t *testing.T) {
	s := serve(t)
	ct, mr := sample(t, "CT_small.dcm"), sample(t, "MR_small.dcm")
	status, answer := s.post("/studies", ct, mr)
	if status != 200 || len(answer["00081199"].Value) != 2 {
		t.Fatalf("%d %v", status, answer)
	}
	url := answer["00081199"].Value[0].(map[string]any)["00081190"].(map[string]any)["Value"].([]any)[0].(string)
	if code, h, b := s.get(url, "application/dicom"); code != 200 || h.Get("Content-Type") != "application/dicom; transfer-syntax=1.2.840.10008.1.2.1" || parse(t, b).Dataset.String(dicom.Modality) != "CT" {
		t.Errorf("%d %v", code, h)
	}
	changed := parse(t, ct)
	changed.Dataset.SetBytes(dicom.PixelData, dicom.OW, make([]byte, 128*128*2))
	var other bytes.Buffer
	if err := changed.Write(&other); err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string]struct {
		path   string
		files  [][]byte
		status int
		failed map[string]int // by the sequence that tells it
		reason float64
	}{
		"again":         {"/studies", [][]byte{ct}, 200, nil, 0},
		"truncated":     {"/studies", [][]byte{ct[:2000]}, 409, map[string]int{"00081198": 0, "0008119A": 1}, 0xC000},
		"no DICOM":      {"/studies", [][]byte{[]byte("hello"), ct}, 202, map[string]int{"0008119A": 1}, 0xC000},
		"other pixels":  {"/studies", [][]byte{other.Bytes()}, 409, map[string]int{"00081198": 1}, 0x0111},
		"another study": {"/studies/1.2.3", [][]byte{ct}, 409, map[string]int{"00081198": 1}, 0xA900},
	} {
		status, answer := s.post(row.path, row.files...)
		if status != row.status {
			t.Errorf("%s: %d, want %d", name, status, row.status)
		}
		for tag, n := range row.failed {
			if len(answer[tag].Value) != n {
				t.Errorf("%s: %v", name, answer)
			} else if n > 0 {
				if got := answer[tag].Value[0].(map[string]any)["00081197"].(map[string]any)["Value"].([]any)[0]; got != row.reason {
					t.Errorf("%s: reason %v, want %v", name, got, row.reason)
				}
			}
		}
	}
}

func TestStoreRefusesOtherTypes(t *testing.T) {
	s := serve(t)
	for kind, want := range map[string]int{"application/json": 415, `multipart/related; type="application/dicom+json"; boundary=x`: 415,
		`multipart/related; type="application/dicom"`: 400, "": 415, `multipart/related; type=application/dicom; boundary=x`: 400, `Multipart/Related; Type="Application/DICOM"; boundary=x`: 400} {
		r, _ := http.NewRequestWithContext(t.Context(), "POST", s.url+"/studies", strings.NewReader("what is this"))
		r.Header.Set("Content-Type", kind)
		if status, _, body := s.do(r); status != want {
			t.Errorf("%q: %d %s", kind, status, body)
		}
	}
	r, _ := http.NewRequestWithContext(t.Context(), "POST", s.url+"/studies", bytes.NewReader(sample(t, "CT_small.dcm")))
	r.Header.Set("Content-Type", "application/dicom")
	if status, _, body := s.do(r); status != 200 {
		t.Errorf("one instance: %d %s", status, body)
	}
	r, _ = http.NewRequestWithContext(t.Context(), "POST", s.url+"/studies", strings.NewReader("packed"))
	r.Header.Set("Content-Type", "application/dicom")
	r.Header.Set("Content-Encoding", "gzip")
	if status, _, body := s.do(r); status != 415 {
		t.Errorf("an encoded body: %d %s", status, body)
	}
}

func TestSearch(t *testing.T) {
	s := serve(t)
	ct, mr := s.keep("CT_small.dcm"), s.keep("MR_small.dcm")
	for query, want := range map[string]int{
		"/studies": 2,
		"/studies?PatientName=CompressedSamples*":                2,
		"/studies?PatientName=compressedsamples%5Ect1":           1,
		"/studies?00100020=1CT1":                                 1,
		"/studies?ModalitiesInStudy=MR":                          1,
		"/studies?Modality=MR":                                   1,
		"/studies?StudyDate=20040101-20040401":                   1,
		"/studies?StudyInstanceUID=" + ct.Study + "," + mr.Study: 2,
		"/studies?limit=1":                                       1,
		"/studies?limit=5&offset=1":                              1,
		"/studies?fuzzymatching=true&PatientName=CT*":            0,
		"/series":                             2,
		"/series?Modality=CT":                 1,
		"/studies/" + ct.Study + "/series":    1,
		"/studies/" + ct.Study + "/instances": 1,
		"/instances?SOPInstanceUID=" + mr.UID: 1,
		"/studies/" + mr.Study + "/series/" + mr.Series + "/instances": 1,
		"/studies/1.2.3/series": 0,
	} {
		status, h, b := s.get(query, "application/dicom+json")
		if want == 0 {
			if status != 204 || len(b) > 0 {
				t.Errorf("%s: %d %s", query, status, b)
			}
			continue
		}
		if status != 200 || h.Get("Content-Type") != "application/dicom+json" || len(objects(t, b)) != want {
			t.Errorf("%s: %d %s", query, status, b)
		}
	}
	for query, want := range map[string]int{"/studies?limit=0": 400, "/studies?limit=x": 400, "/studies?NoSuchThing=1": 400, "/studies?StudyDate=yesterday": 400,
		"/studies?includefield=nothing": 400, "/nothing": 404} {
		if status, _, b := s.get(query, ""); status != want {
			t.Errorf("%s: %d %s", query, status, b)
		}
	}
	for _, query := range []string{"fuzzymatching=true", "fuzzymatching=TRUE", "includefield=00400275.00400007"} {
		if status, h, _ := s.get("/studies?"+query, ""); status != 200 || !strings.HasPrefix(h.Get("Warning"), "299 ") {
			t.Errorf("%s: %d, and nothing warns of what is not done", query, status)
		}
	}
	if status, _, _ := s.get("/studies", "application/dicom+xml"); status != 406 {
		t.Errorf("XML: %d", status)
	}
}

func TestSearchAnswersWithWhatIsAsked(t *testing.T) {
	s := serve(t)
	ct := s.keep("CT_small.dcm")
	usual := func(query string) map[string]attribute {
		_, _, b := s.get(query, "")
		return objects(t, b)[0]
	}
	study := usual("/studies")
	for _, tag := range []string{"00080020", "00080050", "00080061", "00100010", "00100020", "0020000D", "00201206", "00201208", "00081190"} {
		if _, ok := study[tag]; !ok {
			t.Errorf("a study has no %s", tag)
		}
	}
	if _, ok := study["00101030"]; ok {
		t.Error("a study has the weight though nobody asked")
	}
	if w := usual("/studies?includefield=PatientWeight")["00101030"]; len(w.Value) != 1 {
		t.Errorf("the weight: %v", w)
	}
	if w := usual("/studies?includefield=all")["00101030"]; len(w.Value) != 1 {
		t.Errorf("the weight among all: %v", w)
	}
	if _, ok := usual("/studies/" + ct.Study + "/series")["00100010"]; ok {
		t.Error("series of a study repeat the patient")
	}
	if _, ok := usual("/series")["00100010"]; !ok {
		t.Error("series of all studies do not say whose they are")
	}
	if rows := usual("/instances")["00280010"]; len(rows.Value) != 1 || rows.Value[0] != 128. {
		t.Errorf("rows: %v", rows)
	}
}

func TestInstancesComeInWhatIsAccepted(t *testing.T) {
	s := serve(t)
	rle, plain := s.keep("MR_small_RLE.dcm"), s.keep("CT_small.dcm")
	const multi = `multipart/related; type="application/dicom"`
	for _, row := range []struct {
		path, accept string
		status       int
		syntax       dicom.TransferSyntax
	}{
		{pathOf(rle), "", 200, dicom.ExplicitVRLittleEndian},
		{pathOf(rle), multi, 200, dicom.ExplicitVRLittleEndian},
		{pathOf(rle), "multipart/related; type=application/dicom; transfer-syntax=*", 200, dicom.RLELossless},
		{pathOf(rle), multi + "; transfer-syntax=1.2.840.10008.1.2.5", 200, dicom.RLELossless},
		{pathOf(rle), multi + "; transfer-syntax=1.2.840.10008.1.2.4.50", 406, ""},
		{pathOf(rle), multi + "; transfer-syntax=1.2.840.10008.1.2.4.50, " + multi + "; transfer-syntax=1.2.840.10008.1.2.1;q=0.1", 200, dicom.ExplicitVRLittleEndian},
		{pathOf(rle), "application/dicom; transfer-syntax=*", 200, dicom.RLELossless},
		{pathOf(plain), multi + "; transfer-syntax=1.2.840.10008.1.2", 200, dicom.ImplicitVRLittleEndian},
		{pathOf(plain), "image/png", 406, ""},
		{pathOf(plain), "*/*", 200, dicom.ExplicitVRLittleEndian},
		{"/studies/" + plain.Study, multi, 200, dicom.ExplicitVRLittleEndian},
		{"/studies/" + plain.Study + "/series/" + plain.Series, multi, 200, dicom.ExplicitVRLittleEndian},
		{"/studies/" + plain.Study, "application/dicom", 406, ""},
		{"/studies/1.2.3", multi, 404, ""},
		{"/studies/" + plain.Study + "/series/" + rle.Series, multi, 404, ""},
	} {
		status, h, b := s.get(row.path, row.accept)
		if status != row.status {
			t.Errorf("%s %q: %d, want %d", row.path, row.accept, status, row.status)
			continue
		}
		if status != 200 {
			continue
		}
		if strings.HasPrefix(h.Get("Content-Type"), "multipart") {
			b = bodyParts(t, h, b)[0].data
		}
		f := parse(t, b)
		if f.Syntax != row.syntax {
			t.Errorf("%s %q: %s", row.path, row.accept, f.Syntax.Name())
		}
		if n := f.Dataset.Find(dicom.PixelData); n == nil || n.Empty() {
			t.Errorf("%s %q: no pixels", row.path, row.accept)
		}
	}
	if _, _, b := s.get(pathOf(rle), "application/dicom; transfer-syntax=*"); !bytes.HasSuffix(b, sample(t, "MR_small_RLE.dcm")[1000:]) {
		t.Error("what is kept did not come back as it was")
	}
}

func TestFramesComeInWhatIsAccepted(t *testing.T) {
	s := serve(t)
	rle, jls, plain := s.keep("SC_rgb_rle_16bit_2frame.dcm"), s.keep("MR_small_jpeg_ls_lossless.dcm"), s.keep("CT_small.dcm")
	const octets = `multipart/related; type="application/octet-stream"`
	for _, row := range []struct {
		path, accept string
		status       int
		kind         string
		frames       int
	}{
		{pathOf(plain) + "/frames/1", octets, 200, "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1", 1},
		{pathOf(plain) + "/frames/1", "", 200, "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1", 1},
		{pathOf(plain) + "/frames/2", octets, 404, "", 0},
		{pathOf(plain) + "/frames/0", octets, 400, "", 0},
		{pathOf(plain) + "/frames/x", octets, 400, "", 0},
		{pathOf(plain) + "/frames/1", `multipart/related; type="image/jpeg"`, 406, "", 0},
		{pathOf(rle) + "/frames/1,2", octets, 200, "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1", 2},
		{pathOf(rle) + "/frames/2", `multipart/related; type="image/dicom-rle"`, 200, "image/dicom-rle; transfer-syntax=1.2.840.10008.1.2.5", 1},
		{pathOf(rle) + "/frames/2", octets + "; transfer-syntax=*", 200, "image/dicom-rle; transfer-syntax=1.2.840.10008.1.2.5", 1},
		{pathOf(rle) + "/bulkdata/7FE00010", "", 200, "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1", 2},
		{pathOf(jls) + "/frames/1", `multipart/related; type="image/jls"; transfer-syntax=1.2.840.10008.1.2.4.80`, 200, "image/jls; transfer-syntax=1.2.840.10008.1.2.4.80", 1},
		{pathOf(jls) + "/frames/1", `multipart/related; type="image/jp2", ` + octets + ";q=0.5", 200, "application/octet-stream; transfer-syntax=1.2.840.10008.1.2.1", 1},
	} {
		status, h, b := s.get(row.path, row.accept)
		if status != row.status {
			t.Errorf("%s %q: %d %s, want %d", row.path, row.accept, status, b, row.status)
			continue
		}
		if status != 200 {
			continue
		}
		parts := bodyParts(t, h, b)
		if len(parts) != row.frames || parts[0].kind != row.kind {
			t.Errorf("%s %q: %d parts of %s", row.path, row.accept, len(parts), parts[0].kind)
		}
	}
}

// TestFramesAreExact compares decoded frames with the decoder's own, and stored ones with the file.
func TestFramesAreExact(t *testing.T) {
	for _, name := range []string{"SC_rgb_rle_16bit_2frame.dcm", "MR_small_jpeg_ls_lossless.dcm", "CT_small.dcm", "MR_small_bigendian.dcm", "image_dfl.dcm"} {
		s := serve(t)
		e := s.keep(name)
		f := parse(t, sample(t, name))
		for i := range e.Frames {
			want, _, err := codec.Frame(context.Background(), f, i)
			if err != nil {
				t.Fatal(err)
			}
			_, h, b := s.get(pathOf(e)+"/frames/"+string(rune('1'+i)), `multipart/related; type="application/octet-stream"`)
			if got := bodyParts(t, h, b)[0].data; !bytes.Equal(got, want) {
				t.Errorf("%s, frame %d: %d bytes, want %d", name, i+1, len(got), len(want))
			}
		}
	}
}

func TestMetadataAndBulkData(t *testing.T) {
	s := serve(t)
	e := s.keep("waveform_ecg.dcm")
	status, _, b := s.get(pathOf(e)+"/metadata", "application/dicom+json")
	if status != 200 {
		t.Fatalf("%d %s", status, b)
	}
	m := objects(t, b)[0]
	waves := m["54000100"].Value[0].(map[string]any)["54001010"].(map[string]any)
	uri, ok := waves["BulkDataURI"].(string)
	if !ok {
		t.Fatalf("the samples of the waveform have no address: %v", waves)
	}
	want := parse(t, sample(t, "waveform_ecg.dcm")).Dataset.Items(0x54000100)[0].Find(0x54001010).Data()
	data, err := want.Load(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	if status, _, b := s.get(uri, "application/octet-stream"); status != 200 || !bytes.Equal(b, data) {
		t.Errorf("%d, %d bytes of %d", status, len(b), len(data))
	}
	if _, h, b := s.get(uri, `multipart/related; type="application/octet-stream"`); !bytes.Equal(bodyParts(t, h, b)[0].data, data) {
		t.Error("the samples came back changed")
	}
	for _, path := range []string{"/bulkdata/00100010/1/00100010", "/bulkdata/54000100", "/bulkdata/54000100/9/54001010", "/bulkdata/x", "/bulkdata/54000100/1"} {
		if status, _, _ := s.get(pathOf(e)+path, ""); status != 404 {
			t.Errorf("%s: %d", path, status)
		}
	}
	ct := s.keep("CT_small.dcm")
	_, _, b = s.get("/studies/"+ct.Study+"/metadata", "")
	if got := objects(t, b)[0]["7FE00010"].BulkDataURI; got != s.url+pathOf(ct)+"/bulkdata/7FE00010" {
		t.Errorf("pixels: %q", got)
	}
}

func TestNobodyIsServedWhoIsNotAllowed(t *testing.T) {
	var asked []string
	s := serveFor(t, func(w http.ResponseWriter, r *http.Request, do Action, study string) bool {
		asked = append(asked, string(do)+" "+study)
		http.Error(w, "no", http.StatusForbidden)
		return false
	})
	e := s.keep("CT_small.dcm")
	for _, path := range []string{"/studies", "/series", "/instances", "/studies/" + e.Study, pathOf(e), pathOf(e) + "/metadata", pathOf(e) + "/frames/1", pathOf(e) + "/bulkdata/7FE00010"} {
		if status, _, b := s.get(path, ""); status != 403 || string(b) != "no\n" {
			t.Errorf("%s: %d %s", path, status, b)
		}
	}
	if want := "search |search |search |retrieve " + e.Study; !strings.HasPrefix(strings.Join(asked, "|"), want) {
		t.Error(asked)
	}
}

func TestRenderedPictures(t *testing.T) {
	s := serve(t)
	ct, two, sr := s.keep("CT_small.dcm"), s.keep("SC_rgb_rle_16bit_2frame.dcm"), s.keep("test-SR.dcm")
	for _, row := range []struct {
		path, accept  string
		status        int
		kind          string
		width, height int
	}{
		{pathOf(ct) + "/rendered", "", 200, "image/jpeg", 128, 128},
		{pathOf(ct) + "/rendered", "image/png", 200, "image/png", 128, 128},
		{pathOf(ct) + "/rendered?window=40,400&viewport=64,64&quality=50", "image/*", 200, "image/jpeg", 64, 64},
		{pathOf(ct) + "/frames/1/rendered", "image/png;q=0.9, image/jpeg;q=0.5", 200, "image/png", 128, 128},
		{pathOf(ct) + "/frames/1/thumbnail?viewport=32,32", "", 200, "image/jpeg", 32, 32},
		{pathOf(ct) + "/rendered?accept=image/png", "image/jpeg", 200, "image/png", 128, 128},
		{"/studies/" + ct.Study + "/thumbnail", "", 200, "image/jpeg", 128, 128},
		{pathOf(ct) + "/rendered", "image/gif", 406, "", 0, 0},
		{pathOf(ct) + "/rendered?window=40,400,sigmoid", "", 200, "image/jpeg", 128, 128},
		{pathOf(ct) + "/rendered?window=40,400,linear-exact", "", 200, "image/jpeg", 128, 128},
		{pathOf(ct) + "/rendered?window=40,400,cubic", "", 400, "", 0, 0},
		{pathOf(ct) + "/rendered?window=a,b", "", 400, "", 0, 0},
		{pathOf(ct) + "/rendered?viewport=0,5", "", 400, "", 0, 0},
		{pathOf(ct) + "/rendered?quality=101", "", 400, "", 0, 0},
		{pathOf(ct) + "/frames/2/rendered", "", 404, "", 0, 0},
		{pathOf(sr) + "/rendered", "", 404, "", 0, 0},
		{"/studies/" + sr.Study + "/thumbnail", "", 404, "", 0, 0},
	} {
		status, h, b := s.get(row.path, row.accept)
		if status != row.status || status == 200 && h.Get("Content-Type") != row.kind {
			t.Errorf("%s %q: %d %s", row.path, row.accept, status, h.Get("Content-Type"))
			continue
		}
		if status != 200 {
			continue
		}
		m, _, err := image.Decode(bytes.NewReader(b))
		if err != nil || m.Bounds().Dx() != row.width || m.Bounds().Dy() != row.height {
			t.Errorf("%s: %v, %v", row.path, m.Bounds(), err)
		}
	}
	for path, want := range map[string]int{pathOf(two) + "/frames/1,2/rendered": 2, "/studies/" + ct.Study + "/rendered": 1, "/studies/" + two.Study + "/series/" + two.Series + "/rendered": 1} {
		_, h, b := s.get(path, "")
		if parts := bodyParts(t, h, b); len(parts) != want || parts[0].kind != "image/jpeg" {
			t.Errorf("%s: %d parts", path, len(parts))
		}
	}
}
