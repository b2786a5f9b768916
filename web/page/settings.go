package page

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"consilium/access"
	"consilium/desk"
	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/web/face"
	"consilium/web/ui"
)

func (s *Server) settingsRoutes() {
	s.handle("GET /settings", (*request).minePage)
	s.handle("POST /settings/language", (*request).saveLanguage)
	s.handle("POST /settings/password", (*request).changePassword)
	s.handle("POST /settings/passkeys/{id}/remove", (*request).removePasskey)
	s.handle("POST /settings/sessions/{id}/end", (*request).endSession)
	s.handle("POST /settings/sessions/end", (*request).endSessions)
	s.handle("POST /settings/tokens", (*request).makeToken)
	s.handle("POST /settings/tokens/{id}/revoke", (*request).revokeToken)
	s.peopleRoutes()
	s.privilegeRoutes()
	s.nodeRoutes()
}

// settingsTabs are the pages of Settings that this person may open.
func (q *request) settingsTabs(current string) []ui.SavedView {
	tabs := []ui.SavedView{{Label: q.p("settings.tab.mine", nil), URL: "/settings", Current: current == "mine"}}
	for _, t := range []struct {
		key  string
		show bool
	}{{"people", q.may(access.ManagePeople)}, {"privileges", q.mayGrant()}, {"packs", true}, {"import", q.may(access.Import)}, {"storage", q.may(access.Administer)}, {"entries", q.may(access.Administer)},
		{"log", q.may(access.ReadAccessLog)}, {"glass", q.may(access.ReviewBreak)}} {
		if t.show {
			tabs = append(tabs, ui.SavedView{Label: q.p("settings.tab."+t.key, nil), URL: "/settings/" + t.key, Current: current == t.key})
		}
	}
	return tabs
}

// settingsData is the frame of a page of Settings.
func (q *request) settingsData() ui.PageData {
	d := q.data(q.p("settings.title", nil), "settings")
	d.Notices = q.done()
	if key := "settings.done." + q.FormValue("done"); q.Method == http.MethodGet && lang.Has(key) {
		d.Notices = append(d.Notices, ui.Notice{Sort: ui.Good, Text: q.p(key, nil)})
	}
	d.Scripts = []string{"passkey.js", "copy.js"}
	return d
}

// mineView is what somebody keeps about themselves.
type mineView struct {
	Person    people.Person
	Passkeys  []ui.ListItem
	Sessions  []ui.ListItem
	Tokens    []ui.ListItem
	Offer     *ui.PasskeyView // nil: this browser's address knows no passkeys
	Changed   string          // when the password was set
	Secret    string          // of a token just made; shown once
	Wrong     people.ErrInvalid
	Form      url.Values
	Open      string
	MayTokens bool
}

func (q *request) minePage() error { return q.showMine(http.StatusOK, mineView{}) }

func (q *request) showMine(status int, v mineView) error {
	v.Person = q.caller.Account
	if q.caller.Session != nil {
		if err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error { return q.readMine(ctx, tx, &v) }); err != nil {
			return err
		}
	}
	d := q.settingsData()
	d.Path = "/settings" // also where a form of the page was answered
	return q.render(status, d, mineContent(q, v))
}

func (q *request) readMine(ctx context.Context, tx ledger.Tx, v *mineView) error {
	id := q.caller.Person
	_, _, changed, err := people.PasswordState(ctx, tx, id)
	if err != nil {
		return err
	}
	v.Changed = q.moment(changed)
	keys, err := people.ListPasskeys(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, k := range keys {
		v.Passkeys = append(v.Passkeys, ui.ListItem{Icon: "key", Text: k.Name, Note: q.usedText(k.Created, k.Used),
			Act: q.takeAway("passkey-"+k.ID, "passkey", k.Name, "/settings/passkeys/"+url.PathEscape(k.ID)+"/remove")})
	}
	sessions, err := people.ListSessions(ctx, tx, q.now(), q.s.Sessions, id)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		v.Sessions = append(v.Sessions, q.sessionItem(s))
	}
	tokens, err := people.ListTokens(ctx, tx, id)
	for _, t := range tokens {
		v.Tokens = append(v.Tokens, q.tokenItem(t))
	}
	if q.s.Passkeys != nil {
		v.Offer = &ui.PasskeyView{Ceremony: "register", BeginURL: "/passkeys/register/begin", FinishURL: "/passkeys/register/finish", NextURL: "/settings", NameField: "f-passkey_name",
			Label: q.p("settings.passkey.add", nil), Refused: q.p("settings.passkey.refused", nil), Failed: q.p("settings.passkey.failed", nil)}
	}
	return err
}

