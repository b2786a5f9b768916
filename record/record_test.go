package record

import (
	"errors"
	"strings"
	"testing"
	"time"

	"consilium/lang"
	"consilium/ledger"
)

// A thread is tried here for what holds of every kind; casebook and outreach try theirs with real entries.

type note struct {
	Text string `json:"text"`
	Due  string `json:"due"`
	Part string `json:"part"`
}

func (n *note) Check() error {
	var c Checks
	c.Text("text", n.Text, true)
	c.Date("due", n.Due, false)
	c.Code("part", n.Part, "left", "right")
	return c.Err()
}

func TestABodySaysAllThatIsWrong(t *testing.T) {
	n := note{Due: "tomorrow", Part: "up"}
	var unfit *Unfit
	if err := n.Check(); !errors.As(err, &unfit) {
		t.Fatalf("got %v", err)
	}
	var fields []string
	for _, f := range unfit.Faults() {
		fields = append(fields, f.Field)
		if !f.Text.Complete() || strings.HasPrefix(f.Text.En, "record.") {
			t.Errorf("%s: %+v", f.Field, f.Text)
		}
	}
	if got := strings.Join(fields, " "); got != "text due part" {
		t.Errorf("fields %q", got)
	}
	if told := unfit.Tell(); !strings.Contains(told.Zh, "text：此项必填") || !strings.Contains(told.En, "part: This should be one of left, right") {
		t.Errorf("told as %+v", told)
	}
	if n = (note{Text: "x", Due: "2026-11", Part: "left"}); n.Check() != nil {
		t.Errorf("in form and refused: %v", n.Check())
	}
	var c Checks
	c.Short("text", strings.Repeat("x", 11), 10)
	c.Need(false, "text", "record.unfit.missing")
	if err := c.Err(); err == nil || strings.Contains(err.Error(), ";") {
		t.Errorf("of one field two faults are told: %v", err)
	}
}

func TestStoppedTellsFieldsInBothLanguages(t *testing.T) {
	s := &Stopped{[]Mark{{Code: "a", Field: "date", Text: lang.Text{En: "too late", Zh: "太晚"}}, {Code: "b", Text: lang.Text{En: "closed", Zh: "已关闭"}}}}
	if s.Error() != "too late; closed" || s.Tell().Zh != "太晚；已关闭" || s.Faults()[0].Field != "date" {
		t.Errorf("%v, %+v", s, s.Faults())
	}
	if All(When(false, "a"), nil) != nil || len(All(When(true, "a"), When(true, "b", "field"))) != 2 {
		t.Error("marks are not joined")
	}
}

func TestATimelineIsInTheOrderOfEvents(t *testing.T) {
	at := func(hour int) Item {
		return Item{Hash: ledger.Hash{byte(hour)}, moment: time.Unix(int64(hour)*3600, 0)}
	}
	items := byMoment([]Item{at(3), at(1), at(2)})
	grown := append(items, at(2))
	grown[3].Kind = "later"
	moved := lastByMoment(grown)
	if moved[2].Kind != "later" || moved[3].Hash[0] != 3 || items[2].Hash[0] != 3 {
		t.Errorf("moved %v, before %v", moved, items)
	}
	if last := lastByMoment(append(moved, at(3))); last[4].Hash[0] != 3 {
		t.Error("what is newest is moved")
	}
}

// TestADayStandsAmongItsHours: a finding dated today stands behind what was written this morning in Kashgar, and before what is written in the evening.
func TestADayStandsAmongItsHours(t *testing.T) {
	zone := time.FixedZone("", 8*3600)
	at := func(hour int) time.Time { return time.Date(2026, 11, 28, hour, 30, 0, 0, zone) }
	said := func(hour int, date string) Entry {
		return Entry{When: at(hour).Format(time.RFC3339), Moment: at(hour), Written: at(hour)}.on(date)
	}
	morning, dated, evening := said(9, ""), said(10, "2026-11-28"), said(18, "")
	if !morning.place().Before(dated.place()) || !dated.place().Before(evening.place()) {
		t.Errorf("%s, %s, %s", morning.place(), dated.place(), evening.place())
	}
	if other := said(23, "2026-11-20"); !other.place().Equal(time.Date(2026, 11, 20, 12, 0, 0, 0, zone)) {
		t.Errorf("another day's place is %s", other.place())
	}
}
