package casebook

import (
	"slices"
	"time"

	"consilium/access"
	"consilium/lang"
	"consilium/ledger"
	"consilium/pathway"
	"consilium/record"
)

// Case is what the entries of a case amount to. It is a value: the same entries give an equal one at every node.
type Case struct {
	Thread   ledger.ThreadID
	Opened   bool // the case has been opened, not only its thread
	Opening  ledger.Hash
	OpenedAt time.Time
	Newest   time.Time // when the newest entry in folding order was written, by its writer's clock

	Pathway, SubSpecialty, Title, Side, Urgency, Sex, Summary, History string
	Age                                                                *int64 // years; nil: not known
	AgeMonths, AgeDays                                                 *int64 // of a small child; nil: not said
	Demo                                                               bool
	Home                                                               ledger.HospitalID // whose patient it is
	Steward                                                            ledger.HospitalID // who has custody
	Offer                                                              *ledger.Offer     // custody on its way
	Members                                                            []ledger.Member
	Identity                                                           *ledger.BlobRef // sealed
	Closed                                                             *record.Said[Closed]

	Verb     string // where the case stands
	Stages   []Stage
	Timeline []record.Item // by the date of the event
	Next     []record.Task // who is to do what by when; the first is the next step
	Marks    int           // entries that carry a mark, stand in conflict, or are doubted

	Findings        []record.Said[Finding]
	Imaging         []record.Said[Imaging]
	Holds           []string            // what of the pathway's packet is attached: "dicom", "report", …
	Latest          map[string]Answered // the newest answer to each variable
	Series          map[string][]Point  // all numbers that a variable had, by date
	Referrals       []Referral
	Questions       []AskedQuestion
	Queries         []Raised // about data
	Doubles         []Doubled
	Opinions        []record.Said[Opinion]
	Rounds          int64
	Recommendations []Advised
	HandOvers       []record.Said[HandOver]
	Team            []record.Said[Joining]
	Duties          []Duty
	Plans           []PlanVersion
	PlanHeads       []int // indexes of the versions that none replaces: more than one is a dispute
	Devices         []MadeDevice
	Achieved        []record.Said[Achieved]
	Scheduled       *record.Said[Scheduled]
	SafetyChecks    []SafetyPart
	Operations      []Operated
	Complications   []record.Said[Complication]
	FollowUps       []FollowedUp
	Due             []DueState
	Teaching        []record.Said[Teaching]
	Reminders       []OpenReminder
	Consent         access.Consent
	Sides           []SideSource // where the side is said, beside the case itself
	SideDisputed    bool         // one of them says another side than the case, and nobody has settled it
	People          []Involved

	scheduledAfter int // how many operations, abandoned ones too, the writer of Scheduled knew of
}

// Answered is the newest answer to a variable, and where it was given.
type Answered struct {
	Value pathway.Value
	When  string
	Entry ledger.Hash
	Pack  *ledger.PackRef

	moment time.Time
}

// Point is one number of a variable.
type Point struct {
	When  string
	Value string // decimal text
	Entry ledger.Hash

	moment time.Time
}

// ReferralState is how far a referral is.
type ReferralState string

// The states of a referral. Whether a pending one has expired is for the page to say, which has a clock.
const (
	Pending        ReferralState = "pending"
	AcceptedState  ReferralState = "accepted"
	DeclinedState  ReferralState = "declined"
	WithdrawnState ReferralState = "withdrawn"
)

// Referral is a referral and what became of it.
type Referral struct {
	record.Said[Referred]
	State    ReferralState
	Answer   ledger.Hash // the acceptance or refusal
	Answered string      // when
	Answers  Owner       // who took it on
	AnswerBy string      // until when they promised an answer
	Reason   string      // why declined or withdrawn
	Opinions int         // given under it

	after int // how many operations its writer knew of: [Case.done]
}

// AskedQuestion is a question and its answers.
type AskedQuestion struct {
	record.Said[Question]
	Answers []record.Said[Answer]
}

// Advised is a recommendation and what became of it.
type Advised struct {
	Recommendation
	Opinion ledger.Hash
	By      record.Author
	Outcome *record.Said[Advice] // nil: open
}