func (q *request) usedText(created, used time.Time) string {
	if used.IsZero() {
		return q.p("settings.unused", map[string]any{"made": q.day(created)})
	}
	return q.p("settings.used", map[string]any{"made": q.day(created), "used": lang.Relative(q.lang, used, q.now())})
}

func (q *request) sessionItem(s people.Session) ui.ListItem {
	item := ui.ListItem{Icon: "globe", Text: browserName(s.Agent), Note: joined(" · ", s.Address, q.p("settings.session.since", map[string]any{
		"made": q.moment(s.Created), "used": lang.Relative(q.lang, s.Used, q.now())}))}
	if s.ID == q.caller.Session.ID {
		item.Chips = []ui.ChipView{{Text: q.p("settings.session.this", nil), Sort: ui.Good}}
		return item
	}
	item.Act = ui.Button(ui.ButtonView{Label: q.p("settings.session.end", nil), URL: "/settings/sessions/" + url.PathEscape(s.ID) + "/end", Post: true, CSRF: q.csrf(), Quiet: true})
	return item
}

// browsers are told by the word in what a browser calls itself; the first that fits, for each names the ones before it.
var browsers = []struct{ word, name string }{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"MicroMessenger/", "WeChat"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
var systems = []struct{ word, name string }{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"HarmonyOS", "HarmonyOS"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"Linux", "Linux"}}

func (q *request) tokenItem(t people.APIToken) ui.ListItem {
	var scopes []string
	for _, s := range t.Scopes {
		scopes = append(scopes, q.p("settings.scope."+string(s), nil))
	}
	item := ui.ListItem{Icon: "lock", Text: t.Name, Note: joined(" · ", lang.List(q.lang, scopes), q.usedText(t.Created, t.Used)),
		Act: q.takeAway("token-"+t.ID, "token", t.Name, "/settings/tokens/"+url.PathEscape(t.ID)+"/revoke")}
	item.End, item.Late = q.p("settings.token.until", map[string]any{"day": lang.Date(q.lang, t.Expires)}), t.Expires.Before(q.now())
	return item
}

// takeAway asks before something stops working.
func (q *request) takeAway(id, key, name, action string) confirmComponent {
	return ui.Confirm(ui.ConfirmView{ID: id, Open: q.p("settings."+key+".remove", nil), Title: q.p("settings."+key+".removetitle", map[string]any{"name": name}),
		Text: q.p("settings."+key+".removetext", nil), Action: action, CSRF: q.csrf(), Do: q.p("settings."+key+".remove", nil), Danger: true, Quiet: true})
}

// own refuses what only somebody signed in on a page may do: a token or the socket does not change how a person signs in.
func (q *request) own() error {
	if q.caller.Session == nil {
		return desk.ErrSignIn
	}
	return nil
}

func (q *request) update(fn func(ctx context.Context, tx ledger.Tx) error) error {
	return q.s.DB.Update(q.Context(), fn)
}

func (q *request) saveLanguage() error {
	if err := q.own(); err != nil {
		return err
	}
	l, ok := lang.Parse(q.PostForm.Get("language"))
	if !ok {
		return desk.ErrInput
	}
	err := q.update(func(ctx context.Context, tx ledger.Tx) error {
		p, err := people.Get(ctx, tx, q.caller.Person)
		if err != nil {
			return err
		}
		p.Language = l
		_, err = people.Update(ctx, tx, p)
		return err
	})
	if err != nil {
		return err
	}
	q.setCookie("lang", string(l), cookieYear)
	return q.see("/settings?done=saved")
}

