package security

import (
	"bytes"
	"database/sql"
	"errors"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite"

	"consilium/ledger"
	"consilium/people"
)

var start = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

func newLog(t *testing.T) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(t.TempDir(), "people.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	for _, file := range []string{"migration/20001_people.sql", "migration/20002_security.sql"} {
		text, err := people.Migrations.ReadFile(file)
		if err == nil {
			_, err = db.Exec(string(text))
		}
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
	}
	for i, event := range []Event{SignedIn, SignInFailed, TokenMade, PasswordLink} {
		err := Write(t.Context(), db, Row{At: start.Add(time.Duration(i) * time.Minute), Event: event, By: "boss", About: "ann", Detail: "line one\nline \"two\" ]", Origin: "10.0.0.1"})
		if err != nil {
			t.Fatal(err)
		}
	}
	return db
}

func TestAnyChangeOfARowShows(t *testing.T) {
	for _, change := range []string{`UPDATE security_log SET detail = 'other' WHERE place = 2`, `UPDATE security_log SET actor = 'eve' WHERE place = 4`,
		`DELETE FROM security_log WHERE place = 2`, `UPDATE security_log SET at_ms = at_ms + 1 WHERE place = 1`} {
		db := newLog(t)
		if err := Verify(t.Context(), db); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(change); err != nil {
			t.Fatal(err)
		}
		if err := Verify(t.Context(), db); !errors.Is(err, ErrBroken) {
			t.Errorf("%s: %v", change, err)
		}
	}
}

func exported(t testing.TB, db *sql.DB) string {
	var b bytes.Buffer
	if err := Each(t.Context(), db, func(r Row, h Hash) error { return WriteJSON(&b, r, h) }); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestAnExportProvesItself(t *testing.T) {
	db := newLog(t)
	text := exported(t, db)
	place, hash, err := ReadJSON(strings.NewReader(text))
	wantPlace, wantHash, _ := Head(t.Context(), db)
	if err != nil || place != wantPlace || hash != wantHash {
		t.Fatalf("%d %x, %v", place, hash, err)
	}
	if _, _, err := ReadJSON(strings.NewReader(strings.Replace(text, "boss", "eve!", 1))); !errors.Is(err, ErrBroken) {
		t.Errorf("a changed export: %v", err)
	}
	if _, _, err := ReadJSON(strings.NewReader(strings.Repeat("x", 1<<20))); !errors.Is(err, ErrBroken) {
		t.Errorf("a line without end: %v", err)
	}
}

// The form is that of RFC 5424 section 6: PRI VERSION TIMESTAMP HOSTNAME APP-NAME PROCID MSGID STRUCTURED-DATA MSG.
var message = regexp.MustCompile(`^<\d{1,3}>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z [!-~]{1,32} consilium - [!-~]{1,32} \[consilium@32473( [a-z]+="([^"\\\]]|\\["\\\]])*")+\] [^\n]*\n$`)

func TestSyslogIsRFC5424(t *testing.T) {
	var b bytes.Buffer
	err := WriteSyslog(&b, "Harbor City 医院", Row{Place: 7, At: start, Event: SignInFailed, About: "ann", Detail: "a\nb", Origin: `10.0.0.1 "x]\`}, Hash{1})
	if err != nil || !message.MatchString(b.String()) {
		t.Errorf("%v: %s", err, b.String())
	}
	if !strings.HasPrefix(b.String(), "<108>1 2026-11-21T08:00:00.000Z HarborCity consilium - sign-in-failed ") {
		t.Errorf("%s", b.String())
	}
}

func TestNewsAreWhatOthersDid(t *testing.T) {
	db := newLog(t)
	if err := Write(t.Context(), db, Row{At: start, Event: TokenMade, By: "ann", About: "ann"}); err != nil {
		t.Fatal(err)
	}
	news, err := News(t.Context(), db, "ann", 10)
	if err != nil || len(news) != 4 {
		t.Fatalf("%v, %v", news, err)
	}
	if _, err := db.Exec(`INSERT INTO person VALUES ('ann', 'staff', 'ann', 'Ann', '', 'en', 1, '', '', 0)`); err != nil {
		t.Fatal(err)
	}
	if err := HaveRead(t.Context(), db, "ann", news[2].Place); err != nil {
		t.Fatal(err)
	}
	if news, err = News(t.Context(), db, "ann", 10); err != nil || len(news) != 1 {
		t.Errorf("after reading three: %v, %v", news, err)
	}
	if news, _ = News(t.Context(), db, ledger.PersonID("bob"), 10); len(news) != 0 {
		t.Errorf("bob is told of ann's: %v", news)
	}
}

func TestWhatHappenedBeforeTheFirstSignInIsNoNews(t *testing.T) {
	db := newLog(t)
	write := func(r Row) {
		t.Helper()
		if r.At = start; Write(t.Context(), db, r) != nil {
			t.Fatalf("writing %+v", r)
		}
	}
	write(Row{Event: PersonAdded, By: "boss", About: "eva"})
	write(Row{Event: PasswordLink, By: "boss", About: "eva"})
	write(Row{Event: PasswordChanged, By: "eva", About: "eva"})
	write(Row{Event: SignedIn, By: "eva", About: "eva"})
	if news, err := News(t.Context(), db, "eva", 10); err != nil || len(news) != 0 {
		t.Fatalf("eva is warned of her own beginning: %v, %v", news, err)
	}
	write(Row{Event: PersonChanged, By: "boss", About: "eva"})
	write(Row{Event: SignedIn, By: "eva", About: "eva"})
	if news, err := News(t.Context(), db, "eva", 10); err != nil || len(news) != 1 || news[0].Event != PersonChanged {
		t.Errorf("what came after: %v, %v", news, err)
	}
	write(Row{Event: PersonAdded, By: "boss", About: "zoe"})
	write(Row{Event: PasswordLink, By: "boss", About: "zoe"})
	write(Row{Event: SpokeAs, By: "local", About: "zoe"})
	write(Row{Event: SignedIn, By: "zoe", About: "zoe"}) // with a password that she had: the link is somebody else's doing
	if news, err := News(t.Context(), db, "zoe", 10); err != nil || len(news) != 2 || news[0].Event != PasswordLink {
		t.Errorf("a link that she did not come by: %v, %v", news, err)
	}
}

// FuzzReadJSON: whatever comes, the reader ends, and what it takes for whole is what it would write.
func FuzzReadJSON(f *testing.F) {
	var b bytes.Buffer
	r := Row{Place: 1, At: start, Event: SignedIn, By: "ann", About: "ann", Detail: "x", Origin: "y"}
	if err := WriteJSON(&b, r, r.chain(Hash{})); err != nil {
		f.Fatal(err)
	}
	f.Add(b.String())
	f.Add("{}\n")
	f.Fuzz(func(t *testing.T, text string) {
		place, hash, err := ReadJSON(strings.NewReader(text))
		if err == nil && place == 0 && hash != (Hash{}) {
			t.Error("no rows have a hash")
		}
		if err == nil && int(place) > strings.Count(text, "\n")+1 {
			t.Errorf("%d rows in %d lines", place, strings.Count(text, "\n")+1)
		}
	})
}