// PlanVersion is one version of the plan with its signatures.
type PlanVersion struct {
	record.Said[Plan]
	Signatures []Signature
	Retracted  bool
	Changed    bool // amended or retracted after it was said: not what was signed

	changedAt int
	after     int // how many operations its writer knew of: [Case.done]
}

// Signature is one hospital's signature of a version.
type Signature struct {
	record.Said[PlanSigned]
	Withdrawn bool

	at, undoneAt int
}

// SafetyPart is a part of the checklist, and of how manieth operation (0, 1, …).
type SafetyPart struct {
	record.Said[SafetyCheck]
	Operation int
}

// Operated is an operation, its plan, and how the two differ.
type Operated struct {
	record.Said[Operation]
	Plan      int  // index of the plan that it names; -1: none
	Signed    bool // that plan was signed when the operation was recorded
	Deviation []Change
	Reviewed  *record.Said[PrivilegeReviewed] // of one without a privilege; nil: nobody has, or it needs none
}

// FollowedUp is a follow-up, and how many operations stood before it.
type FollowedUp struct {
	record.Said[FollowUp]
	Operation int
}

// DueState is an appointment of the last operation, and whether it was kept.
type DueState struct {
	DueFollowUp
	Operation ledger.Hash
	Done      ledger.Hash // zero: not yet
	Lost      bool
}

// OpenReminder is a reminder, done or not.
type OpenReminder struct {
	record.Said[Reminder]
	Done bool
}

// Involved is somebody who has to do with the case.
type Involved struct {
	Hospital  ledger.HospitalID
	Person    ledger.PersonID
	Name      string
	Role      string
	Relations []string
}

// What a person may be to a case.
const (
	RelationAuthor   = "author"
	RelationAsked    = "asked"
	RelationOperator = "operator"
	RelationSigner   = "signer"
	RelationAssigned = "assigned"
)

// StageState is how far one of the nine verbs is.
type StageState string

// The states of a stage.
const (
	StageDone StageState = "done"
	StageNow  StageState = "now"
	StageNext StageState = "next"
	StageNone StageState = "none" // nothing of it in this case
)

// Stage is one of the nine verbs.
type Stage struct {
	Verb  string
	State StageState
	Note  lang.Text
	Date  string // of the event that the note speaks of
}

// Answers are the newest answers to all variables.
func (c Case) Answers() pathway.Values {
	v := make(pathway.Values, len(c.Latest))
	for id, a := range c.Latest {
		v[id] = a.Value
	}
	return v
}

// Plan is the version of the plan that none replaces, or nil where there is none or two dispute the place.
func (c Case) Plan() *PlanVersion {
	if len(c.PlanHeads) != 1 {
		return nil
	}
	return &c.Plans[c.PlanHeads[0]]
}

// Operation is the operation recorded last in this case, or nil. One that was done elsewhere or abandoned does not end the plan.
func (c Case) Operation() *Operated {
	for i := len(c.Operations) - 1; i >= 0; i-- {
		if op := &c.Operations[i]; op.Says.Elsewhere == "" && !op.Says.Abandoned {
			return op
		}
	}
	return nil
}

// done is how many operations of this case were carried through. A plan or a referral whose writer knew of fewer has had its turn.
func (c Case) done() (n int) {
	for i := range c.Operations {
		if o := &c.Operations[i].Says; o.Elsewhere == "" && !o.Abandoned {
			n++
		}
	}
	return n
}

// begun is how many operations of this case were begun.
func (c Case) begun() (n int) {
	for i := range c.Operations {
		if c.Operations[i].Says.Elsewhere == "" {
			n++
		}
	}
	return n
}

// planned tells whether the plan that stands, or one of those that dispute the place, is for an operation that is still to come.
func (c Case) planned() bool {
	return slices.ContainsFunc(c.PlanHeads, func(i int) bool { return c.Plans[i].after == c.done() })
}

// scheduled tells whether the day that was fixed is of an operation that is still to come.
func (c Case) scheduled() bool { return c.Scheduled != nil && c.scheduledAfter == c.begun() }

// Conflicts are the entries whose corrections stand side by side.
func (c Case) Conflicts() []record.Item {
	var list []record.Item
	for i := range c.Timeline {
		if c.Timeline[i].Conflict {
			list = append(list, c.Timeline[i])
		}
	}
	return list
}
