package pacs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/imaging/dimse"
	"consilium/store"
	"consilium/store/storetest"
)

// node is an archive that listens, as peers see it.
type node struct {
	archive *archive.Archive
	address string
}

func (n node) port() string { _, p, _ := net.SplitHostPort(n.address); return p }

// listen starts an archive with the peers that it knows.
func listen(t testing.TB, remotes ...dimse.Remote) node {
	t.Helper()
	s := storetest.Open(t, storetest.SQLite(t, archive.Migrations))
	blobs := s.Blobs()
	a, err := archive.Open(archive.Options{Tables: s, Full: store.ErrDiskFull, Scratch: filepath.Join(t.TempDir(), "receiving"), Landing: filepath.Join(t.TempDir(), "landed"), Now: time.Now,
		Blobs: archive.BlobsOf(blobs.Batch, blobs.Open, blobs.Has, blobs.Remove)})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &dimse.Server{Title: "CONSILIUM", Remotes: remotes, Archive: Provider{Archive: a, Title: "CONSILIUM"}}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- server.Serve(ctx, l) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return node{a, l.Addr().String()}
}

// tool runs a program of dcmtk and returns what it says. Nagle's algorithm is off, or every answer would wait 44 ms.
func tool(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := command(t, name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

func command(t *testing.T, name string, args ...string) *exec.Cmd {
	t.Helper()
	if _, err := exec.LookPath(name); err != nil {
		t.Fatalf("%s of dcmtk is needed: tools/test installs it", name)
	}
	c := exec.CommandContext(t.Context(), name, args...)
	c.Env = append(os.Environ(), "TCP_NODELAY=1")
	return c
}

// freePort is a port that nobody listens on just now.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return port
}

// start runs a server program until the test ends, and returns once it takes connections.
func start(t *testing.T, port, name string, args ...string) {
	t.Helper()
	c := command(t, name, args...)
	var said bytes.Buffer
	c.Stdout, c.Stderr = &said, &said
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill()
		_ = c.Wait()
	})
	for range 200 {
		conn, err := net.Dial("tcp", "127.0.0.1:"+port)
		if err == nil {
			conn.Close()
			return
		}
		time.Sleep(25 * time.Millisecond) // another process has no other way to say that it listens
	}
	t.Fatalf("%s does not listen: %s", name, said.String())
}

// options are how storescu proposes a transfer syntax, and getscu takes it.
var options = map[dicom.TransferSyntax][2]string{
	dicom.ImplicitVRLittleEndian: {"-xi", "-xi"}, dicom.ExplicitVRLittleEndian: {"-xe", "+xe"}, dicom.ExplicitVRBigEndian: {"-xb", "+xb"},
	dicom.JPEGBaseline: {"-xy", "+xy"}, dicom.JPEGExtended: {"-xx", "+xx"}, dicom.JPEGLosslessSV1: {"-xs", "+xs"}, dicom.JPEGLSLossless: {"-xt", "+xt"},
	dicom.JPEG2000Lossless: {"-xv", "+xv"}, dicom.JPEG2000: {"-xw", "+xw"}, dicom.RLELossless: {"-xr", "+xr"}, dicom.DeflatedExplicitVR: {"-xd", "+xd"},
}

func zoo(name string) string { return "../dicom/testdata/zoo/" + name }

func sent(t testing.TB, path string) (*dicom.File, []byte) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := dicom.Read(bytes.NewReader(b), int64(len(b)), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return f, b
}

// sameContent compares two files element by element. Group lengths and trailing padding are of an encoding, and dcmtk leaves them away.
func sameContent(t *testing.T, x, y string) {
	t.Helper()
	f, _ := sent(t, x)
	g, _ := sent(t, y)
	if f.Syntax == dicom.ImplicitVRLittleEndian { // getscu asks for explicit first
		f.Syntax = dicom.ExplicitVRLittleEndian
	}
	if f.Syntax != g.Syntax {
		t.Errorf("%s came back as %s", f.Syntax.Name(), g.Syntax.Name())
	}
	for _, d := range []*dicom.Dataset{f.Dataset, g.Dataset} {
		d.Elements = slices.DeleteFunc(d.Elements, func(e dicom.Element) bool { return e.Tag.Number() == 0 || e.Tag == 0xFFFCFFFC })
	}
	if !bytes.Equal(written(t, f.Dataset, f.Syntax), written(t, g.Dataset, g.Syntax)) {
		t.Errorf("%s came back with other content", x)
	}
}

