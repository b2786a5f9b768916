package node_test

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/registry"
	"consilium/store/storetest"
)

// onBoth runs a test at a hospital on SQLite and at one on PostgreSQL.
func onBoth(t *testing.T, do func(*nodetest.World, *nodetest.Hospital)) {
	for name, db := range map[string]string{"SQLite": "", "PostgreSQL": storetest.Postgres(t).URL} {
		t.Run(name, func(t *testing.T) {
			w := nodetest.New(t)
			do(w, w.FoundOn("Harbor", db))
		})
	}
}

func casesAt(h *nodetest.Hospital) (list []ledger.ThreadID) {
	var cases struct {
		Items []struct{ ID ledger.ThreadID }
	}
	h.MustAsk("head", "GET", "/cases?limit=200", nil, &cases)
	for _, c := range cases.Items {
		list = append(list, c.ID)
	}
	return list
}

func saysOfResearch(h *nodetest.Hospital, id ledger.ThreadID, answer string) {
	h.Say(id, "case.consent", nodetest.Says{"scopes": nodetest.Says{"research": answer}, "hospitals": []any{}, "how": "written", "date": "2026-11-21", "text": "2026-1"})
}

// A freeze by name keeps nobody in it who refuses or withdraws afterwards, whether their operation is still in the registry or not; with too few left nothing of it leaves, and nothing is compared.
func TestAFreezeKeepsNobodyWhoWithdraws(t *testing.T) {
	onBoth(t, func(w *nodetest.World, h *nodetest.Hospital) {
		bringHistory(w, h, 0, 9)
		cases := casesAt(h)
		for _, id := range cases[:7] {
			saysOfResearch(h, id, "granted")
		}
		h.MustAsk("researcher", "POST", rowsPath+"/freezes", map[string]string{"name": "agreed"}, nil)
		grant(h, "head", "2026-17", untilNextYear(w))
		h.MustAsk("researcher", "POST", rowsPath+"/freezes", map[string]string{"name": "waived", "waiver": "2026-17"}, nil)
		rows := func(freeze string, want int) {
			w.Helper()
			status, files := taken(t, h, "researcher", map[string]string{"format": "csv", "reason": "r", "freeze": freeze})
			if n := strings.Count(files["rows.csv"], "\n") - 1; want == 0 && status != http.StatusForbidden || want > 0 && n != want {
				t.Errorf("%s: %d with %d rows, want %d", freeze, status, n, want)
			}
			if want > 0 && exported(t, h)[0].Rows != want {
				t.Errorf("%s is noted as %+v", freeze, exported(t, h)[0])
			}
		}
		rows("agreed", 7)
		rows("waived", 9)
		h.Say(cases[0], "case.consent-withdrawn", nodetest.Says{"scopes": []string{"research"}, "date": "2026-11-22"})
		saysOfResearch(h, cases[8], "refused")
		rows("agreed", 6)
		rows("waived", 7)
		for _, said := range h.Log(cases[1]).Said { // the row goes, the patient's word counts still
			if said.Kind == "case.operation" {
				h.MustAsk("head", "POST", "/cases/"+cases[1].String()+"/entries", map[string]any{"kind": ledger.KindRetract, "refs": []ledger.Hash{said.Hash}, "body": map[string]string{"why": "of another patient"}}, nil)
			}
		}
		rows("agreed", 6)
		h.Say(cases[1], "case.consent-withdrawn", nodetest.Says{"scopes": []string{"research"}, "date": "2026-11-22"})
		rows("agreed", 5)
		var d struct{ First, Second, Added int }
		h.MustAsk("researcher", "GET", rowsPath+"/freezes/agreed/diff/waived", nil, &d)
		if d.First != 5 || d.Second != 6 || d.Added != 1 {
			t.Errorf("compared: %+v", d)
		}
		if log := exported(t, h); log[0].Format != registry.NotedDiff || log[0].Person != h.Staff["researcher"].ID || log[0].Waived.IsZero() {
			t.Errorf("the comparison is noted as %+v", log[0])
		}
		h.Say(cases[2], "case.consent-withdrawn", nodetest.Says{"scopes": []string{"research"}, "date": "2026-11-22"})
		rows("agreed", 0)
		if status, _ := asks(t, h, "researcher", "GET", rowsPath+"/freezes/agreed/diff/waived", nil); status != http.StatusForbidden {
			t.Errorf("four patients are compared with others: %d", status)
		}
	})
}