func (q *request) changePassword() error {
	if err := q.own(); err != nil {
		return err
	}
	wrong := func(field string, text lang.Text) error {
		return q.showMine(http.StatusUnprocessableEntity, mineView{Open: "password", Wrong: people.ErrInvalid{Field: field, Text: text}})
	}
	err := q.s.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		_, _, err := q.s.SignIn.WithPassword(ctx, tx, q.now(), q.caller.Account.Username, q.PostForm.Get("current"), face.Address(q.Request))
		return err
	})
	if errors.Is(err, people.ErrWrongCredentials) {
		return wrong("current", lang.Phrase("settings.password.wrong", nil))
	}
	if err != nil {
		return err
	}
	hash, err := q.s.SignIn.Hash(q.Context(), q.caller.Account, q.PostForm.Get("password"))
	var invalid people.ErrInvalid
	if errors.As(err, &invalid) {
		return wrong("password", invalid.Text)
	}
	if err != nil {
		return err
	}
	err = q.update(func(ctx context.Context, tx ledger.Tx) error {
		return people.SavePassword(ctx, tx, q.now(), q.caller.Person, hash, false)
	})
	if err != nil {
		return err
	}
	if err := q.startSession(q.caller.Person, "password"); err != nil { // saving it ended every session, this one too
		return err
	}
	return q.see("/settings?done=password")
}

// mine changes something of the caller's own and goes back to Settings.
func (q *request) mine(done string, fn func(ctx context.Context, tx ledger.Tx) error) error {
	if err := q.own(); err != nil {
		return err
	}
	if err := q.update(fn); err != nil {
		return err
	}
	return q.see("/settings?done=" + done)
}

func (q *request) removePasskey() error {
	return q.mine("removed", func(ctx context.Context, tx ledger.Tx) error {
		return people.RemovePasskey(ctx, tx, q.caller.Person, q.PathValue("id"))
	})
}

func (q *request) endSession() error {
	return q.mine("ended", func(ctx context.Context, tx ledger.Tx) error {
		return people.EndSession(ctx, tx, q.caller.Person, q.PathValue("id"))
	})
}

func (q *request) endSessions() error {
	return q.mine("ended", func(ctx context.Context, tx ledger.Tx) error {
		return people.EndSessions(ctx, tx, q.caller.Person, q.caller.Session.ID)
	})
}

func (q *request) revokeToken() error {
	return q.mine("removed", func(ctx context.Context, tx ledger.Tx) error {
		return people.RevokeToken(ctx, tx, q.caller.Person, q.PathValue("id"))
	})
}

// scopesOffered are those that the person's role has a use for.
func (q *request) scopesOffered() []people.Scope {
	return slices.DeleteFunc(slices.Clone(desk.Scopes), func(s people.Scope) bool {
		return s == desk.ScopeAdminister && !q.may(access.Administer)
	})
}

func (q *request) makeToken() error {
	if err := q.own(); err != nil {
		return err
	}
	days, err := strconv.Atoi(q.PostForm.Get("days"))
	if err != nil || days < 1 || days > 365 {
		return q.showMine(http.StatusUnprocessableEntity, mineView{Open: "token", Form: q.PostForm, Wrong: q.field("days", "settings.token.days")})
	}
	t := people.APIToken{Name: q.PostForm.Get("name"), Expires: q.now().AddDate(0, 0, days)}
	for _, s := range q.PostForm["scopes"] {
		if slices.Contains(q.scopesOffered(), people.Scope(s)) {
			t.Scopes = append(t.Scopes, people.Scope(s))
		}
	}
	var secret string
	err = q.update(func(ctx context.Context, tx ledger.Tx) (err error) {
		secret, _, err = people.CreateToken(ctx, tx, q.now(), q.caller.Person, t)
		return err
	})
	var invalid people.ErrInvalid
	if errors.As(err, &invalid) {
		return q.showMine(http.StatusUnprocessableEntity, mineView{Open: "token", Form: q.PostForm, Wrong: invalid})
	}
	if err != nil {
		return err
	}
	return q.showMine(http.StatusOK, mineView{Secret: secret})
}