func written(t *testing.T, d *dicom.Dataset, s dicom.TransferSyntax) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := d.Write(&b, s); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestDCMTKSendsFindsAndGetsEverySyntax(t *testing.T) {
	seen := map[dicom.TransferSyntax]bool{}
	for _, name := range []string{"CT_small.dcm", "MR_small_bigendian.dcm", "MR_small_RLE.dcm", "MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm", "SC_rgb_jpeg_dcmtk.dcm",
		"JPGExtended.dcm", "image_dfl.dcm", "test-SR.dcm", "waveform_ecg.dcm", "693_J2KI.dcm", "rtstruct.dcm", "SC_rgb_jpeg_gdcm.dcm"} {
		t.Run(name, func(t *testing.T) {
			f, _ := sent(t, zoo(name))
			seen[f.Syntax] = true
			n, option := listen(t), options[f.Syntax]
			tool(t, "storescu", "-R", option[0], "-aec", "CONSILIUM", "127.0.0.1", n.port(), zoo(name))
			e, err := n.archive.Find(t.Context(), f.Dataset.String(dicom.SOPInstanceUID))
			if err != nil {
				t.Fatal(err)
			}
			if e.Transfer != string(f.Syntax) {
				t.Errorf("it is kept in %s and was %s", e.Transfer, f.Syntax)
			}
			found := tool(t, "findscu", "-S", "-aec", "CONSILIUM", "-k", "0008,0052=IMAGE", "-k", "0020,000d="+e.Study, "-k", "0020,000e="+e.Series,
				"-k", "0008,0018="+e.UID, "127.0.0.1", n.port())
			if !strings.Contains(found, e.UID) {
				t.Errorf("not found: %s", found)
			}
			dir := t.TempDir()
			tool(t, "getscu", "-S", option[1], "-aec", "CONSILIUM", "-od", dir, "-k", "0008,0052=STUDY", "-k", "0020,000d="+e.Study, "127.0.0.1", n.port())
			sameContent(t, zoo(name), onlyFile(t, dir))
		})
	}
	if len(seen) < 9 {
		t.Errorf("only %d transfer syntaxes were tried", len(seen))
	}
}

func TestDCMTKSaysEcho(t *testing.T) {
	n := listen(t)
	if out := tool(t, "echoscu", "-v", "-aec", "CONSILIUM", "127.0.0.1", n.port()); !strings.Contains(out, "Success") {
		t.Error(out)
	}
	if out, err := command(t, "echoscu", "-aec", "OTHER", "127.0.0.1", n.port()).CombinedOutput(); err == nil || !strings.Contains(string(out), "Called AE Title Not Recognized") {
		t.Errorf("%v %s", err, out)
	}
}

func onlyFile(t *testing.T, dir string) string {
	t.Helper()
	list, err := os.ReadDir(dir)
	if err != nil || len(list) != 1 {
		t.Fatalf("%d files instead of one: %v", len(list), err)
	}
	return filepath.Join(dir, list[0].Name())
}

func TestDCMTKMovesToAStorageServer(t *testing.T) {
	port, dir := freePort(t), t.TempDir()
	start(t, port, "storescp", "+xa", "-od", dir, "-aet", "SINK", port)
	n := listen(t, dimse.Remote{Host: "127.0.0.1"}, dimse.Remote{Title: "SINK", Host: "10.9.9.9", Address: "127.0.0.1:" + port})
	tool(t, "storescu", "-aec", "CONSILIUM", "127.0.0.1", n.port(), zoo("CT_small.dcm"), zoo("MR_small.dcm"))
	tool(t, "storescu", "-R", "-xt", "-aec", "CONSILIUM", "127.0.0.1", n.port(), zoo("MR_small_jpeg_ls_lossless.dcm"))
	f, _ := sent(t, zoo("CT_small.dcm"))
	out := tool(t, "movescu", "-v", "-S", "-aec", "CONSILIUM", "-aem", "SINK", "-k", "0008,0052=STUDY", "-k", "0020,000d="+f.Dataset.String(dicom.StudyInstanceUID), "127.0.0.1", n.port())
	if !strings.Contains(out, "Success") {
		t.Error(out)
	}
	sameContent(t, zoo("CT_small.dcm"), onlyFile(t, dir))
	unknown, err := command(t, "movescu", "-v", "-S", "-aec", "CONSILIUM", "-aem", "NOBODY", "-k", "0008,0052=STUDY", "-k", "0020,000d=1.2", "127.0.0.1", n.port()).CombinedOutput()
	if !strings.Contains(string(unknown), "MoveDestinationUnknown") {
		t.Errorf("%v %s", err, unknown)
	}
}

