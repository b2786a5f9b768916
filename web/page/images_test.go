package page

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"

	"consilium/access"
	"consilium/desk"
	"consilium/imaging/dicom"
	"consilium/imaging/manifest"
	"consilium/jobs"
	"consilium/ledger"
)

// filedCT files the CT of the zoo in the guarded case, as the job does.
func filedCT(g *guarded) (pixels string) {
	g.Helper()
	name := "../../imaging/dicom/testdata/zoo/CT_small.dcm"
	f, done, err := dicom.Open(name, dicom.Options{})
	g.must(err)
	defer done()
	raw, err := manifest.Pixels(g.Context(), f, 0)
	g.must(err)
	file, err := os.Open(name)
	g.must(err)
	defer file.Close()
	hash, size, err := g.desk.Blobs.Put(g.Context(), file, 1<<20)
	g.must(err)
	args, err := json.Marshal(desk.ImageOrder{Thread: g.thread, Files: []ledger.BlobRef{{Hash: hash, Size: size, Label: "CT.dcm"}}, Same: true, Who: g.who("head")}) // the CT of the zoo is nobody of the ward
	g.must(err)
	result, err := g.desk.FileImages(g.Context(), jobs.Job{Args: args}, func(jobs.Progress) {})
	g.must(err)
	if !strings.Contains(result.Summary.En, "1 images filed") {
		g.Fatalf("%+v", result)
	}
	return string(raw)
}

// TestPixelsNeedTheSessionThatOpenedTheCase: the values are exact for who opened the case, and there are none for anybody else with the same address.
func TestPixelsNeedTheSessionThatOpenedTheCase(t *testing.T) {
	g := newGuarded(t)
	want := filedCT(g)
	head := g.signedIn("head")
	page := "/cases/" + g.thread.String() + "/images"
	head.sees(page, "CT")
	var data struct {
		Studies []struct {
			Entry, Ticket string
			Series        []manifest.Series
		}
	}
	g.must(json.Unmarshal([]byte(head.get(page+"/studies.json").body), &data))
	if len(data.Studies) != 1 {
		t.Fatalf("%d studies", len(data.Studies))
	}
	s := data.Studies[0]
	address := page + "/" + s.Entry + "/pixels/" + s.Series[0].Instances[0].UID + "/0"
	if a := head.get(address + "?t=" + s.Ticket); a.status != http.StatusOK || a.body != want {
		t.Errorf("%d, %d bytes", a.status, len(a.body))
	}
	picture := strings.Replace(address, "/pixels/", "/picture/", 1) + "?t=" + s.Ticket
	if a := head.get(picture); a.status != http.StatusOK || a.header.Get("Content-Type") != "image/jpeg" {
		t.Errorf("the picture: %d %s", a.status, a.header.Get("Content-Type"))
	}
	refused := map[string]answer{"without a ticket": head.get(address), "with another's": g.signedIn("strange.surgeon").get(address + "?t=" + s.Ticket), "from a later session": g.signedIn("head").get(address + "?t=" + s.Ticket),
		"a frame that is not there": head.get(strings.TrimSuffix(address, "0") + "7?t=" + s.Ticket)}
	for what, a := range refused {
		if a.status == http.StatusOK {
			t.Errorf("%s: %d", what, a.status)
		}
	}
	if log := readings(g); log == 0 {
		t.Error("nobody wrote down that the case was read")
	}
}

func readings(g *guarded) (n int) {
	g.Helper()
	list, err := logOf(g)
	g.must(err)
	for _, s := range list {
		if s.Action == access.See {
			n++
		}
	}
	return n
}

func logOf(g *guarded) (list []access.Seen, err error) {
	err = g.desk.View(g.Context(), func(ctx context.Context, tx ledger.Tx) error {
		list, err = access.FindLog(ctx, tx, access.Sought{Thread: g.thread, Limit: 100})
		return err
	})
	return list, err
}
