package node_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
)

// others are staff who have no part in what the head ordered.
var others = []string{nodetest.Administrator, nodetest.Surgeon, nodetest.Coordinator, nodetest.Trainee, nodetest.Doctor, nodetest.Researcher, nodetest.Officer}

// TestAnImportIsReadByWhoOrderedIt: the rows that an import refused name patients. Its number counts from one, so everybody else is told nothing, on pages and by the API;
// an administrator is told that it is there and how far it is.
func TestAnImportIsReadByWhoOrderedIt(t *testing.T) { onBothDatabases(t, anImportIsReadByItsOwner) }

func anImportIsReadByItsOwner(t *testing.T, _ *nodetest.World, north *nodetest.Hospital) {
	table := "no,name,age,sex,admitted,smc,op,loss,fu\n1,Li Hidden,54,F,2021-03-01,3,2021-03-04,50,2022-03-01\n3,Zhao Hidden,47,F,2021-04-01,2,,80,\n"
	id := order(t, north, nodetest.Head, map[string]any{"mapping": historyMapping, "dry_run": true, "table": base64.StdEncoding.EncodeToString([]byte(table))})
	if _, file := jobDone(t, north, id); !file {
		t.Fatal("no row was refused")
	}
	job, page := fmt.Sprintf("/jobs/%d", id), fmt.Sprintf("/settings/import/%d", id)
	if status, body := asks(t, north, nodetest.Head, "GET", job+"/file", nil); status != 200 || !strings.Contains(body, "Zhao") {
		t.Errorf("who ordered it: %d %s", status, body)
	}
	for _, who := range others {
		status, body := asks(t, north, who, "GET", job, nil)
		if who == nodetest.Administrator && (status != 200 || !strings.Contains(body, `"state":"done"`)) || who != nodetest.Administrator && status < 400 {
			t.Errorf("%s asks for the import: %d %s", who, status, body)
		}
		_, file := asks(t, north, who, "GET", job+"/file", nil)
		b := signedIn(t, north, who)
		_, shown := b.gets(page)
		_, saved := b.gets(page + "/file")
		_, list := b.gets("/settings/import")
		for at, text := range map[string]string{"the job": body, "the file": file, "the page": shown, "the page's file": saved, "the list": list} {
			if strings.Contains(text, "Hidden") || strings.Contains(text, `"report"`) || at == "the list" && who != nodetest.Administrator && strings.Contains(text, page) {
				t.Errorf("%s reads of the head's import: %s: %s", who, at, text)
			}
		}
		if status, _, _ := b.posts("/settings/import", page+"/again", url.Values{}); status < 400 {
			t.Errorf("%s takes the head's table over: %d", who, status)
		}
	}
}

// TestAJobIsEndedByWhoOrderedIt: nobody else ends an import under way.
func TestAJobIsEndedByWhoOrderedIt(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	var rows strings.Builder
	rows.WriteString("no,name,age,sex,admitted,smc,op,loss,fu\n")
	for i := range 4000 {
		fmt.Fprintf(&rows, "%d,P%d,54,F,2021-03-01,3,2021-03-04,50,2022-03-01\n", i, i)
	}
	id := order(t, north, nodetest.Head, map[string]any{"mapping": historyMapping, "dry_run": true, "csv": rows.String()})
	job := fmt.Sprintf("/jobs/%d", id)
	for _, who := range others {
		if status, body := asks(t, north, who, "DELETE", job, nil); status < 400 {
			t.Errorf("%s ends the head's import: %d %s", who, status, body)
		}
		signedIn(t, north, who).posts("/", fmt.Sprintf("/settings/import/%d/cancel", id), url.Values{})
	}
	if _, body := asks(t, north, nodetest.Head, "GET", job, nil); strings.Contains(body, "cancelled") {
		t.Errorf("somebody else ended it: %s", body)
	}
	if status, body := asks(t, north, nodetest.Head, "DELETE", job, nil); status >= 400 {
		t.Errorf("who ordered it does not end it: %d %s", status, body)
	}
	w.Until("it ends", func() bool {
		_, body := asks(t, north, nodetest.Head, "GET", job, nil)
		return strings.Contains(body, `"finished":true`)
	})
}

// TestAFilingIsReadByWhoMayReadItsCase: what files images in a case names them as they came, and whoever ordered it; both are for those who may read the case, and the second for nobody.
func TestAFilingIsReadByWhoMayReadItsCase(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	id := north.OpenCase("Secret")
	file := []byte("no image at all")
	sent := north.Send(nodetest.Head, file)
	var made struct{ Job int64 }
	north.MustAsk(nodetest.Head, "POST", "/cases/"+id.String()+"/images", map[string]any{"files": []ledger.BlobRef{{Hash: sent, Size: int64(len(file)), Label: "Zhao Secret 1973.dcm", Type: "application/dicom"}}}, &made)
	job := fmt.Sprintf("/jobs/%d", made.Job)
	w.Until("it ends", func() bool {
		_, body := asks(t, north, nodetest.Head, "GET", job, nil)
		return strings.Contains(body, `"finished":true`)
	})
	for _, who := range []string{nodetest.Head, nodetest.Coordinator} { // they look after the hospital's cases
		if status, body := asks(t, north, who, "GET", job, nil); status != 200 || !strings.Contains(body, id.String()) || strings.Contains(body, `"who"`) || strings.Contains(body, "token") {
			t.Errorf("%s: %d %s", who, status, body)
		}
	}
	for _, who := range []string{nodetest.Administrator, nodetest.Surgeon, nodetest.Trainee, nodetest.Researcher, nodetest.Officer} {
		if status, body := asks(t, north, who, "GET", job, nil); strings.Contains(body, "Zhao") || strings.Contains(body, id.String()) {
			t.Errorf("%s, who has no part in the case, reads its filing: %d %s", who, status, body)
		}
		if status, _ := asks(t, north, who, "DELETE", job, nil); status < 400 {
			t.Errorf("%s ends it: %d", who, status)
		}
	}
}
