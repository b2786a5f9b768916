package page

import (
	"context"
	"strings"
	"testing"
	"time"

	"consilium/desk"
	"consilium/ledger"
	"consilium/network"
	"consilium/people"
	"consilium/people/security"
)

// TestTheAdministratorIsTold: each thing that an administrator has to do something about stands on their Today, and on nobody else's, and goes when its cause does.
func TestTheAdministratorIsTold(t *testing.T) {
	w := newWorld(t)
	w.hire("li", people.Surgeon)
	var vitals desk.Vitals
	w.desk.Vitals = func() desk.Vitals { return vitals }
	note := func(event security.Event) {
		w.update(func(ctx context.Context, tx ledger.Tx) error {
			return security.Write(ctx, tx, security.Row{At: w.clock, Event: event})
		})
	}
	later := func(d time.Duration) func() { return func() { w.clock = w.clock.Add(d) } }
	well := func() { vitals = desk.Vitals{} }
	w.must(w.desk.Network.AddPartner(w.Context(), network.Partner{Hospital: ledger.HospitalID{7}, Name: "South Hospital"}))
	w.update(func(ctx context.Context, tx ledger.Tx) error { // as once the other side has entered this hospital
		_, err := tx.ExecContext(ctx, `UPDATE partner SET state = $1`, string(network.Accepted))
		return err
	})
	for _, c := range []struct {
		title       string
		comes, goes func()
	}{
		{"The disk has only its reserve left", func() { vitals = desk.Vitals{DiskFree: 1, DiskTotal: 100, DiskReserve: 5} }, well},
		{"The disk fills up", func() { vitals = desk.Vitals{DiskFree: 9, DiskTotal: 100, DiskReserve: 5} }, well},
		{"The object store does not answer", func() { vitals = desk.Vitals{BucketAway: true} }, well},
		{"The object store is full", func() { vitals = desk.Vitals{BucketFull: true} }, well},
		{"The access log cannot be written", func() { vitals = desk.Vitals{ReadingsWait: true} }, well},
		{"The certificate of the pages ends soon", func() { vitals = desk.Vitals{CertificateEnds: w.clock.Add(20 * 24 * time.Hour)} }, well},
		{"Somebody guesses passwords", func() { note(security.Guessing) }, later(23*time.Hour + 59*time.Minute + time.Hour)},
		{"There is no backup", later(7 * 24 * time.Hour), func() { note(security.BackedUp) }},
		{"The newest backup is 8 days old", later(8*24*time.Hour + time.Hour), func() { note(security.BackedUp) }},
	} {
		if strings.Contains(w.signedIn("root").get("/").body, c.title) {
			t.Errorf("%q stands there before its cause", c.title)
		}
		c.comes()
		w.signedIn("root").sees("/", c.title)
		if strings.Contains(w.signedIn("li").get("/").body, c.title) {
			t.Errorf("a surgeon is told %q", c.title)
		}
		c.goes()
		if strings.Contains(w.signedIn("root").get("/").body, c.title) {
			t.Errorf("%q stands there after its cause", c.title)
		}
	}
	w.signedIn("root").sees("/", "No line to a partner for more than a day", "South Hospital: what was said since waits on both sides")
}
