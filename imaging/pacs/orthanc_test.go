package pacs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"consilium/imaging/dicom"
	"consilium/imaging/dicomweb"
	"consilium/imaging/dimse"
)

// orthanc is the second real peer: an archive that speaks DIMSE and DICOMweb, in both directions.
type orthanc struct {
	*testing.T
	url   string
	dicom string // port
}

// startOrthanc starts Orthanc, which knows us under the name "us".
func startOrthanc(t *testing.T, dicomPort, ourPort, ourWeb string) orthanc {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	config := map[string]any{"Name": "peer", "StorageDirectory": dir, "IndexDirectory": dir, "HttpPort": number(port), "DicomPort": number(dicomPort), "DicomAet": "ORTHANC",
		"RemoteAccessAllowed": false, "AuthenticationEnabled": false, "DicomAlwaysAllowFind": true, "DicomAlwaysAllowGet": true, "DicomAlwaysAllowMove": true,
		"DicomAlwaysAllowStore": true, "Plugins": []string{"/usr/share/orthanc/plugins/libOrthancDicomWeb.so"}, "OverwriteInstances": true,
		"DicomModalities": map[string]any{"us": map[string]any{"AET": "CONSILIUM", "Host": "127.0.0.1", "Port": number(ourPort), "AllowStorageCommitment": true}},
		"DicomWeb":        map[string]any{"Servers": map[string]any{"us": []string{ourWeb + "/"}}}}
	text, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "orthanc.json")
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, dicomPort, "Orthanc", file)
	o := orthanc{t, "http://127.0.0.1:" + port, dicomPort}
	o.await("/system", func(map[string]any) bool { return true })
	return o
}

func number(port string) int {
	var n int
	_, _ = fmt.Sscan(port, &n)
	return n
}

