package access

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/cedar-policy/cedar-go"

	"consilium/people"
	"consilium/record"
)

var update = flag.Bool("update", false, "write the golden files anew")

// governed are the kinds of thread that the policy has rules for, as their rooms declare them (node compares those that it has). Courses and the directory have no room yet.
var governed = Threads{
	"case": {Policy: "Case", Leaves: record.ByConsent}, "visit": {Policy: "Visit", Leaves: record.ToMembers}, "study": {Policy: "Study", Leaves: record.ToMembers}, "waiver": {Policy: "Waiver", Leaves: record.ToMembers},
	"course": {Policy: "Course", Leaves: record.ToMembers, Unrecorded: true}, "directory": {Policy: "Directory", Leaves: record.ToMembers, Unrecorded: true},
}

// things are what actions may be about: a thread of each kind, and the node.
var things = []string{"case", "visit", "study", "waiver", "course", "directory", "hospital"}

func thing(name string, relations ...string) What {
	if name == "hospital" {
		return What{Of: Node.Of, Relations: relations}
	}
	return What{Of: governed[name], Relations: relations}
}

// decisions writes out who may do what: a row for each action, thing and role, a column for each relation.
func decisions() []byte {
	var b bytes.Buffer
	columns := append([]string{"none"}, Relations...)
	fmt.Fprintf(&b, "# %s\n# A row that is missing is a no throughout. Written by the test with -update.\n", strings.Join(columns, " "))
	for _, kind := range things {
		for _, action := range Actions {
			for _, role := range append(slices.Clone(people.Roles), "system", "none") {
				if row, any := decisionRow(kind, action, role, columns); any {
					fmt.Fprintln(&b, row)
				}
			}
		}
	}
	return b.Bytes()
}

func decisionRow(kind string, action Action, role people.Role, columns []string) (string, bool) {
	who := Who{Person: "p1", Roles: []people.Role{role}, System: role == "system"}
	cells, any := "", false
	for _, relation := range columns {
		d := May(who, action, thing(kind, relation))
		any = any || d.Allowed
		if d.Allowed {
			cells += " yes"
		} else {
			cells += " ."
		}
		if !d.Reason.Complete() {
			cells += "(reason missing)"
		}
	}
	return fmt.Sprintf("%-9s %-18s %-18s%s", kind, action, role, cells), any
}

func TestDecisionTable(t *testing.T) {
	const file = "testdata/decisions.txt"
	got := decisions()
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("who may do what has changed; look at it, then run with -update:\n%s", firstDifference(string(got), string(want)))
	}
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range g {
		if i >= len(w) || g[i] != w[i] {
			return fmt.Sprintf("line %d\n got %s\nwant %s", i+1, g[i], slices.Concat(w, []string{"(nothing)"})[min(i, len(w))])
		}
	}
	return "lines are missing at the end"
}

func roles(r ...people.Role) Who { return Who{Person: "p1", Name: "Dr. One", Roles: r} }

func TestPromisesOfThePolicy(t *testing.T) {
	all := func(action Action, kind string, role people.Role, want bool, relations ...string) {
		t.Helper()
		for _, r := range relations {
			if got := May(roles(role), action, thing(kind, r)).Allowed; got != want {
				t.Errorf("%s as %s in relation %q: %s is %v", kind, role, r, action, got)
			}
		}
	}
	parts := []string{"author", "asked", "operator", "signer", "assigned", "team", "named"}
	for _, action := range Actions {
		all(action, "case", people.Researcher, false, Relations...) // no single case, not even through glass
		if action != Break && action != ReadAccessLog {
			all(action, "case", people.Administrator, false, append(parts, "specialty", "none")...)
		}
	}
	all(See, "case", people.Administrator, true, "glass")
	all(Say, "case", people.Administrator, false, "glass")
	for _, r := range people.Roles {
		for _, action := range []Action{Say, Sign, Govern, Export, Correct} {
			if r != people.HeadOfDepartment && r != people.Coordinator {
				all(action, "case", r, false, "glass", "none") // glass shows, and nothing else
			}
		}
	}
	all(See, "case", people.Surgeon, false, "none")
	all(See, "case", people.Coordinator, true, "none")
	all(Sign, "case", people.Coordinator, false, Relations...)
	all(Sign, "case", people.Trainee, false, Relations...)
	all(Sign, "case", people.HeadOfDepartment, false, "none")
}

