package pathway

import (
	"slices"
	"testing"
)

// TestAPackSaysWhatIsOddAndWhatCannotBe: the examples are those of the review of 30 November 2026, in which "cured" stood beside a Cohen grade of 4 and a blood loss
// of 30,000 mL was taken without a question.
func TestAPackSaysWhatIsOddAndWhatCannotBe(t *testing.T) {
	p := Find("hfs-mvd")
	odd := func(form string, values Values) (codes []string) {
		for _, o := range p.Odd(form, values, nil) {
			if o.Text.En == "" || o.Text.Zh == "" || p.OddText(o.Code).IsZero() {
				t.Errorf("%s has no words", o.Code)
			}
			codes = append(codes, o.Code)
		}
		return codes
	}
	for _, c := range []struct {
		form   string
		values Values
		want   []string
	}{
		{"followup", Values{"relief": String("cured"), "cohen": Int(4)}, []string{"check.cured_with_spasm"}},
		{"followup", Values{"relief": String("cured"), "cohen": Int(0)}, nil},
		{"followup", Values{"relief": String("cured"), "cohen": Missing(NotDone)}, nil},
		{"operation", Values{"blood_loss": Int(30000)}, []string{"usual.blood_loss"}},
		{"operation", Values{"blood_loss": Int(400)}, nil},
		{"operation", Values{"technique": String("fully_endoscopic"), "procedure": String("mvd_microscopic")}, []string{"check.endoscopic_technique"}},
	} {
		if got := odd(c.form, c.values); !slices.Equal(got, c.want) {
			t.Errorf("%s %v is odd by %v, want %v", c.form, c.values, got, c.want)
		}
	}
	dead := Values{"followup_point": String("d30"), "alive": Bool(false), "back_to_work": Bool(true)}
	if !slices.ContainsFunc(p.Check("followup", dead), func(p Problem) bool { return p.Code == "contradiction" && p.Field == "alive" }) {
		t.Error("a patient who died is back at work")
	}
}

// TestAPacketIsReadyOnlyWithAllThatItsLabelPromises: "botulinum toxin, dates and effect" was ready after the number of injections alone.
func TestAPacketIsReadyOnlyWithAllThatItsLabelPromises(t *testing.T) {
	p := Find("hfs-mvd")
	lacks := func(id string, values Values) bool {
		return slices.ContainsFunc(p.PacketGaps(values, nil), func(i PacketItem) bool { return i.ID == id })
	}
	times := Values{"botulinum_times": Int(5)}
	for _, c := range []struct {
		id     string
		values Values
		lacks  bool
	}{
		{"botulinum_times", times, true},
		{"botulinum_times", times.With(Values{"botulinum_last": String("2026-03"), "botulinum_effect": Missing(Unknown)}), false},
		{"botulinum_times", Values{"botulinum_times": Int(0)}, false}, // nothing more is asked then
		{"spasm_type", Values{"spasm_type": String("typical")}, true},
		{"question", Values{"question": String("Which side?")}, true},
		{"question", Values{"question": String("Which side?"), "needed_by": String("2026-12-10")}, false},
		{"hfs7", Values{"hfs8": Int(7)}, false},
	} {
		if got := lacks(c.id, c.values); got != c.lacks {
			t.Errorf("with %v the packet lacks %s: %v", c.values, c.id, got)
		}
	}
}