// A freeze opens under the waiver under which it was made, not under another of the same number. Making one is noted, its name is one line, and a token that reads compares nothing.
func TestAFreezeIsBoundToItsWaiver(t *testing.T) {
	onBoth(t, func(w *nodetest.World, h *nodetest.Hospital) {
		bringHistory(w, h, 0, 6)
		first := grant(h, "head", "2026-17", untilNextYear(w))
		for _, name := range []string{"a\nb", "a\u2028b", "a\u202eb", "a\x00b"} {
			if status, _ := asks(t, h, "researcher", "POST", rowsPath+"/freezes", map[string]string{"name": name, "waiver": first}); status < 400 || status >= 500 {
				t.Errorf("a freeze is called %q: %d", name, status)
			}
		}
		h.MustAsk("researcher", "POST", rowsPath+"/freezes", map[string]string{"name": "spring", "waiver": first}, nil)
		if log := exported(t, h); len(log) != 1 || log[0].Format != registry.NotedFreeze || log[0].Rows != 6 || log[0].Waived.String() != first || log[0].Reason != "spring" {
			t.Errorf("it is noted as %+v", log)
		}
		h.MustAsk("officer", "POST", rowsPath+"/waivers/"+first+"/revoke", map[string]string{"reason": "withdrawn"}, nil)
		second := grant(h, "head", "2026-17", untilNextYear(w))
		if status, _ := taken(t, h, "researcher", map[string]string{"format": "csv", "reason": "r", "freeze": "spring"}); status != http.StatusForbidden {
			t.Errorf("under another waiver of the same number: %d", status)
		}
		h.MustAsk("researcher", "POST", rowsPath+"/freezes", map[string]string{"name": "summer", "waiver": second}, nil)
		if status, _ := asks(t, h, "researcher", "GET", rowsPath+"/freezes/summer/diff/spring", nil); status != http.StatusForbidden {
			t.Errorf("it is compared: %d", status)
		}
		var token struct{ Token string }
		h.MustAsk("researcher", "POST", "/tokens", map[string]any{"name": "reads", "scopes": []string{"read", "write"}}, &token)
		if status, _ := calls(t, h, token.Token, "GET", rowsPath+"/freezes/summer/diff/summer", nil); status != http.StatusForbidden {
			t.Errorf("a token that reads compares freezes: %d", status)
		}
	})
}

// The same request for an export is not answered with the rows of then: neither after the waiver was revoked nor after a patient was erased; and what else was kept as an answer goes with both.
func TestAnExportIsNotGivenAgain(t *testing.T) {
	onBoth(t, func(w *nodetest.World, h *nodetest.Hospital) {
		bringHistory(w, h, 0, 7)
		id := grant(h, "head", "2026-17", untilNextYear(w))
		body := map[string]string{"format": "csv", "reason": "r", "waiver": id}
		ask := func(path, key string, body any) (int, string) {
			return asks(t, h, "researcher", "POST", path, body, "Idempotency-Key", key)
		}
		status, rows := ask(rowsPath+"/export", "k1", body)
		if status != http.StatusOK || !strings.HasPrefix(rows, "PK") {
			t.Fatalf("%d %.200s", status, rows)
		}
		number := exported(t, h)[0].Number
		if status, answer := ask(rowsPath+"/export", "k1", body); status != http.StatusConflict || !strings.Contains(answer, number) {
			t.Errorf("again: %d %.200s", status, answer)
		}
		freeze := map[string]string{"name": "spring", "waiver": id}
		if status, answer := ask(rowsPath+"/freezes", "k2", freeze); status != http.StatusOK || !strings.Contains(answer, `"rows":7`) {
			t.Fatalf("%d %.200s", status, answer)
		}
		if status, answer := ask(rowsPath+"/freezes", "k2", freeze); status != http.StatusOK || !strings.Contains(answer, `"rows":7`) {
			t.Errorf("what is short is given again: %d %.200s", status, answer)
		}
		h.MustAsk("officer", "POST", rowsPath+"/waivers/"+id+"/revoke", map[string]string{"reason": "withdrawn"}, nil)
		for key, path := range map[string]string{"k1": "/export", "k2": "/freezes"} {
			asked := map[string]map[string]string{"k1": body, "k2": freeze}[key]
			if status, answer := ask(rowsPath+path, key, any(asked)); status != http.StatusConflict || strings.Contains(answer, `"rows":7`) || strings.HasPrefix(answer, "PK") {
				t.Errorf("%s after it was revoked: %d %.200s", path, status, answer)
			}
		}
		again := map[string]string{"name": "summer", "waiver": grant(h, "head", "2026-18", untilNextYear(w))}
		ask(rowsPath+"/freezes", "k3", again)
		kase := casesAt(h)[0]
		for _, said := range h.Log(kase).Said {
			if said.Kind == "case.operation" {
				h.MustAsk("head", "POST", "/cases/"+kase.String()+"/entries", map[string]any{"kind": ledger.KindErased, "refs": []ledger.Hash{said.Hash}, "body": map[string]string{"reason": "law"}}, nil)
			}
		}
		w.Until("what was kept goes with what is erased", func() bool {
			status, _ := ask(rowsPath+"/freezes", "k3", again)
			return status == http.StatusConflict
		})
	})
}

// What somebody found right on the page of data quality is kept, on both databases.
func TestWhatIsSettledIsKept(t *testing.T) {
	onBoth(t, func(w *nodetest.World, h *nodetest.Hospital) {
		id := h.OpenCase("Looked at")
		for place := range 2 {
			err := h.Desk().DB.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
				return registry.Settle(ctx, tx, registry.Settled{At: w.Clock.Now(), Person: h.Staff["head"].ID, Pathway: "hfs-mvd", Thread: id, Place: place + 1, What: "odd", Value: "4000"})
			})
			if err != nil {
				t.Fatal(err)
			}
		}
	})
}
