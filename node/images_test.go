package node

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"filippo.io/age"

	"consilium/desk"
	"consilium/imaging/dicom"
	"consilium/imaging/dimse"
	"consilium/ledger"
	"consilium/people"
	"consilium/store"
	"consilium/web/face"
)

// receiving is a node that scanners reach until the test ends.
func receiving(t *testing.T) *Node {
	t.Helper()
	n := openWith(t, Rooms())
	n.o.DICOM = DICOM{Address: "127.0.0.1:0", Title: "WARD"}
	serve, err := n.listenDICOM()
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- serve(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return n
}

// TestImagesAreForThoseWhoLookAfterThem has a scanner on this machine send an image, and people and programs ask for it.
func TestImagesAreForThoseWhoLookAfterThem(t *testing.T) {
	n := receiving(t)
	study := scan(t, n.DICOMAddr())

	coordinator, surgeon := program(t, n, people.Coordinator, "read"), program(t, n, people.Surgeon, "read")
	session := signedIn(t, n)
	cookie := &http.Cookie{Name: face.SessionCookie(n.desk), Value: session}
	for name, row := range map[string]struct {
		method, path string
		prepare      func(*http.Request)
		want         int
	}{
		"nobody":                       {"GET", "/dicomweb/studies", func(*http.Request) {}, 401},
		"a wrong token":                {"GET", "/dicomweb/studies", func(r *http.Request) { r.Header.Set("Authorization", "Bearer cst_wrong") }, 401},
		"a surgeon's program":          {"GET", "/dicomweb/studies", func(r *http.Request) { r.Header.Set("Authorization", surgeon) }, 403},
		"a coordinator's program":      {"GET", "/dicomweb/studies", func(r *http.Request) { r.Header.Set("Authorization", coordinator) }, 200},
		"its study":                    {"GET", "/dicomweb/studies/" + study + "/metadata", func(r *http.Request) { r.Header.Set("Authorization", coordinator) }, 200},
		"storing with a token to read": {"POST", "/dicomweb/studies", func(r *http.Request) { r.Header.Set("Authorization", coordinator) }, 403},
		"our own page": {"GET", "/dicomweb/studies", func(r *http.Request) {
			r.AddCookie(cookie)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}, 200},
		"a page of another site": {"GET", "/dicomweb/studies", func(r *http.Request) {
			r.AddCookie(cookie)
			r.Header.Set("Sec-Fetch-Site", "cross-site")
		}, 401},
		"storing with a cookie": {"POST", "/dicomweb/studies", func(r *http.Request) {
			r.AddCookie(cookie)
			r.Header.Set("Sec-Fetch-Site", "same-origin")
		}, 401},
	} {
		r := httptest.NewRequestWithContext(t.Context(), row.method, row.path, nil)
		row.prepare(r)
		w := httptest.NewRecorder()
		n.handler().ServeHTTP(w, r)
		if w.Code != row.want {
			t.Errorf("%s: %d %s, want %d", name, w.Code, w.Body, row.want)
		}
	}
	var noted int
	err := n.db.View(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM image_reading WHERE action = 'retrieve' AND study_uid = $1`, study).Scan(&noted)
	})
	if err != nil || noted != 1 {
		t.Errorf("%d readings of the study are noted, %v", noted, err)
	}
}

// TestABackupHoldsWhatAScannerWasTold: an image is acknowledged when its file is on disk, a moment before it is in the index and in the folder that is copied.
func TestABackupHoldsWhatAScannerWasTold(t *testing.T) {
	n := receiving(t)
	key, err := age.GenerateX25519Identity()
	if err != nil {
		t.Fatal(err)
	}
	backup, restored := t.TempDir(), filepath.Join(t.TempDir(), "restored")
	study := scan(t, n.DICOMAddr())
	if _, err := n.Backup(t.Context(), desk.BackupOrder{To: filepath.Join(backup, "b"), Recipient: key.Recipient().String()}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := Restore(t.Context(), filepath.Join(backup, "b"), restored, "", store.Opening{Identity: key.String()}); err != nil {
		t.Fatal(err)
	}
	o := n.o
	o.Dir = restored
	again, err := Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	var images int
	err = again.db.View(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM image_instance WHERE study_uid = $1`, study).Scan(&images)
	})
	if err != nil || images != 1 {
		t.Errorf("of the image that the scanner was told is kept the backup has %d, %v", images, err)
	}
}

// scan sends a real image as a scanner does and returns its study.
func scan(t *testing.T, address string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "imaging", "dicom", "testdata", "zoo", "CT_small.dcm"))
	if err != nil {
		t.Fatal(err)
	}
	f, err := dicom.Read(bytes.NewReader(raw), int64(len(raw)), dicom.Options{})
	if err != nil {
		t.Fatal(err)
	}
	class, uid := f.Dataset.String(dicom.SOPClassUID), f.Dataset.String(dicom.SOPInstanceUID)
	a, err := dimse.Peer{Address: address, Calling: "CT1", Called: "WARD"}.Associate(t.Context(), []dimse.Proposal{{Class: class, Transfers: []string{dimse.ExplicitLittle}}})
	if err != nil {
		t.Fatal(err)
	}
	var data bytes.Buffer
	if err := f.Dataset.Write(&data, dicom.ExplicitVRLittleEndian); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Store(dimse.Instance{Class: class, UID: uid, Transfer: dimse.ExplicitLittle}, &data); err != nil {
		t.Fatal(err)
	}
	if err := a.Release(); err != nil {
		t.Error(err)
	}
	return f.Dataset.String(dicom.StudyInstanceUID)
}

func person(t *testing.T, n *Node, role people.Role, then func(context.Context, ledger.Tx, people.Person) error) {
	t.Helper()
	err := n.db.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		p, err := people.Create(ctx, tx, n.desk.Now(), people.Person{Kind: people.Staff, Username: "p" + time.Now().Format("150405.000000000"), DisplayName: "Dr. Li", Language: "en", Roles: []people.Role{role}})
		if err != nil {
			return err
		}
		return then(ctx, tx, p)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// program is the Authorization of a program of somebody.
func program(t *testing.T, n *Node, role people.Role, scope people.Scope) (header string) {
	person(t, n, role, func(ctx context.Context, tx ledger.Tx, p people.Person) error {
		secret, _, err := people.CreateToken(ctx, tx, n.desk.Now(), p.ID, people.APIToken{Name: "test", Scopes: []people.Scope{scope}, Expires: n.desk.Now().Add(time.Hour)})
		header = "Bearer " + secret
		return err
	})
	return header
}

// signedIn is a coordinator's session.
func signedIn(t *testing.T, n *Node) (session string) {
	person(t, n, people.Coordinator, func(ctx context.Context, tx ledger.Tx, p people.Person) (err error) {
		session, _, err = people.StartSession(ctx, tx, n.desk.Now(), p.ID, people.Session{Method: "password"})
		return err
	})
	return session
}
