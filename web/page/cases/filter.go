package cases

import (
	"net/url"
	"slices"
	"strings"

	"consilium/access"
	"consilium/casebook"
	"consilium/lang"
	"consilium/ledger"
	"consilium/record"
	"consilium/terms"
	"consilium/web/face"
	"consilium/web/ui"
)

// entryGroups are the sorts of entries by which a timeline is narrowed, each with the kinds that it shows. What belongs to none is of the last.
var entryGroups = []struct {
	key   string
	kinds []string
}{
	{"opinions", []string{casebook.KindOpinion, casebook.KindQuestion, casebook.KindAnswer, casebook.KindAdvice}},
	{"plans", []string{casebook.KindPlan, casebook.KindPlanSigned, casebook.KindScheduled, casebook.KindSideSettled, casebook.KindDevice, casebook.KindDeviceSigned}},
	{"operation", []string{casebook.KindOperation, casebook.KindSafetyCheck, casebook.KindAnesthesia, casebook.KindHandOver, casebook.KindComplication, casebook.KindAchieved, casebook.KindPrivilegeReviewed}},
	{"images", []string{casebook.KindImaging, casebook.KindKeyImage}},
	{"findings", []string{casebook.KindFinding, casebook.KindDoubleEntry, casebook.KindQuery, casebook.KindQueryAnswered, casebook.KindQueryClosed}},
	{"followup", []string{casebook.KindFollowUp, casebook.KindReminder}},
	{"referral", []string{casebook.KindOpened, casebook.KindReferred, casebook.KindWithdrawn, casebook.KindAccepted, casebook.KindDeclined, casebook.KindClosed,
		casebook.KindReopened, casebook.KindTeaching, casebook.KindTeamJoined, casebook.KindDutyOffered, casebook.KindDutyAccepted, access.KindConsent, access.KindConsentWithdrawn}},
	{systemGroup, nil},
}

const systemGroup = "system"

func entryGroup(kind string) string {
	for _, g := range entryGroups {
		if slices.Contains(g.kinds, kind) {
			return g.key
		}
	}
	return systemGroup
}

// narrowing is what a reader wants to see of a timeline; empty: all of it.
type narrowing struct {
	group    string
	hospital string
}

func narrowingOf(q *face.Request) narrowing {
	return narrowing{q.FormValue("show"), q.FormValue("of")}
}

func (n narrowing) lets(item record.Item) bool {
	return (n.group == "" || entryGroup(item.Kind) == n.group) && (n.hospital == "" || item.By.Hospital.Raw() == n.hospital)
}

func (n narrowing) url(v *face.Case) string {
	query := url.Values{}
	if n.group != "" {
		query.Set("show", n.group)
	}
	if n.hospital != "" {
		query.Set("of", n.hospital)
	}
	if len(query) == 0 {
		return v.Path() + "#timeline"
	}
	return v.Path() + "?" + query.Encode() + "#timeline"
}

// narrowings are the buttons above a timeline: by sort and by hospital, each with how many entries it shows.
func narrowings(v *face.Case, n narrowing) (t ui.TimelineFilter) {
	counts := map[string]int{}
	for _, item := range v.Timeline {
		if n.hospital == "" || item.By.Hospital.Raw() == n.hospital {
			counts[entryGroup(item.Kind)]++
			counts[""]++
		}
	}
	add := func(key string, n narrowing, current bool) {
		label := v.Q.P("case.show."+key, nil)
		t.Kinds = append(t.Kinds, ui.SavedView{Label: label, URL: n.url(v), Current: current, Count: lang.Number(v.Q.Lang, int64(counts[n.group]))})
	}
	add("all", narrowing{"", n.hospital}, n.group == "")
	for _, g := range entryGroups {
		if counts[g.key] > 0 {
			add(g.key, narrowing{g.key, n.hospital}, n.group == g.key)
		}
	}
	if len(v.Lanes) < 2 {
		return t
	}
	for _, h := range v.Lanes {
		of := narrowing{n.group, h.Raw()}
		if n.hospital == h.Raw() {
			of.hospital = "" // pressed again, it shows all
		}
		t.Hospitals = append(t.Hospitals, ui.HospitalFilter{Hospital: v.Hospital(h), URL: of.url(v), Current: n.hospital == h.Raw()})
	}
	return t
}

// jumps lead to the entries that a reader looks for first.
func jumps(v *face.Case) (list []ui.Link) {
	add := func(key string, h ledger.Hash) {
		for _, item := range v.Timeline {
			if item.Hash == h {
				list = append(list, ui.Link{Label: face.JoinDots(v.Q.P("case.jump."+key, nil), lang.PartialDate(v.Q.Lang, face.DayOf(item.When))), URL: "#e-" + h.Short()})
			}
		}
	}
	for _, item := range slices.Backward(v.Timeline) {
		if item.Conflict {
			add("conflict", item.Hash)
			break
		}
	}
	if n := len(v.Opinions); n > 0 {
		add("opinion", v.Opinions[n-1].Hash)
	}
	if op := v.Operation(); op != nil {
		add("operation", op.Hash)
	}
	if p := v.Plan(); p != nil {
		add("plan", p.Hash)
	}
	if len(list) > 0 && len(v.Timeline) > 0 {
		for _, item := range v.Timeline {
			if item.Kind == casebook.KindOpened {
				add("start", item.Hash)
				break
			}
		}
	}
	return list
}

// isSystem tells whether an entry is the program's bookkeeping: membership, keys, the sealed identity.
func isSystem(item record.Item) bool {
	return len(item.Marks) == 0 && !item.Conflict && (strings.HasPrefix(item.Kind, "thread.") || item.Kind == casebook.KindIdentity)
}

// systemFold is a month's bookkeeping as one quiet line that opens; each of its lines has its own day.
func systemFold(v *face.Case, run []record.Item) ui.TimelineEntry {
	first := run[0]
	e := ui.TimelineEntry{ID: "s-" + first.Hash.Short(), Lane: -1, When: machineTime(first.When), Quiet: true}
	var lines []ui.ListItem
	for _, item := range run {
		look := v.Hospital(item.By.Hospital)
		day, clock := when(v, item.When)
		lines = append(lines, ui.ListItem{Hospital: &look, Text: v.Q.Text(item.Title), Note: by(v, item.By), End: face.Joined(" ", day, clock)})
	}
	e.Folded = &ui.FoldView{ID: "f-" + first.Hash.Short(), Label: v.Q.P("case.system", map[string]any{"count": len(run)}), Content: ui.List(lines)}
	return e
}

// monthOf is the heading under which an entry stands: the month of this and the last year, the year before that.
func monthOf(v *face.Case, item record.Item) string {
	d, err := terms.ParsePartialDate(item.When)
	at := item.Written
	if err == nil {
		at = d.Start(v.Q.Now().Location())
	}
	if d.Precision() == terms.Year && err == nil || at.Year() < v.Q.Now().Year()-1 {
		return lang.PartialDate(v.Q.Lang, at.Format("2006"))
	}
	return lang.PartialDate(v.Q.Lang, at.Format("2006-01"))
}
