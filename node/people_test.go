package node_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/people"
	"consilium/store/storetest"
)

// TestRowsThatNoSignedChangeExplainsAreFound: who can write the database and has not the folder makes themselves an administrator, widens a token, takes a password over, lets somebody in who was shut
// out, adds somebody, forges the change that explains it, or takes the last change back. Verify finds each, and nothing once it is undone.
func TestRowsThatNoSignedChangeExplainsAreFound(t *testing.T) {
	for name, url := range map[string]func() string{"SQLite": func() string { return "" }, "PostgreSQL": func() string { return storetest.Postgres(t).URL }} {
		t.Run(name, func(t *testing.T) {
			w := nodetest.New(t)
			h := w.FoundOn("north", url())
			h.MustAsk(nodetest.Administrator, "POST", "/people/trainee/disable", nil, nil)
			h.MustVerify(nil)
			for _, c := range []struct{ change, undo, finds string }{
				{`INSERT INTO person_role (person, role) SELECT id, 'administrator' FROM person WHERE username = 'researcher'`,
					`DELETE FROM person_role WHERE role = 'administrator' AND person = (SELECT id FROM person WHERE username = 'researcher')`, "is not what the last signed change left"},
				{`UPDATE api_token SET scopes = 'administer ' || scopes`, `UPDATE api_token SET scopes = substr(scopes, 12)`, "is not what the last signed change left"},
				{`UPDATE person_password SET hash = hash || 'x'`, `UPDATE person_password SET hash = substr(hash, 1, length(hash) - 1)`, "is not what the last signed change left"},
				{`UPDATE person SET active = 1 WHERE username = 'trainee'`, `UPDATE person SET active = 0 WHERE username = 'trainee'`, "is not what the last signed change left"},
				{`INSERT INTO person SELECT 'intruder', kind, 'intruder', display_name, department, language, active, home_hospital, home_person, created_ms FROM person WHERE username = 'head'`,
					`DELETE FROM person WHERE id = 'intruder'`, "person intruder: no signed change made them"},
				{`INSERT INTO person_change (place, person, state, code) SELECT place + 1, person, state, code FROM person_change ORDER BY place DESC LIMIT 1`,
					`DELETE FROM person_change WHERE place = (SELECT MAX(place) FROM person_change)`, "it is not signed by this hospital"},
			} {
				h.Tamper(t, c.change)
				r, err := h.Verify(t.Context(), nil)
				if err != nil || !slices.ContainsFunc(r.Breaks, func(b string) bool { return strings.Contains(b, c.finds) }) {
					t.Errorf("after %s: %q, %v", c.change, r.Breaks, err)
				}
				h.Tamper(t, c.undo)
				h.MustVerify(nil)
			}
			h.Restart()
			w.Until("the newest change is signed, as at every start", func() bool {
				var place int64
				err := h.Desk().View(t.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
					place, _, err = people.ChangeHead(ctx, tx)
					return err
				})
				signed, _ := os.ReadFile(filepath.Join(h.Dir, "heads"))
				return err == nil && strings.Contains(string(signed), fmt.Sprintf(`"people":{"place":%d,`, place))
			})
			h.Tamper(t, `DELETE FROM person_change WHERE place = (SELECT MAX(place) FROM person_change)`)
			if r, err := h.Verify(t.Context(), nil); err != nil || !slices.ContainsFunc(r.Breaks, func(b string) bool { return strings.Contains(b, "the last were taken back") }) {
				t.Errorf("a change that was taken back: %q, %v", r.Breaks, err)
			}
		})
	}
}
