package node_test

import (
	"strings"
	"testing"
	"time"

	"consilium/casebook"
	"consilium/ledger"
	"consilium/node/nodetest"
)

// TestTheAPIAsksBack: what a form asks about, a program is told to confirm: an operation in the future is refused, one by somebody without a privilege is confirmed with a
// reason and then the head's to review, and with the privilege it is taken as it is.
func TestTheAPIAsksBack(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	today := w.Clock.Now()
	surgeon := north.Staff[nodetest.Surgeon].ID
	says := func(day time.Time) nodetest.Says {
		return nodetest.Says{"date": day.Format(time.DateOnly), "procedure": "mvd_microscopic", "emergency": "bleeding", "operator": nodetest.Says{"hospital": north.ID, "person": surgeon, "name": "Dr. surgeon"}}
	}
	first := north.OpenCase("asked back")
	refused := func(body nodetest.Says, words ...string) {
		t.Helper()
		_, err := north.TrySay(first, casebook.KindOperation, body)
		for _, word := range append(words, "422") {
			if err == nil || !strings.Contains(err.Error(), word) {
				t.Errorf("it is not refused with %q: %v", word, err)
			}
		}
	}
	refused(says(today.AddDate(0, 0, 2)), "future")
	refused(says(today), "privilege-none", "confirmed")
	idle := says(today)
	idle["confirmed"] = nodetest.Says{"odd": []string{"privilege-none", "schedule-past"}, "why": "nobody else"}
	refused(idle)
	idle["confirmed"] = nodetest.Says{"odd": []string{"privilege-none"}, "why": "nobody else"}
	op := north.Say(first, casebook.KindOperation, idle)
	var tasks struct{ Items []struct{ Kind string } }
	north.MustAsk(nodetest.Head, "GET", "/tasks", nil, &tasks)
	asked := false
	for _, task := range tasks.Items {
		asked = asked || task.Kind == casebook.KindPrivilegeReviewed
	}
	if !asked {
		t.Errorf("the head is not asked to review it: %+v", tasks.Items)
	}
	north.Say(first, casebook.KindPrivilegeReviewed, nodetest.Says{"finding": "justified"}, op)

	north.MustAsk(nodetest.Administrator, "POST", "/people/"+nodetest.Surgeon+"/privileges", map[string]any{"procedure": "mvd_microscopic", "level": 4, "part": "operate"}, nil)
	north.Say(north.OpenCase("with the privilege"), casebook.KindOperation, says(w.Clock.Now()))
}

// TestTheAPIDecidesAboutTheSamePatient: the number of another patient, and the same patient again, are a conflict until a program says which it is.
func TestTheAPIDecidesAboutTheSamePatient(t *testing.T) {
	w := nodetest.New(t, "north")
	north := w.Hospital("north")
	open := func(name string, more nodetest.Says) error {
		body := nodetest.Says{"pathway": "hfs-mvd", "title": "A case", "urgency": "routine", "patient": nodetest.Says{"name": name, "local_number": "MRN-778", "birth_date": "1990-05-06"}}
		for k, v := range more {
			body[k] = v
		}
		var made struct{ ID ledger.ThreadID }
		return north.Ask(nodetest.Doctor, "POST", "/cases", body, &made)
	}
	if err := open("测试王", nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"李另", "测试王"} {
		if err := open(name, nil); err == nil || !strings.Contains(err.Error(), "409") {
			t.Errorf("%s is opened again: %v", name, err)
		}
	}
	if err := open("李另", nodetest.Says{"alike": nodetest.Says{"decision": "another"}}); err == nil {
		t.Error("another patient with the same number, without a reason")
	}
	if err := open("李另", nodetest.Says{"alike": nodetest.Says{"decision": "another", "why": "typed twice"}}); err != nil {
		t.Error(err)
	}
	if err := open("测试王", nodetest.Says{"alike": nodetest.Says{"decision": "same", "why": "a second disease"}}); err != nil {
		t.Error(err)
	}
	if err := open("孙三", nodetest.Says{"age": 3, "patient": nodetest.Says{"name": "孙三", "birth_date": "1970-01-01"}}); err == nil || !strings.Contains(err.Error(), "422") {
		t.Errorf("three years beside 1970: %v", err)
	}
}
