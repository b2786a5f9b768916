package store_test

import (
	"context"
	"database/sql"
	"errors"
	"io/fs"
	"testing"

	"consilium/store"
	"consilium/store/storetest"
)

// TestOnlyTheServerThatProvesItselfIsSpokenTo opens a store on a server that takes encrypted connections only: with its authority in the address all that the node says is encrypted; with another one, without a name that
// the certificate has, or in the clear, nothing is said.
func TestOnlyTheServerThatProvesItselfIsSpokenTo(t *testing.T) {
	c := storetest.NewCertified(t)
	proved := c.With(map[string]string{"sslmode": "verify-full", "sslrootcert": c.Authority})
	proved.Migrations = []fs.FS{lines}
	s := storetest.Open(t, proved)
	if err := s.Update(t.Context(), add(1)); err != nil {
		t.Fatal(err)
	}
	var connections, open int
	err := s.View(t.Context(), func(ctx context.Context, tx *sql.Tx) error {
		return tx.QueryRowContext(ctx, `SELECT COUNT(*), COUNT(*) FILTER (WHERE NOT ssl) FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename = current_user`).Scan(&connections, &open)
	})
	if err != nil || connections < 2 || open > 0 {
		t.Errorf("%d of %d connections are not encrypted: %v", open, connections, err)
	}
	e, err := store.Examine(t.Context(), proved.Dir, proved.URL)
	if err != nil && !errors.Is(err, store.ErrNoStore) {
		t.Logf("examined: %v", err) // the migrations of this test have no threads
	}
	if e.Line != store.LineProved || len(e.Powers) > 0 {
		t.Errorf("line %d, powers %q", e.Line, e.Powers)
	}
	for name, wrong := range map[string]struct {
		parameters map[string]string
		unproved   bool
	}{
		"another authority":  {map[string]string{"sslmode": "verify-full", "sslrootcert": c.Stranger}, true},
		"another name":       {map[string]string{"sslmode": "verify-full", "sslrootcert": c.Authority, "host": "127.0.0.1"}, true},
		"the machine's list": {map[string]string{"sslmode": "verify-full"}, true},
		"in the clear":       {map[string]string{"sslmode": "disable"}, false},
	} {
		o := c.With(wrong.parameters)
		o.Dir = t.TempDir()
		opened, err := store.Open(t.Context(), o)
		if err == nil {
			opened.Close()
		}
		if !errors.Is(err, store.ErrUnreachable) || errors.Is(err, store.ErrUnproved) != wrong.unproved {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestALineIsJudgedByWhereItLeads(t *testing.T) {
	for _, c := range []struct {
		server            string
		encrypted, proved bool
		want              store.Line
	}{
		{"", false, false, store.LineHere}, {"127.0.0.1", false, false, store.LineHere}, {"::1", false, false, store.LineHere},
		{"10.0.0.7", false, false, store.LinePlain}, {"10.0.0.7", false, true, store.LinePlain},
		{"10.0.0.7", true, false, store.LineEncrypted}, {"10.0.0.7", true, true, store.LineProved}, {"fd00::7", false, false, store.LinePlain},
	} {
		if got := store.LineTo(c.server, c.encrypted, c.proved); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}
