package settings

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
	"consilium/people/security"
	"consilium/web/face"
	"consilium/web/ui"
)

// mineView is what somebody keeps about themselves.
type mineView struct {
	Person   people.Person
	Passkeys []ui.ListItem
	Sessions []ui.ListItem
	Tokens   []ui.ListItem
	Offer    *face.PasskeyView // nil: this browser's address knows no passkeys
	Changed  string            // when the password was set
	Secret   string            // of a token just made; shown once
	Wrong    people.ErrInvalid
	Form     url.Values
	Open     string
	News     []ui.ListItem // what others did to this person's access, not yet read
	LastNews int64
	Again    bool   // the sign-in was too long ago to change what opens doors
	Away     string // who stands in now
	Deputy   []ui.FieldView
}

func minePage(q *face.Request) error { return showMine(q, http.StatusOK, mineView{}) }

func showMine(q *face.Request, status int, v mineView) error {
	v.Person = q.Caller.Account
	if q.Caller.Session != nil {
		v.Again = !q.Caller.Session.Fresh(q.Now())
		if err := q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error { return readMine(q, ctx, tx, &v) }); err != nil {
			return err
		}
	}
	d := q.SettingsData()
	d.Path = "/settings" // also where a form of the page was answered
	return q.Render(status, d, mineContent(q, v))
}

func readMine(q *face.Request, ctx context.Context, tx ledger.Tx, v *mineView) error {
	id := q.Caller.Person
	news, err := security.News(ctx, tx, id, newsShown)
	if err != nil {
		return err
	}
	for _, r := range news {
		v.News = append(v.News, ui.ListItem{Icon: "alert", Text: q.P("settings.security.event."+string(r.Event), nil), Note: face.JoinDots(q.Doer(ctx, tx, r.By), q.SecurityDetail(r.Detail), q.OriginWords(r.Origin)), End: q.Moment(r.At)})
		v.LastNews = r.Place
	}
	_, _, changed, err := people.PasswordState(ctx, tx, id)
	if err != nil {
		return err
	}
	v.Changed = q.Moment(changed)
	if err := readDeputy(q, ctx, tx, v); err != nil {
		return err
	}
	keys, err := people.ListPasskeys(ctx, tx, id)
	if err != nil {
		return err
	}
	for _, k := range keys {
		v.Passkeys = append(v.Passkeys, ui.ListItem{Icon: "key", Text: k.Name, Note: usedText(q, k.Created, k.Used),
			Act: takeAway(q, "passkey-"+k.ID, "passkey", k.Name, "/settings/passkeys/"+url.PathEscape(k.ID)+"/remove")})
	}
	sessions, err := people.ListSessions(ctx, tx, q.Now(), q.Desk.Sessions, id)
	if err != nil {
		return err
	}
	for _, s := range sessions {
		v.Sessions = append(v.Sessions, sessionItem(q, s))
	}
	tokens, err := people.ListTokens(ctx, tx, id)
	for _, t := range tokens {
		v.Tokens = append(v.Tokens, tokenItem(q, t))
	}
	if q.Desk.Passkeys != nil {
		v.Offer = &face.PasskeyView{Ceremony: "register", BeginURL: "/passkeys/register/begin", FinishURL: "/passkeys/register/finish", NextURL: "/settings", NameField: "f-passkey_name",
			Label: q.P("settings.passkey.add", nil), Refused: q.P("settings.passkey.refused", nil), Failed: q.P("settings.passkey.failed", nil)}
	}
	return err
}

// newsShown bounds what somebody is told at once of what others did to their access.
const newsShown = 50

// newsWork tells somebody on Today that others changed their access.
func newsWork(q *face.Request, w *face.TodayWork) error {
	return q.Desk.View(q.Context(), func(ctx context.Context, tx ledger.Tx) error {
		news, err := security.News(ctx, tx, q.Caller.Person, 1)
		if len(news) > 0 {
			w.Alerts = append(w.Alerts, ui.Notice{Sort: ui.Warn, Title: q.P("settings.security.news", nil), Text: q.P("settings.security.newstext", nil), URL: "/settings", Do: q.P("settings.security.look", nil)})
		}
		return err
	})
}

// readNews notes that somebody has read what others did to their access.
func readNews(q *face.Request) error {
	place, err := strconv.ParseInt(q.PostForm.Get("place"), 10, 64)
	if err != nil {
		return desk.ErrInput
	}
	return mine(q, "saved", func(ctx context.Context, tx ledger.Tx) error {
		return security.HaveRead(ctx, tx, q.Caller.Person, place)
	})
}

