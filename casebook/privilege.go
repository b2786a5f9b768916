package casebook

import (
	"slices"
	"strings"

	"consilium/lang"
	"consilium/ledger"
	"consilium/people"
	"consilium/record"
)

// An operation by somebody who holds no privilege for it is asked about, confirmed with a reason, marked, and reviewed by the head of the department.

// The codes of what may be odd about who operates.
const (
	OddNoPrivilege      = "privilege-none"    // none for this operation
	OddPrivilegeOver    = "privilege-over"    // one that did not hold on that day
	OddPrivilegeLevel   = "privilege-level"   // one for a lower surgical level
	OddVisitorPrivilege = "privilege-visitor" // somebody of another hospital, without one under a visit
)

// withoutPrivilege tells whether the writer of an operation confirmed that its operator held no privilege for it.
func (o *Operation) withoutPrivilege() bool {
	return slices.ContainsFunc(o.Confirmed.Odd, func(code string) bool { return strings.HasPrefix(code, "privilege-") })
}

// PrivilegeReviewed is what the head of the department found about an operation without a privilege.
type PrivilegeReviewed struct {
	Finding string `json:"finding"` // one of PrivilegeFindings
	Note    string `json:"note,omitempty"`
}

// PrivilegeFindings are the codes of what a review finds.
var PrivilegeFindings = []string{"justified", "not_justified"}

// Check is the form of the body.
func (r *PrivilegeReviewed) Check() error {
	var c record.Checks
	c.Code("finding", r.Finding, PrivilegeFindings...)
	c.Text("note", r.Note, r.Finding == "not_justified")
	return c.Err()
}

// KindPrivilegeReviewed reviews an operation without a privilege.
const KindPrivilegeReviewed = "case.privilege-reviewed"

// privilegeWords is where the words of this kind stand in the phrase files.
const privilegeWords = "case.entry.privilege-reviewed"

var privilegeReviewedEntry = record.Declare(KindPrivilegeReviewed, record.Meaning[*folding, PrivilegeReviewed]{
	Doc:     "What the head of the department found about the operation in `refs[0]`, whose operator held no privilege for it. By the hospital that recorded it, and not by the operator. Findings: justified, not_justified (with a note).",
	Example: `{"finding":"justified","note":"Nobody with the privilege was in the house; the patient bled."}`,
	Roles:   []string{string(people.HeadOfDepartment)}, AfterClosing: true,
	Rule: func(f *folding, a record.Said[PrivilegeReviewed]) []record.Mark {
		i := f.operation(a.Ref())
		if i < 0 || !f.c.Operations[i].Says.withoutPrivilege() {
			return record.When(true, "no-override")
		}
		op := &f.c.Operations[i]
		return record.All(record.When(op.By.Hospital != a.By.Hospital, "override-other"), record.When(op.Says.Operator.Person == a.By.Person, "override-own"))
	},
	Fold: func(f *folding, a record.Said[PrivilegeReviewed]) {
		if i := f.operation(a.Ref()); i >= 0 {
			k := a
			f.c.Operations = slices.Clone(f.c.Operations) // the case before has the list too
			f.c.Operations[i].Reviewed = &k
		}
	},
	Words: func(a record.Said[PrivilegeReviewed]) record.Words {
		return record.Titled(privilegeWords+".told", map[string]any{"finding": lang.Named(privilegeWords+".findings", a.Says.Finding)}, record.Written(a.Says.Note)...)
	},

	Verb: "operate",
	Form: record.Form[*folding]{Asks: []record.Ask[*folding]{
		{Name: "finding", Sort: record.Code, Needed: true, Codes: PrivilegeFindings, List: privilegeWords + ".findings"},
		{Name: "note", Sort: record.Long},
	}},
	Offer: func(f *folding, a *record.Asking) ([]ledger.Hash, bool) {
		for _, o := range f.c.Operations {
			if o.overridden() && o.By.Hospital == a.Here {
				return []ledger.Hash{o.Hash}, true
			}
		}
		return nil, false
	},
})

// overridden tells whether nobody has reviewed yet that the operator held no privilege.
func (o *Operated) overridden() bool { return o.Reviewed == nil && o.Says.withoutPrivilege() }

// operation is the place of an operation; -1: there is none.
func (f *folding) operation(h ledger.Hash) int {
	return slices.IndexFunc(f.c.Operations, func(o Operated) bool { return o.Hash == h })
}

// overrideTasks ask the head of the department to review operations without a privilege.
func (c *Case) overrideTasks() {
	for i := range c.Operations {
		if o := &c.Operations[i]; o.overridden() {
			c.add(record.Task{What: todo("privilege-review", map[string]any{"name": o.Says.Operator.Name}), Verb: "operate", Hospital: o.By.Hospital,
				Roles: []string{string(people.HeadOfDepartment)}, Kind: KindPrivilegeReviewed, Refs: []ledger.Hash{o.Hash}})
		}
	}
}

// operatorIsTrained: only a trainee who operates needs somebody who answers for it.
func operatorIsTrained(_ *folding, a *record.Asking) bool {
	value := a.Get("operator")
	if value == "" {
		return true
	}
	return !slices.ContainsFunc(a.Staff(), func(c record.Colleague) bool {
		named := strings.HasSuffix(value, "/"+string(c.Person)) || value == c.Name || strings.HasPrefix(value, c.Name+" · ")
		return named && InTraining(c.Roles)
	})
}

// InTraining tells whether somebody with these roles operates only with a supervisor.
func InTraining(roles []string) bool {
	return slices.Contains(roles, string(people.Trainee)) && !slices.ContainsFunc(operators, func(r string) bool { return slices.Contains(roles, r) })
}