func TestStrangersGetNothing(t *testing.T) {
	strangers := map[string]Who{"nobody": {}, "no role": {Person: "p1"}, "no person": {Roles: people.Roles},
		"invented role": roles("root"), "injected": roles(`surgeon"] || true || ["`), "inactive": Of(people.Person{ID: "p1", Roles: people.Roles}, "")}
	for name, who := range strangers {
		for _, action := range append(slices.Clone(Actions), "", "*") {
			for _, kind := range append(slices.Clone(things), "Case", "chat") {
				if d := May(who, action, thing(kind, Relations...)); d.Allowed || !d.Reason.Complete() {
					t.Errorf("%s may %q a %q by %s", name, action, kind, d.Policy)
				}
			}
		}
	}
	for _, kind := range []string{"Case", "chat", ""} {
		if May(roles(people.Roles...), See, thing(kind, Relations...)).Allowed {
			t.Errorf("a thread of the unknown kind %q is shown", kind)
		}
	}
}

func TestReasonNamesTheOrdinaryRule(t *testing.T) {
	d := May(roles(people.Surgeon), See, thing("case", "glass", "asked"))
	if d.Policy != "case-related-see" {
		t.Errorf("the rule is %s", d.Policy)
	}
	d = May(roles(people.Surgeon), See, thing("case", "glass"))
	if d.Policy != "case-glass-see" {
		t.Errorf("the rule is %s", d.Policy)
	}
	err := Need(roles(people.Trainee), Sign, thing("case"))
	var denial *Denial
	if !errors.As(err, &denial) || !errors.Is(err, ErrDenied) || !denial.Reason.Complete() {
		t.Errorf("a denial is %v", err)
	}
}

func TestEveryRuleIsUsed(t *testing.T) {
	used := map[string]bool{}
	for _, kind := range things {
		for _, action := range Actions {
			for _, role := range append(slices.Clone(people.Roles), "system") {
				for _, relation := range append([]string{"none"}, Relations...) {
					d := May(Who{Person: "p1", Roles: []people.Role{role}, System: role == "system"}, action, thing(kind, relation))
					used[d.Policy] = true
				}
			}
		}
	}
	for id, p := range policies().All() {
		if !used[string(id)] {
			t.Errorf("nothing ever needs the rule %s", id)
		}
		if p.Annotations()["en"] == "" || p.Annotations()["zh"] == "" {
			t.Errorf("the rule %s does not say why in both languages", id)
		}
	}
}

func BenchmarkMay(b *testing.B) {
	who, what := roles(people.Surgeon), thing("case", "asked")
	for b.Loop() {
		May(who, See, what)
	}
}

// The door asks first with part of a person's relations, and answers are remembered by roles and relations alone. Both hold only as long as this does.
func TestRulesOnlyPermitAndNameNobody(t *testing.T) {
	for id, p := range policies().All() {
		if p.Effect() != cedar.Permit {
			t.Errorf("%s forbids: a person who stands closer to a thread could then do less", id)
		}
	}
	rules := regexp.MustCompile(`(?m)//.*$`).ReplaceAllString(string(policyText), "")
	if found := regexp.MustCompile(`unless|!|(principal|resource)\s*(==|!=|in\b|\.id)|(User|System|Case|Visit|Study|Course|Directory|Hospital)::`).FindString(rules); found != "" {
		t.Errorf("policy.cedar asks for more than roles and relations: %s", found)
	}
	for _, kind := range things {
		for _, action := range Actions {
			for _, role := range people.Roles {
				for _, one := range append(slices.Clone(Relations), "none") {
					alone := May(roles(role), action, thing(kind, one)).Allowed
					all := May(roles(role), action, thing(kind, Relations...)).Allowed
					if alone && !all {
						t.Errorf("%s as %s: %s is allowed in relation %q and not in all", kind, role, action, one)
					}
				}
			}
		}
	}
}

// TestRulesOfBrokenGlassSayIt: the access log tells what was seen through broken glass by the name of the rule that let it be seen.
func TestRulesOfBrokenGlassSayIt(t *testing.T) {
	raw, err := os.ReadFile("policy.cedar")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, rule := range strings.Split(string(raw), `@id("`)[1:] {
		id, body, _ := strings.Cut(rule, `"`)
		if strings.Contains(body, `contains("glass")`) {
			found++
			if !(Seen{Why: id}).Glass() {
				t.Errorf("the rule %s opens through broken glass, and its name does not say so", id)
			}
		}
	}
	if found == 0 {
		t.Error("no rule asks whether the glass was broken")
	}
}
