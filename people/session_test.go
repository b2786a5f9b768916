package people

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSessionStory(t *testing.T) {
	h := newHouse(t)
	ann, bob := h.add("ann", Administrator), h.add("bob")
	token, s, err := StartSession(h.ctx, h.db, start, ann.ID, Session{Method: "passkey", Address: "10.0.0.1", Agent: "Fire\nfox\u202e"})
	if err != nil || len(token) != 43 || s.Agent != "Fire fox" {
		t.Fatalf("%q %+v %v", token, s, err)
	}
	found, p, err := FindSession(h.ctx, h.db, start, DefaultSessionLimits, token)
	if err != nil || p.ID != ann.ID || found != s {
		t.Fatalf("found %+v, %v; want %+v", found, err, s)
	}
	for _, wrong := range []string{"", s.ID, token[1:], token + "x"} {
		if _, _, err := FindSession(h.ctx, h.db, start, DefaultSessionLimits, wrong); !errors.Is(err, ErrNotFound) {
			t.Errorf("%q opens: %v", wrong, err)
		}
	}
	if err := EndSession(h.ctx, h.db, bob.ID, s.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("bob ends ann's session: %v", err)
	}
	if err := EndSession(h.ctx, h.db, ann.ID, s.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := FindSession(h.ctx, h.db, start, DefaultSessionLimits, token); !errors.Is(err, ErrNotFound) {
		t.Errorf("an ended session: %v", err)
	}
}

func TestNoSecretIsStored(t *testing.T) {
	h := newHouse(t)
	ann := h.add("ann")
	session, _, err := StartSession(h.ctx, h.db, start, ann.ID, Session{})
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := CreateToken(h.ctx, h.db, start, ann.ID, APIToken{Name: "script", Scopes: []Scope{"cases.read"}, Expires: start.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"sign_in_session", "api_token"} {
		var stored []byte
		if err := h.db.QueryRow(`SELECT hash FROM ` + table).Scan(&stored); err != nil || len(stored) != 32 {
			t.Fatalf("%s: %x %v", table, stored, err)
		}
		for _, secret := range []string{session, token} {
			if strings.Contains(string(stored), secret) {
				t.Errorf("%s holds a secret", table)
			}
		}
	}
}

func TestLeavingEndsEverything(t *testing.T) {
	h := newHouse(t)
	h.add("admin", Administrator)
	ann := h.add("ann")
	session, _, err := StartSession(h.ctx, h.db, start, ann.ID, Session{})
	if err != nil {
		t.Fatal(err)
	}
	token, _, err := CreateToken(h.ctx, h.db, start, ann.ID, APIToken{Name: "script", Scopes: []Scope{"cases.read"}, Expires: start.Add(time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	ann.Active = false
	must[Person](t)(Update(h.ctx, h.db, ann))
	if _, _, err := FindSession(h.ctx, h.db, start, DefaultSessionLimits, session); err == nil {
		t.Error("the session of somebody who left still opens")
	}
	if _, _, err := FindToken(h.ctx, h.db, start, token); err == nil {
		t.Error("the token of somebody who left still opens")
	}
}

// Whenever it is used: a session opens exactly while it was used within the idle time and began within the absolute
// time, and sweeping removes none that opens.
func TestSessionTimes(t *testing.T) {
	h := newHouse(t)
	ann := h.add("ann")
	rapid.Check(t, func(t *rapid.T) {
		limits := SessionLimits{Idle: time.Duration(rapid.IntRange(1, 100).Draw(t, "idle")) * time.Minute, Absolute: time.Duration(rapid.IntRange(1, 300).Draw(t, "absolute")) * time.Minute}
		token, s, err := StartSession(h.ctx, h.db, start, ann.ID, Session{})
		if err != nil {
			t.Fatal(err)
		}
		now, used := start, start
		for range rapid.IntRange(1, 6).Draw(t, "requests") {
			now = now.Add(time.Duration(rapid.IntRange(0, 120).Draw(t, "pause")) * time.Minute)
			want := now.Sub(used) < limits.Idle && now.Sub(start) < limits.Absolute
			if rapid.Bool().Draw(t, "sweep") {
				if err := Sweep(h.ctx, h.db, now, limits); err != nil {
					t.Fatal(err)
				}
			}
			found, _, err := FindSession(h.ctx, h.db, now, limits, token)
			if (err == nil) != want || err != nil && !errors.Is(err, ErrExpired) && !errors.Is(err, ErrNotFound) {
				t.Fatalf("after %s idle and %s in all: %v", now.Sub(used), now.Sub(start), err)
			}
			listed := must2(ListSessions(h.ctx, h.db, now, limits, ann.ID))(t)
			if slices.ContainsFunc(listed, func(l Session) bool { return l.ID == s.ID }) != want {
				t.Fatalf("listed: %v, opens: %v", !want, want)
			}
			if !want {
				break
			}
			if found.WorthTouching(now) {
				if err := TouchSession(h.ctx, h.db, now, s.ID); err != nil {
					t.Fatal(err)
				}
				used = now
			}
		}
		if err := EndSessions(h.ctx, h.db, ann.ID, ""); err != nil {
			t.Fatal(err)
		}
	})
}

func must2[T any](v T, err error) func(*rapid.T) T {
	return func(t *rapid.T) T {
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestAPITokens(t *testing.T) {
	h := newHouse(t)
	ann, bob := h.add("ann"), h.add("bob")
	secret, made, err := CreateToken(h.ctx, h.db, start, ann.ID, APIToken{Name: "night export", Scopes: []Scope{"registry.read", "cases.read", "cases.read"}, Expires: start.Add(48 * time.Hour)})
	if err != nil || !strings.HasPrefix(secret, TokenPrefix) {
		t.Fatalf("%q %v", secret, err)
	}
	got, p, err := FindToken(h.ctx, h.db, start, secret)
	if err != nil || p.ID != ann.ID || !slices.Equal(got.Scopes, []Scope{"cases.read", "registry.read"}) || !got.Used.IsZero() {
		t.Fatalf("%+v %v", got, err)
	}
	if err := TouchToken(h.ctx, h.db, start.Add(time.Hour), made.ID); err != nil {
		t.Fatal(err)
	}
	if list := must[[]APIToken](t)(ListTokens(h.ctx, h.db, ann.ID)); len(list) != 1 || !list[0].Used.Equal(start.Add(time.Hour)) {
		t.Errorf("list: %+v", list)
	}
	if _, _, err := FindToken(h.ctx, h.db, start.Add(48*time.Hour), secret); !errors.Is(err, ErrExpired) {
		t.Errorf("expired: %v", err)
	}
	for _, wrong := range []string{"", TokenPrefix, secret + "x", strings.TrimPrefix(secret, TokenPrefix), made.ID} {
		if _, _, err := FindToken(h.ctx, h.db, start, wrong); !errors.Is(err, ErrWrongCredentials) {
			t.Errorf("%q: %v", wrong, err)
		}
	}
	if err := RevokeToken(h.ctx, h.db, bob.ID, made.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("bob revokes ann's token: %v", err)
	}
	if err := RevokeToken(h.ctx, h.db, ann.ID, made.ID); err != nil {
		t.Fatal(err)
	}
	if _, _, err := FindToken(h.ctx, h.db, start, secret); !errors.Is(err, ErrWrongCredentials) {
		t.Errorf("revoked: %v", err)
	}
	for field, bad := range map[string]APIToken{
		"name":    {Scopes: []Scope{"a"}, Expires: start.Add(time.Hour)},
		"scopes":  {Name: "x", Scopes: []Scope{"a b"}, Expires: start.Add(time.Hour)},
		"expires": {Name: "x", Scopes: []Scope{"a"}, Expires: start.Add(2 * MaxTokenLife)},
	} {
		_, _, err := CreateToken(h.ctx, h.db, start, ann.ID, bad)
		wantField(t, err, field)
	}
}

func TestPrivileges(t *testing.T) {
	h := newHouse(t)
	head := h.add("head", HeadOfDepartment)
	guest := must[Person](t)(Create(h.ctx, h.db, start, Person{Kind: Visitor, DisplayName: "Prof. Guo", Home: Home{Hospital: [20]byte{1}, Person: "g"}}))
	day := 24 * time.Hour
	must[Privilege](t)(Grant(h.ctx, h.db, start, Privilege{Person: guest.ID, Procedure: "04.42", Level: 4, Part: Assist,
		From: start.Add(day), Until: start.Add(3 * day), GrantedBy: head.ID, Visit: "v1"}))
	lasting := must[Privilege](t)(Grant(h.ctx, h.db, start, Privilege{Person: guest.ID, Procedure: "80.51", Level: 3, Part: Operate, GrantedBy: head.ID}))
	ps := must[Privileges](t)(PrivilegesOf(h.ctx, h.db, guest.ID))
	for _, c := range []struct {
		at        time.Time
		procedure string
		part      Part
		want      bool
	}{
		{start, "04.42", Assist, false},              // before it begins
		{start.Add(day), "04.42", Assist, true},      // the first moment
		{start.Add(day), "04.42", Advise, true},      // included
		{start.Add(day), "04.42", Operate, false},    // goes further
		{start.Add(day), "80.51", Operate, true},     // lasting
		{start.Add(day), "80.52", Operate, false},    // another procedure
		{start.Add(3 * day), "04.42", Assist, false}, // the end is not included
		{start.Add(9000 * day), "80.51", Advise, true},
		{start.Add(day), "80.51", "watch", false},
	} {
		if got := ps.HoldsPrivilege(c.at, c.procedure, c.part); got != c.want {
			t.Errorf("%s may %s %s at %s: %v", guest.DisplayName, c.part, c.procedure, c.at, got)
		}
	}
	if err := EndPrivilege(h.ctx, h.db, start.Add(2*day), lasting.ID, head.ID, "left for home"); err != nil {
		t.Fatal(err)
	}
	if err := EndPrivilege(h.ctx, h.db, start.Add(2*day), lasting.ID, head.ID, "again"); !errors.Is(err, ErrNotFound) {
		t.Errorf("ended twice: %v", err)
	}
	ps = must[Privileges](t)(PrivilegesOf(h.ctx, h.db, guest.ID))
	if !ps.HoldsPrivilege(start.Add(day), "80.51", Operate) || ps.HoldsPrivilege(start.Add(2*day), "80.51", Operate) {
		t.Error("ending a privilege changes the past or does not change the future")
	}
	good := Privilege{Person: guest.ID, Procedure: "04.42", Level: 4, Part: Assist, GrantedBy: head.ID, From: start}
	for field, spoil := range map[string]func(*Privilege){
		"procedure": func(p *Privilege) { p.Procedure = "" },
		"level":     func(p *Privilege) { p.Level = 5 },
		"part":      func(p *Privilege) { p.Part = "watch" },
		"until":     func(p *Privilege) { p.Visit = "v2" },
		"person":    func(p *Privilege) { p.GrantedBy = p.Person },
	} {
		p := good
		spoil(&p)
		_, err := Grant(h.ctx, h.db, start, p)
		wantField(t, err, field)
	}
	good.Person = "stranger"
	if _, err := Grant(h.ctx, h.db, start, good); !errors.Is(err, ErrNotFound) {
		t.Errorf("a stranger's privilege: %v", err)
	}
}
