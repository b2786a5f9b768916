package outreach

import (
	"strings"
	"testing"

	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
)

func TestTimelineTellsEveryEntry(t *testing.T) {
	host, guest, thread := agreed(t)
	p := host.say(thread, KindPrivilege, privilege(guest))
	host.say(thread, KindRevoked, Revoked{Reason: "ended early"}, p.Hash)
	host.say(thread, KindSession, Session{What: "lecture", Date: "2026-12-01", Title: "MVD"})
	wrong := host.say(thread, KindSession, Session{What: "clinic", Date: "2026-12-01"})
	host.say(thread, ledger.KindRetract, ledger.Retraction{Why: "another day"}, wrong.Hash)
	host.sends(guest, thread)
	guest.say(thread, KindReport, Report{Seen: 3, Text: "short"})
	guest.sends(host, thread)
	host.say(thread, KindClosed, Closed{Outcome: "done"})
	v := Fold(host.log(thread))
	told := map[string]record.Item{}
	for _, line := range v.Timeline {
		told[line.Kind] = line
		if !line.Title.Complete() || line.Title.En == line.Kind || line.By.Name == "" {
			t.Errorf("%s: %+v", line.Kind, line)
		}
		if strings.HasPrefix(line.Kind, "visit.") && len(line.Lines) == 0 && !line.Retracted {
			t.Errorf("%s tells nothing", line.Kind)
		}
		for _, text := range line.Lines {
			if !text.Complete() {
				t.Errorf("%s: %+v", line.Kind, text)
			}
		}
	}
	for _, k := range Talk().Spoken() {
		if _, ok := told[k.Name]; !ok && k.Name != KindDeclined {
			t.Errorf("%s is not told", k.Name)
		}
	}
	if !told[KindSession].Retracted || len(v.Sessions) != 1 || told[KindPrivilege].Lines[0].Zh != "Prof. Wang：mvd，主刀（4 级手术）" {
		t.Errorf("%+v", told[KindPrivilege].Lines)
	}
}

func TestCalendar(t *testing.T) {
	host, _, thread := agreed(t)
	host.say(thread, KindSession, Session{What: "lecture", Date: "2026-12-02T14:00+08:00", Title: "血管减压术；解剖、暴露、减压的要点与并发症的处理，以及如何选择内镜, part 1", Place: "Hall 1"})
	host.say(thread, KindSession, Session{What: "clinic", Date: "2026-12-01"})
	v := Fold(host.log(thread))
	text := v.Calendar(lang.Chinese, start)
	for _, want := range []string{"DTSTART;VALUE=DATE:20261201\r\nDTEND;VALUE=DATE:20261204\r\n", "DTSTART:20261202T060000Z\r\nDTEND:20261202T070000Z\r\n",
		"SUMMARY:外出会诊：skull base\r\n", "STATUS:CONFIRMED\r\n", "DTSTAMP:20261121T010000Z\r\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if strings.Count(text, "BEGIN:VEVENT") != 3 || strings.Contains(text, caseID.String()) {
		t.Error(text)
	}
	for _, line := range strings.Split(text, "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes: %s", len(line), line)
		}
	}
	if unfolded := strings.ReplaceAll(text, "\r\n ", ""); !strings.Contains(unfolded, `以及如何选择内镜\, part 1`) {
		t.Error(unfolded)
	}
}
