package node_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"testing"

	"consilium/ledger"
	"consilium/node/nodetest"
	"consilium/people/security"
	"consilium/store/storetest"
)

// onBothDatabases plays a test at a hospital on SQLite and at one on PostgreSQL.
func onBothDatabases(t *testing.T, play func(*testing.T, *nodetest.World, *nodetest.Hospital)) {
	t.Helper()
	for _, postgres := range []bool{false, true} {
		name, at := "SQLite", ""
		if postgres {
			name, at = "PostgreSQL", storetest.Postgres(t).URL
		}
		t.Run(name, func(t *testing.T) {
			w := nodetest.New(t)
			play(t, w, w.FoundOn("north", at))
		})
	}
}

// TestGuessingAtTheDoorIsSlowed: wrong passwords come from many addresses through the page. Each address is stopped after some, all of them together too, from where the person has signed in before they
// still come in, and the security log says that somebody guesses.
func TestGuessingAtTheDoorIsSlowed(t *testing.T) {
	onBothDatabases(t, func(t *testing.T, _ *nodetest.World, north *nodetest.Hospital) {
		const right = "correct horse north"
		try := func(from byte, password string) int {
			jar, err := cookiejar.New(nil)
			if err != nil {
				t.Fatal(err)
			}
			v := &visitor{t, north, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
				Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 2, from)}}).DialContext}}}
			status, _, _ := v.posts("/sign-in", "/sign-in", url.Values{"username": {nodetest.Surgeon}, "password": {password}})
			return status
		}
		if status := try(1, right); status != http.StatusSeeOther {
			t.Fatalf("at work: %d", status)
		}
		told := map[int]int{}
		for i := range 60 {
			told[try(byte(2+i%20), fmt.Sprint("wrong password ", i))]++
		}
		if told[http.StatusTooManyRequests] < 40 || told[http.StatusSeeOther] > 0 || len(told) != 2 {
			t.Errorf("sixty guesses from twenty addresses: %v", told)
		}
		if status := try(30, right); status != http.StatusTooManyRequests {
			t.Errorf("the right password from an address nobody knows, while it is guessed: %d", status)
		}
		if status := try(1, right); status != http.StatusSeeOther {
			t.Errorf("at work, while others guess: %d", status)
		}
		guessing := false
		err := north.Desk().View(t.Context(), func(ctx context.Context, tx ledger.Tx) (err error) {
			_, guessing, err = security.Last(ctx, tx, security.Guessing)
			return errors.Join(err, security.Verify(ctx, tx))
		})
		if err != nil || !guessing {
			t.Errorf("the security log says that somebody guesses: %v, %v", guessing, err)
		}
	})
}