// call sends JSON and reads JSON.
func (o orthanc) call(method, path string, body any) map[string]any {
	o.Helper()
	var raw []byte
	switch b := body.(type) {
	case nil:
	case []byte:
		raw = b
	default:
		raw, _ = json.Marshal(b)
	}
	r, err := http.NewRequestWithContext(o.Context(), method, o.url+path, bytes.NewReader(raw))
	if err != nil {
		o.Fatal(err)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		o.Fatal(err)
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	if answer.StatusCode/100 != 2 {
		o.Fatalf("%s %s: %d %s", method, path, answer.StatusCode, text)
	}
	var object map[string]any
	_ = json.Unmarshal(text, &object)
	return object
}

// await asks again until the answer is as wanted: Orthanc has no other way to tell.
func (o orthanc) await(path string, wanted func(map[string]any) bool) map[string]any {
	o.Helper()
	for range 400 {
		answer, err := http.Get(o.url + path)
		if err == nil {
			var object map[string]any
			err = json.NewDecoder(answer.Body).Decode(&object)
			answer.Body.Close()
			if err == nil && answer.StatusCode == 200 && wanted(object) {
				return object
			}
		}
		time.Sleep(25 * time.Millisecond)
	}
	o.Fatalf("%s is never as wanted", path)
	return nil
}

func (o orthanc) instances() int {
	o.Helper()
	n, _ := o.call("GET", "/statistics", nil)["CountInstances"].(float64)
	return int(n)
}

// both starts us and Orthanc, each knowing the other.
func both(t *testing.T) (node, orthanc) {
	t.Helper()
	port := freePort(t)
	n := listen(t, dimse.Remote{Title: "ORTHANC", Host: "127.0.0.1", Address: "127.0.0.1:" + port})
	everybody := func(http.ResponseWriter, *http.Request, dicomweb.Action, string) bool { return true }
	web := httptest.NewServer((&dicomweb.Server{Archive: n.archive, Prefix: "/dicomweb", Allow: everybody}).Handler())
	t.Cleanup(web.Close)
	return n, startOrthanc(t, port, n.port(), web.URL+"/dicomweb")
}

func file(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(zoo(name))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestOrthancOverDIMSE(t *testing.T) {
	n, o := both(t)
	f, _ := sent(t, zoo("CT_small.dcm"))
	uid, study := f.Dataset.String(dicom.SOPInstanceUID), f.Dataset.String(dicom.StudyInstanceUID)
	id := o.call("POST", "/instances", file(t, "CT_small.dcm"))["ID"].(string)
	o.call("POST", "/modalities/us/echo", map[string]any{})
	o.call("POST", "/modalities/us/store", []byte(id))
	if _, err := n.archive.Find(t.Context(), uid); err != nil {
		t.Fatalf("what Orthanc sent: %v", err)
	}
	jobs := o.call("POST", "/modalities/us/storage-commitment", map[string]any{"DicomInstances": []any{map[string]string{"SOPClassUID": f.Dataset.String(dicom.SOPClassUID), "SOPInstanceUID": uid}}})
	o.await(jobs["Path"].(string), func(a map[string]any) bool { return a["Status"] == "Success" })

	mr := o.call("POST", "/instances", file(t, "MR_small.dcm"))["ID"].(string)
	o.call("POST", "/modalities/us/store", []byte(mr))
	o.call("DELETE", "/instances/"+mr, nil)
	g, _ := sent(t, zoo("MR_small.dcm"))
	query := o.call("POST", "/modalities/us/query", map[string]any{"Level": "Study", "Query": map[string]string{"StudyInstanceUID": g.Dataset.String(dicom.StudyInstanceUID)}})
	before := o.instances()
	o.call("POST", "/queries/"+query["ID"].(string)+"/retrieve", []byte("ORTHANC"))
	if o.instances() != before+1 {
		t.Error("what Orthanc moved from us did not arrive")
	}

	a, err := dimse.Peer{Address: "127.0.0.1:" + o.dicom, Calling: "CONSILIUM", Called: "ORTHANC"}.Associate(t.Context(), []dimse.Proposal{
		implicit(dimse.StudyRootFind), implicit(dimse.StudyRootMove), implicit(dimse.StudyRootGet), explicit(f.Dataset.String(dicom.SOPClassUID), true)})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	err = a.Find(dimse.StudyRootFind, asked(t, "STUDY", map[dicom.Tag]string{dicom.StudyInstanceUID: "", dicom.PatientID: "1CT1"}), func([]byte) error { found++; return nil })
	if err != nil || found != 1 {
		t.Errorf("%d found, %v", found, err)
	}
	p, err := a.Move(dimse.StudyRootMove, "CONSILIUM", asked(t, "STUDY", map[dicom.Tag]string{dicom.StudyInstanceUID: study}), nil)
	if err != nil || p.Failed != 0 {
		t.Errorf("%+v %v", p, err)
	}
	if err := a.Release(); err != nil {
		t.Error(err)
	}
}

func TestOrthancOverDICOMweb(t *testing.T) {
	n, o := both(t)
	var ids []string
	for _, name := range []string{"CT_small.dcm", "MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm"} {
		ids = append(ids, o.call("POST", "/instances", file(t, name))["ID"].(string))
	}
	ids = ids[:2] // the third replaced the second: they are one instance in two encodings
	o.call("POST", "/dicom-web/servers/us/stow", map[string]any{"Resources": ids})
	f, _ := sent(t, zoo("CT_small.dcm"))
	e, err := n.archive.Find(t.Context(), f.Dataset.String(dicom.SOPInstanceUID))
	if err != nil {
		t.Fatalf("what Orthanc stored: %v", err)
	}
	o.call("DELETE", "/instances/"+ids[0], nil)
	before := o.instances()
	o.call("POST", "/dicom-web/servers/us/retrieve", map[string]any{"Resources": []any{map[string]string{"Study": e.Study}}})
	if o.instances() != before+1 {
		t.Error("what Orthanc retrieved from us did not arrive")
	}
	var studies []any
	r, err := http.Post(o.url+"/dicom-web/servers/us/qido", "application/json", bytes.NewReader([]byte(`{"Uri": "/studies", "Arguments": {"PatientID": "1CT1"}}`)))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if err := json.NewDecoder(r.Body).Decode(&studies); err != nil || len(studies) != 1 {
		t.Errorf("%d studies, %v", len(studies), err)
	}
	if e.Frames != 1 {
		t.Errorf("%+v", e)
	}
}
