package page

import (
	"net/url"
	"testing"
)

// TestAKindIsSeenWhereverItIsDeclaredOnce: one declaration and one block of phrases are enough for menu, form, timeline and print, in both languages.
func TestAKindIsSeenWhereverItIsDeclaredOnce(t *testing.T) {
	w := newWard(t)
	at := "/cases/" + w.open(w.surgeon)
	w.surgeon.sees(at, "Anesthesia", at+"/say/anesthesia")
	w.surgeon.sees(at+"/say/anesthesia", "ASA physical status", "ASA III", "Tracheal tube", "The airway was difficult")
	w.surgeon.refuses(at+"/say/anesthesia", url.Values{"asa": {"3"}, "kind": {"general"}, "date": {"2026-11-30"}}, "Airway")
	w.surgeon.takes(at+"/say/anesthesia", url.Values{"asa": {"3"}, "kind": {"general"}, "airway": {"tube"}, "difficult": {"true"}, "date": {"2026-11-30"}})
	for _, page := range []string{at, at + "/print"} {
		w.surgeon.sees(page, "General anesthesia, ASA III", "Airway: Tracheal tube", "Difficult airway")
	}
	w.surgeon.post("/language", url.Values{"lang": {"zh"}})
	w.surgeon.sees(at+"/say/anesthesia", "ASA 分级", "气管插管", "困难气道")
	for _, page := range []string{at, at + "/print"} {
		w.surgeon.sees(page, "全身麻醉，ASA III 级", "气道：气管插管", "困难气道")
	}
}