// pacsOf starts dcmqrscp as the hospital's PACS, which knows us as CONSILIUM at a port.
func pacsOf(t *testing.T, ourPort string) string {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	db := filepath.Join(dir, "db")
	if err := os.Mkdir(db, 0o700); err != nil {
		t.Fatal(err)
	}
	config := filepath.Join(dir, "dcmqrscp.cfg")
	text := fmt.Sprintf("NetworkTCPPort = %s\nMaxPDUSize = 16384\nMaxAssociations = 16\nHostTable BEGIN\nus = (CONSILIUM, 127.0.0.1, %s)\nHostTable END\nVendorTable BEGIN\nVendorTable END\n"+
		"AETable BEGIN\nPACS %s RW (200, 1024mb) ANY\nAETable END\n", port, ourPort, db)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	start(t, port, "dcmqrscp", "-c", config)
	return port
}

func explicit(class string, provide bool) dimse.Proposal {
	return dimse.Proposal{Class: class, Transfers: []string{dimse.ExplicitLittle}, Provide: provide}
}

func implicit(class string) dimse.Proposal {
	return dimse.Proposal{Class: class, Transfers: []string{dimse.ImplicitLittle}}
}

// asked is an identifier as the operations of a user take it.
func asked(t *testing.T, level string, keys map[dicom.Tag]string) []byte {
	t.Helper()
	d := &dicom.Dataset{}
	d.SetString(archive.QueryRetrieveLevel, level)
	for tag, value := range keys {
		d.SetString(tag, value)
	}
	var b bytes.Buffer
	if err := d.Write(&b, dicom.ImplicitVRLittleEndian); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestWeSendToAPACSAndPullFromIt(t *testing.T) {
	n := listen(t)
	port := pacsOf(t, n.port())
	f, _ := sent(t, zoo("CT_small.dcm"))
	a, err := dimse.Peer{Address: "127.0.0.1:" + port, Calling: "CONSILIUM", Called: "PACS"}.Associate(t.Context(), []dimse.Proposal{
		explicit("1.2.840.10008.5.1.4.1.1.2", true), implicit(dimse.Verification), implicit(dimse.StudyRootFind), implicit(dimse.StudyRootMove), implicit(dimse.StudyRootGet)})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Echo(); err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	if err := f.Dataset.Write(&data, dicom.ExplicitVRLittleEndian); err != nil {
		t.Fatal(err)
	}
	uid, study := f.Dataset.String(dicom.SOPInstanceUID), f.Dataset.String(dicom.StudyInstanceUID)
	if status, err := a.Store(dimse.Instance{Class: f.Dataset.String(dicom.SOPClassUID), UID: uid, Transfer: dimse.ExplicitLittle}, &data); err != nil || status != dimse.StatusSuccess {
		t.Fatal(status, err)
	}
	var matches int
	err = a.Find(dimse.StudyRootFind, asked(t, "STUDY", map[dicom.Tag]string{dicom.PatientName: "CompressedSamples*", dicom.StudyInstanceUID: ""}), func(match []byte) error {
		d, err := dicom.ReadDataset(bytes.NewReader(match), dicom.ImplicitVRLittleEndian, dicom.Options{})
		if err == nil && d.String(dicom.StudyInstanceUID) == study {
			matches++
		}
		return err
	})
	if err != nil || matches != 1 {
		t.Errorf("%d matches, %v", matches, err)
	}
	identifier := asked(t, "STUDY", map[dicom.Tag]string{dicom.StudyInstanceUID: study})
	if p, err := a.Move(dimse.StudyRootMove, "CONSILIUM", identifier, nil); err != nil || p.Completed != 1 {
		t.Errorf("C-MOVE: %+v %v", p, err)
	}
	if e, err := n.archive.Find(t.Context(), uid); err != nil || e.Transfer != dimse.ExplicitLittle {
		t.Errorf("what the PACS sent did not arrive: %+v %v", e, err)
	}
	other := listen(t).archive
	p, err := a.Get(t.Context(), dimse.StudyRootGet, identifier, func(ctx context.Context, i dimse.Instance, data io.Reader) error {
		return other.Receive(ctx, archive.Arrival{Class: i.Class, UID: i.UID, Transfer: i.Transfer}, data)
	})
	if err != nil || p.Completed != 1 {
		t.Errorf("C-GET: %+v %v", p, err)
	}
	if _, err := other.Find(t.Context(), uid); err != nil {
		t.Error(err)
	}
	if _, err := a.Move(dimse.StudyRootMove, "NOBODY", identifier, nil); err == nil {
		t.Error("a C-MOVE to nobody succeeded")
	}
	if err := a.Release(); err != nil {
		t.Error(err)
	}
}

func TestStorageCommitment(t *testing.T) {
	n := listen(t)
	tool(t, "storescu", "-aec", "CONSILIUM", "127.0.0.1", n.port(), zoo("CT_small.dcm"))
	f, _ := sent(t, zoo("CT_small.dcm"))
	class, uid := f.Dataset.String(dicom.SOPClassUID), f.Dataset.String(dicom.SOPInstanceUID)
	for name, row := range map[string]struct {
		references [][2]string
		event      uint16
		reasons    []int
	}{
		"kept":        {[][2]string{{class, uid}}, allSafe, nil},
		"not kept":    {[][2]string{{class, "1.2.3"}, {class, uid}}, someMissing, []int{noSuchInstance}},
		"wrong class": {[][2]string{{"1.2.840.10008.5.1.4.1.1.4", uid}}, someMissing, []int{classConflict}},
	} {
		t.Run(name, func(t *testing.T) {
			d := &dicom.Dataset{}
			d.SetString(transactionUID, "1.2.3.4")
			var items []*dicom.Dataset
			for _, r := range row.references {
				item := &dicom.Dataset{}
				item.SetString(referencedClass, r[0])
				item.SetString(referencedInstance, r[1])
				items = append(items, item)
			}
			d.SetItems(referencedSequence, items...)
			var b bytes.Buffer
			if err := d.Write(&b, dicom.ImplicitVRLittleEndian); err != nil {
				t.Fatal(err)
			}
			event, report, err := Provider{Archive: n.archive, Title: "X"}.Commit(t.Context(), dimse.ImplicitLittle, b.Bytes())
			if err != nil || event != row.event {
				t.Fatal(event, err)
			}
			got, err := dicom.ReadDataset(bytes.NewReader(report), dicom.ImplicitVRLittleEndian, dicom.Options{})
			if err != nil {
				t.Fatal(err)
			}
			failed := got.Items(failedSequence)
			if len(failed) != len(row.reasons) || got.String(transactionUID) != "1.2.3.4" || len(got.Items(referencedSequence)) != len(row.references)-len(failed) {
				t.Fatalf("%d failed", len(failed))
			}
			for i, item := range failed {
				if reason, _ := item.Int(failureReason); reason != row.reasons[i] {
					t.Errorf("reason %x", reason)
				}
			}
		})
	}
}

func TestWrongIdentifiersAreRefused(t *testing.T) {
	n := listen(t)
	a, err := dimse.Peer{Address: n.address, Calling: "TEST", Called: "CONSILIUM"}.Associate(t.Context(), []dimse.Proposal{implicit(dimse.StudyRootFind), implicit(dimse.StudyRootMove)})
	if err != nil {
		t.Fatal(err)
	}
	for name, identifier := range map[string][]byte{
		"no level":       asked(t, "", map[dicom.Tag]string{dicom.StudyInstanceUID: ""}),
		"patient level":  asked(t, "PATIENT", nil),
		"no data set":    []byte("GET / HTTP/1.1"),
		"a broken range": asked(t, "STUDY", map[dicom.Tag]string{dicom.StudyDate: "2024-05-01"}),
	} {
		var refused *dimse.StatusError
		if err := a.Find(dimse.StudyRootFind, identifier, func([]byte) error { return nil }); !errors.As(err, &refused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.Move(dimse.StudyRootMove, "X", asked(t, "STUDY", nil), nil); err == nil {
		t.Error("everything was to be moved")
	}
	if err := a.Release(); err != nil {
		t.Error(err)
	}
}
