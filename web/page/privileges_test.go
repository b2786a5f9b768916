package page

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/people"
)

var endPath = regexp.MustCompile(`/settings/privileges/[^"]+/end/[^"]+`)

func TestPrivilegesAreGrantedAndEnded(t *testing.T) {
	w := newWard(t)
	root, page := w.signedIn("root"), "/settings/privileges/"+string(w.people["surgeon"].ID)
	held := func() (list people.Privileges) {
		w.must(w.desk.View(w.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
			list, err = people.PrivilegesOf(ctx, tx, w.people["surgeon"].ID)
			return err
		}))
		return list
	}
	w.head.sees("/settings/privileges", "Dr. surgeon", "Privileges")
	if a := w.surgeon.get("/settings/privileges"); a.status != http.StatusForbidden {
		t.Errorf("a surgeon sees everybody's privileges: %d", a.status)
	}
	w.head.sees(page, "No privilege in force", "Grant a privilege", "Fully endoscopic")
	form := url.Values{"procedure": {"mvd_endoscopic"}, "level": {"4"}, "part": {"operate"}, "from": {"2026-11-21"}, "until": {"2026-11-20"}}
	w.head.refuses(page, form, "would end before it begins", "mvd_endoscopic")
	form.Set("procedure", "invented")
	w.head.refuses(page, form, "Choose the procedure")
	form.Set("procedure", "mvd_endoscopic")
	form.Del("until")
	w.head.takes(page, form)
	if list := held(); len(list) != 1 || !list[0].HoldsAt(w.clock) || !list[0].Until.IsZero() || list[0].GrantedBy != w.people["head"].ID {
		t.Fatalf("granted %+v", list)
	}
	a := w.head.sees(page, "lasting", "Dr. head", "End it")
	root.sees("/settings/people/"+string(w.people["surgeon"].ID), "Privileges", "Fully endoscopic")

	own := "/settings/privileges/" + string(w.people["head"].ID)
	w.head.sees(own, "Nobody grants a privilege to themselves")
	w.head.refuses(own, form, "Nobody grants a privilege to themselves")
	if a := w.surgeon.post(page, form); a.status != http.StatusForbidden || len(held()) != 1 {
		t.Errorf("a surgeon grants: %d", a.status)
	}

	end := endPath.FindString(a.body)
	w.head.refuses(end, url.Values{"reason": {" "}}, "Say why it ends")
	if a := root.post(strings.Replace(end, string(w.people["surgeon"].ID), string(w.people["trainee"].ID), 1), url.Values{"reason": {"x"}}); a.status != http.StatusNotFound {
		t.Errorf("ended under another's name: %d", a.status)
	}
	root.takes(end, url.Values{"reason": {"moved to another department"}})
	if held().HoldsPrivilege(w.clock, "mvd_endoscopic", people.Operate) {
		t.Error("it still holds")
	}
	w.head.sees(page, "No privilege in force", "ended by Dr. root", "moved to another department")
}
