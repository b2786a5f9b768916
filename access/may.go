package access

import (
	_ "embed"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/cedar-policy/cedar-go"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// Who is somebody who wants something: a person of this hospital, signed in, or the program itself.
type Who struct {
	Person         ledger.PersonID
	Name           string
	Roles          []people.Role
	SubSpecialties []string
	Department     string
	Named          []ledger.ThreadID // threads that a service account was named for when it was made
	Sponsor        *Who              // who answers for a service account, which may do no more in any thread than they; nil: a person
	System         bool              // a scheduled job or an import; the policy then passes over Roles, which are only what it may speak in
	Origin         string            // address and session, for the access log
	ByItself       bool              // a page that this person has open asks, not the person: what it reads again is noted once an hour
}

// Of describes a person who signed in.
func Of(p people.Person, origin string) Who {
	if !p.Active {
		return Who{Person: p.ID, Name: p.DisplayName, Origin: origin}
	}
	return Who{Person: p.ID, Name: p.DisplayName, Roles: p.Roles, SubSpecialties: p.Specialties, Department: p.Department,
		System: p.Kind == people.System, Origin: origin}
}

// Reader is who somebody is to those who tell how people stand to threads.
func (w Who) Reader() record.Reader {
	return record.Reader{Person: w.Person, SubSpecialties: w.SubSpecialties}
}

// Action is what somebody wants to do. policy.cedar explains them.
type Action string

// The actions.
const (
	See              Action = "see"
	Say              Action = "say"
	Sign             Action = "sign"
	Govern           Action = "govern"
	Correct          Action = "correct"
	Open             Action = "open"
	List             Action = "list"
	ListAll          Action = "list_all"
	Export           Action = "export"
	Break            Action = "break_glass"
	ReviewBreak      Action = "review_break_glass"
	ReadAccessLog    Action = "read_access_log"
	Import           Action = "import"
	Administer       Action = "administer"
	ManagePeople     Action = "manage_people"
	ManagePartners   Action = "manage_partners"
	UseArchive       Action = "use_archive"
	Erase            Action = "erase"
	AnswerErasure    Action = "answer_erasure"
	relationGlass           = "glass"
	relationAuthor          = "author"
	relationNamed           = "named"
	relationOwnEntry        = "own_entry"
)

// Actions lists every action.
var Actions = []Action{See, Say, Sign, Govern, Correct, Open, List, ListAll, Export, Break, ReviewBreak, ReadAccessLog, Import, Administer,
	ManagePeople, ManagePartners, UseArchive, Erase, AnswerErasure}

// Relations lists how a person can stand to a thread. The rooms that fold threads say which holds.
var Relations = []string{relationAuthor, "asked", "operator", "signer", "assigned", "team", relationNamed, "specialty", relationGlass, relationOwnEntry}

// What is the thing that an action is about: a thread of a kind that is governed so, with the relations in which the person stands to it. No thread: one that is
// to be opened, or all.
type What struct {
	Of        record.Governance
	Thread    ledger.ThreadID
	Relations []string
}

// Node is this hospital's node as the thing that an action is about.
var Node = What{Of: record.Governance{Policy: "Hospital"}}

// Threads are the kinds of threads that the rooms of this node declare, by name. Any other has the zero governance: nobody may do anything with it.
type Threads map[string]record.Governance

// Decision is the answer.
type Decision struct {
	Allowed bool
	Policy  string // id of the rule in policy.cedar that allowed it
	Reason  lang.Text
}

//go:embed policy.cedar
var policyText []byte

// policies are read when somebody first asks what they may: most commands of the program never do.
var policies = sync.OnceValue(readPolicies)

// readPolicies reads the rules under the ids that they carry. They are part of the program: a fault in them is a fault of the build.
func readPolicies() *cedar.PolicySet {
	list, err := cedar.NewPolicyListFromBytes("policy.cedar", policyText)
	if err != nil {
		panic("access: " + err.Error())
	}
	set := cedar.NewPolicySet()
	for _, p := range list {
		id := p.Annotations()["id"]
		if id == "" || !set.Add(cedar.PolicyID(id), p) {
			panic(fmt.Sprintf("access: policy.cedar:%d: a rule needs an id of its own", p.Position().Line))
		}
	}
	return set
}

// May decides. It starts at no: for a stranger, for a thing of a kind that nobody declared, and where no rule says otherwise.
func May(who Who, action Action, what What) Decision {
	if what.Of.Policy == "" || who.Person == "" {
		return denied(action)
	}
	roles := make([]string, len(who.Roles))
	for i, r := range who.Roles {
		roles[i] = string(r)
	}
	q := question{who.System, action, what.Of.Policy, strings.Join(roles, " "), strings.Join(what.Relations, " ")}
	if d, ok := answered.Load(q); ok {
		return d.(Decision)
	}
	d := q.ask(roles, what.Relations)
	answered.Store(q, d)
	return d
}

// question is all that the rules look at: which person it is, and which thread, they ask only through roles and relations. So there are few questions, and each is
// worked out once.
type question struct {
	system           bool
	action           Action
	policy           string // the type of the thing
	roles, relations string
}

var answered sync.Map // Decision by question

func (q question) ask(roles, relations []string) Decision {
	principal := cedar.NewEntityUID("User", "somebody")
	if q.system {
		principal.Type = "System"
	}
	entities := cedar.EntityMap{principal: {UID: principal, Attributes: cedar.NewRecord(cedar.RecordMap{"roles": wordSet(roles)})}}
	answer, why := cedar.Authorize(policies(), entities, cedar.Request{
		Principal: principal,
		Action:    cedar.NewEntityUID("Action", cedar.String(q.action)),
		Resource:  cedar.NewEntityUID(cedar.EntityType(q.policy), "something"),
		Context:   cedar.NewRecord(cedar.RecordMap{"relations": wordSet(relations)}),
	})
	if answer != cedar.Allow || len(why.Errors) > 0 {
		return denied(q.action)
	}
	return allowed(why.Reasons)
}

func wordSet(words []string) cedar.Set {
	list := make([]cedar.Value, len(words))
	for i, w := range words {
		list[i] = cedar.String(w)
	}
	return cedar.NewSet(list...)
}

// allowed names the most ordinary of the rules that allow: broken glass only where nothing else does, so that a rule's name in the access log
// means what it says.
func allowed(reasons []cedar.DiagnosticReason) Decision {
	ids := make([]string, len(reasons))
	for i, r := range reasons {
		ids[i] = string(r.PolicyID)
	}
	slices.SortFunc(ids, func(a, b string) int {
		if g := strings.Count(a, "glass") - strings.Count(b, "glass"); g != 0 {
			return g
		}
		return rank(a) - rank(b)
	})
	notes := policies().Get(cedar.PolicyID(ids[0])).Annotations()
	return Decision{Allowed: true, Policy: ids[0], Reason: lang.Text{En: string(notes["en"]), Zh: string(notes["zh"])}}
}

// rank is where a rule stands in the file.
func rank(id string) int { return policies().Get(cedar.PolicyID(id)).Position().Line }

func denied(action Action) Decision {
	key := "access.denied." + lang.Key(string(action))
	if !lang.Has(key) {
		key = "access.denied.none"
	}
	return Decision{Reason: lang.Phrase(key, nil)}
}

// ErrDenied is what [errors.Is] finds in every denial.
var ErrDenied = errors.New("not allowed")

// Denial says in both languages why somebody may not do something.
type Denial struct {
	Action Action
	Reason lang.Text
}

func (d *Denial) Error() string { return string(d.Action) + ": " + d.Reason.En }

// Unwrap makes a denial an [ErrDenied].
func (d *Denial) Unwrap() error { return ErrDenied }

// Need is [May] as an error: nil where it is allowed.
func Need(who Who, action Action, what What) error {
	d := May(who, action, what)
	if !d.Allowed {
		return &Denial{action, d.Reason}
	}
	return nil
}
