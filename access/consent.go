package access

import (
	"errors"
	"fmt"
	"regexp"
	"slices"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
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

// ConsentKinds are the kinds that this package declares.
func ConsentKinds() []ledger.Kind {
	cases := []string{"case"}
	speakers := []string{string(people.ReferringDoctor), string(people.Surgeon), string(people.HeadOfDepartment), string(people.Coordinator), string(people.System)}
	return []ledger.Kind{
		ledger.Declare[ConsentGiven](ledger.Kind{Name: KindConsent, Threads: cases, Roles: speakers, Check: grantsAtHome}),
		ledger.Declare[ConsentWithdrawn](ledger.Kind{Name: KindConsentWithdrawn, Threads: cases, Roles: append(speakers, string(people.Trainee))}),
	}
}

var partialDate = regexp.MustCompile(`^\d{4}(-\d{2}(-\d{2}(T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2}))?)?)?$`)

// Check looks at the consent's own form.
func (c *ConsentGiven) Check() error {
	if len(c.Scopes) == 0 {
		return errors.New("a consent answers for one scope or more")
	}
	for s, a := range c.Scopes {
		if !s.Known() || a != Granted && a != Refused && a != Withdrawn {
			return fmt.Errorf("scope %q with answer %q: a scope is granted, refused or withdrawn", s, a)
		}
	}
	switch {
	case !partialDate.MatchString(c.Date):
		return errors.New("a consent has the date on which it was given")
	case c.Text == "" && c.How != Emergency:
		return errors.New("a consent names the version of the text that was read")
	}
	if err := c.checkHow(); err != nil {
		return err
	}
	return c.checkKeys()
}

func (c *ConsentGiven) checkHow() error {
	switch c.How {
	case Written, Guardian:
	case Oral:
		if c.Witness == "" {
			return errors.New("an oral consent has a witness")
		}
	case Emergency:
		if c.Reason == "" {
			return errors.New("an emergency says why nobody could be asked")
		}
		for _, s := range []Scope{Recording, Teaching, Research} {
			if c.Scopes[s] == Granted {
				return fmt.Errorf("an emergency does not open %s: it can wait until the patient is asked", s)
			}
		}
	default:
		return fmt.Errorf("consent is given in writing, orally, by a guardian, or there is an emergency; not %q", c.How)
	}
	return nil
}

func (c *ConsentGiven) checkKeys() error {
	if c.Scopes[Identity] == Granted && len(c.Hospitals) == 0 {
		return errors.New("who the patient is goes only to hospitals that are named")
	}
	for _, k := range c.Keys {
		if c.Scopes[Identity] != Granted || !slices.Contains(c.Hospitals, k.Hospital) {
			return errors.New("a key is for a hospital that this consent names for identity")
		}
		if k.Wrapped == "" || k.Blob.IsZero() {
			return errors.New("a wrapped key names its file")
		}
	}
	return nil
}

// Check looks at the withdrawal's own form.
func (c *ConsentWithdrawn) Check() error {
	for _, s := range c.Scopes {
		if !s.Known() {
			return fmt.Errorf("there is no scope %q", s)
		}
	}
	if !partialDate.MatchString(c.Date) {
		return errors.New("a withdrawal has its date")
	}
	return nil
}

// grantsAtHome stops a hospital that would say yes for another's patient. Anybody may pass on a no.
func grantsAtHome(l ledger.Log, d ledger.Draft) error {
	given, err := saysConsent(d.Says)
	if err != nil {
		return err
	}
	for _, a := range given.Scopes {
		if a == Granted && l.Roster.Steward != l.Writer() {
			return errors.New("only the hospital that has custody of the case records what its patient agrees to; a refusal or withdrawal may be recorded anywhere")
		}
	}
	return nil
}

func saysConsent(says any) (ConsentGiven, error) {
	raw, err := ledger.Encode(says)
	if err != nil {
		return ConsentGiven{}, err
	}
	return ledger.Decode[ConsentGiven](raw)
}

// Name is what people call the scope.
func (s Scope) Name() lang.Text {
	switch s {
	case Consult:
		return lang.Text{En: "Consultation", Zh: "会诊"}
	case Images:
		return lang.Text{En: "Images", Zh: "影像"}
	case Identity:
		return lang.Text{En: "Identity", Zh: "身份信息"}
	case Recording:
		return lang.Text{En: "Recording", Zh: "录音录像"}
	case Teaching:
		return lang.Text{En: "Teaching", Zh: "教学"}
	case Research:
		return lang.Text{En: "Research", Zh: "科研"}
	}
	return lang.Same(string(s))
}

// Effect says from when a withdrawal of the scope holds, for the consent text and the page.
func (s Scope) Effect() lang.Text {
	if s == Research {
		return lang.Text{En: "A withdrawal takes effect at the next data freeze: results already computed stay.", Zh: "撤回自下一次数据冻结起生效；已得出的结果保留。"}
	}
	return lang.Text{En: "A withdrawal stops further access at once, and the other hospitals are asked to delete.", Zh: "撤回后立即停止继续访问，并请其他医院删除。"}
}

// Name is what people call the answer.
func (a Answer) Name() lang.Text {
	switch a {
	case Granted:
		return lang.Text{En: "Granted", Zh: "同意"}
	case Refused:
		return lang.Text{En: "Refused", Zh: "拒绝"}
	case Withdrawn:
		return lang.Text{En: "Withdrawn", Zh: "已撤回"}
	}
	return lang.Text{En: "Not asked", Zh: "未询问"}
}

// Name is what people call the way of giving consent.
func (h How) Name() lang.Text {
	switch h {
	case Written:
		return lang.Text{En: "In writing", Zh: "书面"}
	case Oral:
		return lang.Text{En: "Orally, before a witness", Zh: "口头（有见证人）"}
	case Guardian:
		return lang.Text{En: "By a guardian", Zh: "由监护人"}
	case Emergency:
		return lang.Text{En: "Emergency, nobody could be asked", Zh: "紧急情况，无法征求同意"}
	}
	return lang.Same(string(h))
}
