package page

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"

	"consilium/people"
)

// sendsZeros posts a form with a file of so many bytes.
func (b *browser) sendsZeros(path, token string, size int64) answer {
	b.Helper()
	var head bytes.Buffer
	form := multipart.NewWriter(&head)
	b.must(form.WriteField("csrf_token", token))
	_, err := form.CreateFormFile("_files", "scan.bin")
	b.must(err)
	tail := "\r\n--" + form.Boundary() + "--\r\n"
	body := io.MultiReader(&head, io.LimitReader(zeros{}, size), strings.NewReader(tail))
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.web.URL+path, body)
	b.must(err)
	r.Header.Set("Content-Type", form.FormDataContentType())
	return b.do(r)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

func TestStrangersSendNoFiles(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	w := newWorld(t)
	b := w.visitor()
	b.get("/sign-in")
	for _, path := range []string{"/sign-in", "/language", "/sign-in/password", "/passkeys/sign-in/begin"} {
		if a := b.sendsZeros(path, b.token, maxForm+64<<10); a.status != http.StatusBadRequest {
			t.Errorf("%s took %d bytes from somebody who has not signed in: %d %s", path, maxForm+64<<10, a.status, a.text())
		}
	}
	w.hire("lin", people.Surgeon)
	id := w.openCase("lin", "Hemifacial spasm", "")
	lin := w.signedIn("lin")
	if a := lin.sendsZeros("/cases/"+id.String()+"/say/imaging", "forged", maxForm+64<<10); a.status != http.StatusForbidden {
		t.Errorf("a file with a forged token: %d %s", a.status, a.text())
	}
	if a := lin.sendsZeros("/cases/"+id.String()+"/say/imaging", lin.token, maxForm+64<<10); a.status != http.StatusUnprocessableEntity {
		t.Errorf("a file of somebody who has signed in: %d %s", a.status, a.text())
	}
}
