package access

import (
	"slices"
	"time"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// Scope is one use of a case to which a patient says yes or no.
type Scope string

// The scopes.
const (
	Consult   Scope = "consult"   // the case is read by the hospitals asked
	Images    Scope = "images"    // its de-identified images leave
	Identity  Scope = "identity"  // who the patient is, for the hospitals named and no others
	Recording Scope = "recording" // sound and video of a session
	Teaching  Scope = "teaching"
	Research  Scope = "research"
)

// Scopes lists every scope, in the order in which they are asked.
var Scopes = []Scope{Consult, Images, Identity, Recording, Teaching, Research}

// Known says whether s is one of Scopes.
func (s Scope) Known() bool { return slices.Contains(Scopes, s) }

// Answer is what was said about one scope.
type Answer string

// The answers. A scope that nobody asked about has none, and that is a no.
const (
	Unasked   Answer = ""
	Granted   Answer = "granted"
	Refused   Answer = "refused"
	Withdrawn Answer = "withdrawn"
)

// How tells how a consent was given.
type How string

// The ways of giving consent.
const (
	Written   How = "written"
	Oral      How = "oral" // before a witness
	Guardian  How = "guardian"
	Emergency How = "emergency" // by nobody: the patient could not be asked and could not wait
)

// Kinds of entries that this package folds.
const (
	KindConsent          = "case.consent"
	KindConsentWithdrawn = "case.consent-withdrawn"
)

// ConsentGiven is what case.consent says: the patient's answers, for the hospitals named.
type ConsentGiven struct {
	Scopes    map[Scope]Answer    `json:"scopes"`
	Hospitals []ledger.HospitalID `json:"hospitals,omitempty"` // none: those that take part in the case; for identity none means nobody
	How       How                 `json:"how"`
	Witness   ledger.PersonID     `json:"witness,omitempty"` // of an oral consent: somebody of this hospital's staff
	Date      string              `json:"date"`              // when it was given, perhaps partial
	Text      string              `json:"text"`              // which version of the consent text was read
	Reason    string              `json:"reason,omitempty"`  // of an emergency: why nobody could be asked
	Keys      []WrappedKey        `json:"keys,omitempty"`    // to the sealed identity, one for each hospital named
}

// WrappedKey lets one hospital open one sealed file.
type WrappedKey struct {
	Hospital ledger.HospitalID `json:"hospital"`
	Blob     ledger.Hash       `json:"blob"`
	Wrapped  string            `json:"wrapped"` // age ciphertext in base64url, for the hospital's seal key
}

// ConsentWithdrawn is what case.consent-withdrawn says. No scopes: all of them.
type ConsentWithdrawn struct {
	Scopes []Scope `json:"scopes,omitempty"`
	Date   string  `json:"date"`
	Reason string  `json:"reason,omitempty"` // a patient owes nobody one
}

// ConsentKinds declare what can be said about consent. They stand in the thread of a case, whatever state its room folds.
func ConsentKinds[S record.State]() []record.Of[S] {
	speakers := []string{string(people.ReferringDoctor), string(people.Surgeon), string(people.HeadOfDepartment), string(people.Coordinator), string(people.System)}
	return []record.Of[S]{
		record.Declare(KindConsent, record.Meaning[S, ConsentGiven]{
			Doc:     "The patient's answers for the hospitals named. Scopes: `consult`, `images`, `identity`, `recording`, `teaching`, `research`; answers: `granted`, `refused`, `withdrawn`. Without hospitals it holds for those that take part in the case, except `identity`, which goes only to hospitals that are named. `how` is `written`, `oral` (with a `witness`, the person id of a member of staff), `guardian`, or `emergency` (with a `reason`, and only for `consult`, `images`, `identity`). `text` is the version of the consent text that was read. `keys` lets each hospital named open the sealed identity (age, for the hospital's seal key, base64url).",
			Example: `{"scopes":{"consult":"granted","identity":"granted","images":"granted","recording":"granted","research":"refused","teaching":"granted"},"hospitals":["AEBA-GBAF-AYDQ-QCIK-BMGA-2DQP-CAIR-EEYU-FFTZ"],"how":"written","date":"2026-11-21","text":"2026-1","keys":[{"hospital":"AEBA-GBAF-AYDQ-QCIK-BMGA-2DQP-CAIR-EEYU-FFTZ","blob":"5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9","wrapped":"YWdlLWVuY3J5cHRpb24"}]}`,
			Roles:   speakers, First: true, AfterClosing: true,
			Rule: func(s S, a record.Said[ConsentGiven]) []record.Mark {
				return record.When(a.Says.grants() && record.KeeperOf(s) != a.By.Hospital, "consent-elsewhere", "scopes")
			},
			List: record.Elsewhere, Views: []record.View{record.Shows("consent", consentShown[S])},
			Words: func(record.Said[ConsentGiven]) record.Words { return record.Titled("access.told.consent", nil) },

			Verb: "refer",
			Form: record.Form[S]{Attach: true, Scope: string(Identity), Finish: finishConsent[S], Asks: []record.Ask[S]{
				{Name: "scopes", Sort: "scopes", Needed: true},
				{Name: "hospitals", Sort: record.Hospitals},
				{Name: "how", Sort: record.Code, Needed: true, Codes: []string{string(Written), string(Oral), string(Guardian), string(Emergency)}, List: "case.how"},
				{Name: "witness", Sort: record.Staff},
				{Name: "date", Sort: record.Date, Needed: true},
				{Name: "text", Sort: record.Text},
				{Name: "reason", Sort: record.Long},
			}},
			Start: startConsent[S],
			Offer: func(s S, a *record.Asking) ([]ledger.Hash, bool) { return nil, record.KeeperOf(s) == a.Here },
		}),
		record.Declare(KindConsentWithdrawn, record.Meaning[S, ConsentWithdrawn]{
			Doc:     "The patient takes consent back. No scopes: all of it. Access stops at once and deletion is asked for; for `research` it takes effect at the next data freeze. A reason may be given and is not needed.",
			Example: `{"scopes":["images","teaching"],"date":"2026-12-02"}`,
			Roles:   append(speakers, string(people.Trainee)), First: true, AfterClosing: true,
			List: record.Elsewhere,
			Words: func(record.Said[ConsentWithdrawn]) record.Words {
				return record.Titled("access.told.consent-withdrawn", nil)
			},

			Verb: "refer",
			Form: record.Form[S]{Asks: []record.Ask[S]{
				{Name: "scopes", Sort: record.Codes, Options: grantedScopes[S]},
				{Name: "date", Sort: record.Date, Needed: true},
				{Name: "reason", Sort: record.Long},
			}},
			Start: func(_ S, a *record.Asking) ConsentWithdrawn {
				return ConsentWithdrawn{Date: a.Now.Format(time.DateOnly)}
			},
		}),
	}
}

// consentShown is the newest answer to each scope that was asked.
func consentShown[S record.State](s S) map[string]string {
	shown := map[string]string{}
	for _, state := range FoldConsent(record.LogOf(s)).All() {
		if state.Answer != Unasked {
			shown[string(state.Scope)] = string(state.Answer)
		}
	}
	return shown
}

// startConsent begins with what the patient said last, so that a change is said as one.
func startConsent[S record.State](_ S, a *record.Asking) ConsentGiven {
	c := FoldConsent(a.Log)
	says := ConsentGiven{Scopes: map[Scope]Answer{}, How: Written, Date: a.Now.Format(time.DateOnly), Hospitals: c.State(Consult).Hospitals}
	for _, s := range c.All() {
		if s.Answer == Granted || s.Answer == Refused {
			says.Scopes[s.Scope] = s.Answer
		}
	}
	return says
}

// grantedScopes are those that can be taken back.
func grantedScopes[S record.State](_ S, a *record.Asking) (list []record.Option) {
	c := FoldConsent(a.Log)
	for _, s := range Scopes {
		if c.State(s).Answer == Granted || a.Target != nil {
			list = append(list, record.Option{Value: string(s), Label: s.Name(), Help: s.Effect()})
		}
	}
	return list
}

// finishConsent asks for what the way of consenting needs, and closes the key of the sealed identity for each hospital that the consent names. A hospital
// whose seal key is not known yet gets none: it is said again once it is.
func finishConsent[S record.State](_ S, a *record.Asking, says record.Body) {
	switch how := How(says.Text("how")); {
	case how == Oral && says["witness"] == nil:
		a.Fault("witness", "case.fault.needed", nil)
	case how == Emergency && says["reason"] == nil:
		a.Fault("reason", "case.fault.needed", nil)
	case how != Emergency && says["text"] == nil:
		a.Fault("text", "case.fault.needed", nil)
	}
	scopes, _ := says["scopes"].(map[Scope]Answer)
	if How(says.Text("how")) == Emergency {
		for _, s := range []Scope{Recording, Teaching, Research} {
			if scopes[s] == Granted {
				a.Fault("scope."+string(s), "case.fault.emergency", nil)
			}
		}
	}
	named, _ := says["hospitals"].([]ledger.HospitalID)
	switch {
	case scopes[Identity] != Granted:
	case len(named) == 0:
		a.Fault("hospitals", "case.fault.identity", nil)
	case a.Keys != nil:
		keys, without := a.Keys(named)
		if keys != nil {
			says["keys"] = keys
		}
		for _, h := range without {
			a.Fault("hospitals", "case.fault.sealkey", map[string]any{"hospital": a.Name(h)})
		}
	}
}

// grants tells whether the patient said yes to anything. Anybody may pass on a no; a yes is recorded where the patient is.
func (c ConsentGiven) grants() bool {
	for _, answer := range c.Scopes {
		if answer == Granted {
			return true
		}
	}
	return false
}

// Check is the form of the body.
func (c *ConsentGiven) Check() error {
	var k record.Checks
	k.Need(len(c.Scopes) > 0, "scopes", "access.unfit.scopes")
	for s, a := range c.Scopes {
		k.Need(s.Known() && (a == Granted || a == Refused || a == Withdrawn), "scopes", "access.unfit.answer")
	}
	k.Date("date", c.Date, true)
	k.Need(c.Text != "" || c.How == Emergency, "text", "access.unfit.text")
	c.checkHow(&k)
	c.checkKeys(&k)
	return k.Err()
}

func (c *ConsentGiven) checkHow(k *record.Checks) {
	k.Code("how", string(c.How), string(Written), string(Oral), string(Guardian), string(Emergency))
	k.Need(c.How != Oral || c.Witness != "", "witness", "access.unfit.witness")
	if c.How != Emergency {
		return
	}
	k.Need(c.Reason != "", "reason", "access.unfit.reason")
	for _, s := range []Scope{Recording, Teaching, Research} {
		k.Need(c.Scopes[s] != Granted, "scopes", "access.unfit.can-wait")
	}
}

func (c *ConsentGiven) checkKeys(k *record.Checks) {
	k.Need(c.Scopes[Identity] != Granted || len(c.Hospitals) > 0, "hospitals", "access.unfit.named")
	for _, w := range c.Keys {
		k.Need(c.Scopes[Identity] == Granted && slices.Contains(c.Hospitals, w.Hospital), "keys", "access.unfit.key")
		k.Need(w.Wrapped != "" && !w.Blob.IsZero(), "keys", "access.unfit.wrapped")
	}
}

// Check is the form of the body.
func (c *ConsentWithdrawn) Check() error {
	var k record.Checks
	for _, s := range c.Scopes {
		k.Need(s.Known(), "scopes", "access.unfit.scope")
	}
	k.Date("date", c.Date, true)
	return k.Err()
}

// Name is what people call the scope.
func (s Scope) Name() lang.Text { return lang.Named("access.scope", string(s)) }

// Effect says from when a withdrawal of the scope holds, for the consent text and the page.
func (s Scope) Effect() lang.Text {
	if s == Research {
		return lang.Phrase("access.withdrawal.research", nil)
	}
	return lang.Phrase("access.withdrawal.at-once", nil)
}

// Name is what people call the answer.
func (a Answer) Name() lang.Text {
	if a == Unasked {
		return lang.Phrase("access.answer.none", nil)
	}
	return lang.Named("access.answer", string(a))
}

// Name is what people call the way of giving consent.
func (h How) Name() lang.Text { return lang.Named("access.how", string(h)) }