func usedText(q *face.Request, created, used time.Time) string {
	if used.IsZero() {
		return q.P("settings.unused", map[string]any{"made": q.Day(created)})
	}
	return q.P("settings.used", map[string]any{"made": q.Day(created), "used": lang.Relative(q.Lang, used, q.Now())})
}

func sessionItem(q *face.Request, s people.Session) ui.ListItem {
	item := ui.ListItem{Icon: "globe", Text: browserName(s.Agent), Note: face.JoinDots(s.Address, q.P("settings.session.since", map[string]any{
		"made": q.Moment(s.Created), "used": lang.Relative(q.Lang, s.Used, q.Now())}))}
	if s.ID == q.Caller.Session.ID {
		item.Chips = []ui.ChipView{{Text: q.P("settings.session.this", nil), Sort: ui.Good}}
		return item
	}
	item.Act = ui.Button(ui.ButtonView{Label: q.P("settings.session.end", nil), URL: "/settings/sessions/" + url.PathEscape(s.ID) + "/end", Post: true, CSRF: q.CSRF(), Quiet: true})
	return item
}

// browsers are told by the word in what a browser calls itself; the first that fits, for each names the ones before it.
var browsers = []struct{ word, name string }{{"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"MicroMessenger/", "WeChat"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}}
var systems = []struct{ word, name string }{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"HarmonyOS", "HarmonyOS"}, {"Windows", "Windows"}, {"Mac OS", "Mac"}, {"Linux", "Linux"}}

func tokenItem(q *face.Request, t people.APIToken) ui.ListItem {
	var scopes []string
	for _, s := range t.Scopes {
		scopes = append(scopes, q.P("settings.scope."+string(s), nil))
	}
	item := ui.ListItem{Icon: "lock", Text: t.Name, Note: face.JoinDots(lang.List(q.Lang, scopes), usedText(q, t.Created, t.Used)),
		Act: takeAway(q, "token-"+t.ID, "token", t.Name, "/settings/tokens/"+url.PathEscape(t.ID)+"/revoke")}
	item.End, item.Late = q.P("settings.token.until", map[string]any{"day": lang.Date(q.Lang, t.Expires)}), t.Expires.Before(q.Now())
	return item
}

// takeAway asks before something stops working.
func takeAway(q *face.Request, id, key, name, action string) confirmComponent {
	return ui.Confirm(ui.ConfirmView{ID: id, Open: q.P("settings."+key+".remove", nil), Title: q.P("settings."+key+".removetitle", map[string]any{"name": name}),
		Text: q.P("settings."+key+".removetext", nil), Action: action, CSRF: q.CSRF(), Do: q.P("settings."+key+".remove", nil), Danger: true, Quiet: true})
}

// own refuses what only somebody signed in on a page may do: a token or the socket does not change how a person signs in.
func own(q *face.Request) error {
	if q.Caller.Session == nil {
		return desk.ErrSignIn
	}
	return nil
}

func saveLanguage(q *face.Request) error {
	if err := own(q); err != nil {
		return err
	}
	l, ok := lang.Parse(q.PostForm.Get("language"))
	if !ok {
		return desk.ErrInput
	}
	err := q.Update(func(ctx context.Context, tx ledger.Tx) error {
		p, err := people.Get(ctx, tx, q.Caller.Person)
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
	q.SetCookie("lang", string(l), face.CookieYear)
	return q.See("/settings?done=saved")
}

func changePassword(q *face.Request) error {
	if err := own(q); err != nil {
		return err
	}
	wrong := func(field string, text lang.Text) error {
		return showMine(q, http.StatusUnprocessableEntity, mineView{Open: "password", Wrong: people.ErrInvalid{Field: field, Text: text}})
	}
	_, _, err := q.Desk.SignIn.WithPassword(q.Context(), q.Desk.DB, q.Now(), q.Caller.Account.Username, q.PostForm.Get("current"), face.Address(q.Request))
	if errors.Is(err, people.ErrWrongCredentials) {
		return wrong("current", lang.Phrase("settings.password.wrong", nil))
	}
	if err != nil {
		return err
	}
	hash, err := q.Desk.SignIn.Hash(q.Context(), q.Caller.Account, q.PostForm.Get("password"))
	var invalid people.ErrInvalid
	if errors.As(err, &invalid) {
		return wrong("password", invalid.Text)
	}
	if err != nil {
		return err
	}
	err = q.Update(func(ctx context.Context, tx ledger.Tx) error {
		if err := people.SavePassword(ctx, tx, q.Now(), q.Caller.Person, hash, false); err != nil {
			return err
		}
		detail := ""
		if q.PostForm.Get("tokens") == "true" {
			detail = "with all API tokens"
			if err := people.RevokeTokens(ctx, tx, q.Caller.Person); err != nil {
				return err
			}
		}
		return q.Desk.Note(ctx, tx, q.Caller, security.PasswordChanged, q.Caller.Person, detail)
	})
	if err != nil {
		return err
	}
	if err := q.StartSession(q.Caller.Person, "password"); err != nil { // saving it ended every session, this one too
		return err
	}
	return q.See("/settings?done=password")
}

// mine changes something of the caller's own and goes back to Settings.
func mine(q *face.Request, done string, fn func(ctx context.Context, tx ledger.Tx) error) error {
	if err := own(q); err != nil {
		return err
	}
	if err := q.Update(fn); err != nil {
		return err
	}
	return q.See("/settings?done=" + done)
}

func removePasskey(q *face.Request) error {
	if err := q.Fresh(); err != nil {
		return err
	}
	return mine(q, "removed", func(ctx context.Context, tx ledger.Tx) error {
		if err := people.RemovePasskey(ctx, tx, q.Caller.Person, q.PathValue("id")); err != nil {
			return err
		}
		return q.Desk.Note(ctx, tx, q.Caller, security.PasskeyRemoved, q.Caller.Person, q.PathValue("id"))
	})
}

func endSession(q *face.Request) error {
	return mine(q, "ended", func(ctx context.Context, tx ledger.Tx) error {
		if err := people.EndSession(ctx, tx, q.Caller.Person, q.PathValue("id")); err != nil {
			return err
		}
		return q.Desk.Note(ctx, tx, q.Caller, security.SessionsEnded, q.Caller.Person, q.PathValue("id"))
	})
}

func endSessions(q *face.Request) error {
	return mine(q, "ended", func(ctx context.Context, tx ledger.Tx) error {
		if err := people.EndSessions(ctx, tx, q.Caller.Person, q.Caller.Session.ID); err != nil {
			return err
		}
		return q.Desk.Note(ctx, tx, q.Caller, security.SessionsEnded, q.Caller.Person, "all others")
	})
}

func revokeToken(q *face.Request) error {
	return mine(q, "removed", func(ctx context.Context, tx ledger.Tx) error {
		if err := people.RevokeToken(ctx, tx, q.Caller.Person, q.PathValue("id")); err != nil {
			return err
		}
		return q.Desk.Note(ctx, tx, q.Caller, security.TokenRevoked, q.Caller.Person, q.PathValue("id"))
	})
}

// scopesOffered are those that the person's role has a use for.
func scopesOffered(q *face.Request) []people.Scope {
	return slices.DeleteFunc(slices.Clone(desk.Scopes), func(s people.Scope) bool {
		return s == desk.ScopeAdminister && !q.May(access.Administer) || s == desk.ScopeWaive && !access.May(q.Caller.Who, access.Open, desk.Waivers).Allowed
	})
}

func makeToken(q *face.Request) error {
	if err := q.Fresh(); err != nil {
		return err
	}
	days, err := strconv.Atoi(q.PostForm.Get("days"))
	if err != nil || days < 1 || days > 365 {
		return showMine(q, http.StatusUnprocessableEntity, mineView{Open: "token", Form: q.PostForm, Wrong: q.Field("days", "settings.token.days")})
	}
	t := people.APIToken{Name: q.PostForm.Get("name"), Expires: q.Now().AddDate(0, 0, days)}
	for _, s := range q.PostForm["scopes"] {
		if slices.Contains(scopesOffered(q), people.Scope(s)) {
			t.Scopes = append(t.Scopes, people.Scope(s))
		}
	}
	var secret string
	err = q.Update(func(ctx context.Context, tx ledger.Tx) (err error) {
		var made people.APIToken
		if secret, made, err = people.CreateToken(ctx, tx, q.Now(), q.Caller.Person, t); err != nil {
			return err
		}
		return q.Desk.Note(ctx, tx, q.Caller, security.TokenMade, q.Caller.Person, made.Name+" "+made.ID)
	})
	var invalid people.ErrInvalid
	if errors.As(err, &invalid) {
		return showMine(q, http.StatusUnprocessableEntity, mineView{Open: "token", Form: q.PostForm, Wrong: invalid})
	}
	if err != nil {
		return err
	}
	return showMine(q, http.StatusOK, mineView{Secret: secret})
}
