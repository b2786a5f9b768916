package pathway

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func repeated(prefix string, answers ...int64) Values {
	v := Values{}
	for i, a := range answers {
		v[fmt.Sprintf("%s_%d", prefix, i+1)] = Int(a)
	}
	return v
}

func TestScoring(t *testing.T) {
	hhs := Values{"hhs_pain": Int(40), "hhs_support": Int(11), "hhs_distance": Int(11), "hhs_limp": Int(8), "hhs_shoes": Int(4),
		"hhs_stairs": Int(2), "hhs_sitting": Int(5), "hhs_transport": Int(1), "hhs_deformity": Int(4), "hhs_motion": Int(5)}
	fagotti := Values{}
	for _, part := range []string{"omentum", "peritoneum", "diaphragm", "mesentery", "bowel", "stomach", "liver"} {
		fagotti["fagotti_"+part] = Int(0)
	}
	eight := fagotti.With(Values{"fagotti_omentum": Int(2), "fagotti_bowel": Int(2), "fagotti_liver": Int(2), "fagotti_diaphragm": Int(2)})
	// Expected numbers are by hand from the published scoring.
	for _, c := range []struct {
		name, pack, scale string
		values            Values
		value, band       string
	}{
		{"Kondo cured without harm", "hfs-mvd", "kondo", Values{"kondo_e": Int(0), "kondo_c": Int(0)}, "0", "excellent"},
		{"Kondo E1 C1", "hfs-mvd", "kondo", Values{"kondo_e": Int(1), "kondo_c": Int(1)}, "2", "fair"},
		{"Kondo E3 C2", "hfs-mvd", "kondo", Values{"kondo_e": Int(3), "kondo_c": Int(2)}, "5", "poor"},
		{"HFS-7 from its items", "hfs-mvd", "hfs7", repeated("hfs7", 4, 3, 2, 1, 0, 4, 4), "18", ""},
		{"HFS-7 total only", "hfs-mvd", "hfs7", Values{"hfs7": Int(11)}, "11", ""},
		{"HFS-8 from a total and sleep", "hfs-mvd", "hfs8", Values{"hfs7": Int(11), "hfs8_sleep": Int(3)}, "14", ""},
		{"House-Brackmann", "hfs-mvd", "house_brackmann", Values{"house_brackmann": Int(4)}, "4", "4"},
		{"AAO-HNS A at its limits", "hfs-mvd", "aao_hns", Values{"pta_ipsi": String("30.0"), "sds_ipsi": Int(70)}, "A", "A"},
		{"AAO-HNS B", "hfs-mvd", "aao_hns", Values{"pta_ipsi": String("30.1"), "sds_ipsi": Int(70)}, "B", "B"},
		{"AAO-HNS C", "hfs-mvd", "aao_hns", Values{"pta_ipsi": String("50.1"), "sds_ipsi": Int(50)}, "C", "C"},
		{"AAO-HNS D", "hfs-mvd", "aao_hns", Values{"pta_ipsi": String("10"), "sds_ipsi": Int(49)}, "D", "D"},
		{"ODI complete", "lumbar-disc-endoscopic", "odi", repeated("odi", 3, 3, 3, 3, 3, 3, 3, 3, 3, 3), "60", "severe"},
		{"ODI one section unanswered: 23 of 45", "lumbar-disc-endoscopic", "odi", repeated("odi", 3, 3, 3, 3, 3, 3, 3, 1, 1), "51", "severe"},
		{"ODI half rounds up: 9 of 40 is 22.5", "lumbar-disc-endoscopic", "odi", repeated("odi", 2, 1, 1, 1, 1, 1, 1, 1), "23", "moderate"},
		{"Fagotti none", "pelvic-abdominal-tumor", "fagotti", fagotti, "0", "resectable"},
		{"Fagotti 8", "pelvic-abdominal-tumor", "fagotti", eight, "8", "suboptimal"},
		{"PCI full", "pelvic-abdominal-tumor", "pci", repeated("pci", 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3), "39", ""},
		{"HHS excellent", "hip-replacement", "hhs", hhs, "91", "excellent"},
		{"HHS at 89", "hip-replacement", "hhs", hhs.With(Values{"hhs_stairs": Int(0)}), "89", "good"},
		{"HHS at 69", "hip-replacement", "hhs", hhs.With(Values{"hhs_pain": Int(18)}), "69", "poor"},
		{"OKS new", "knee-replacement-guide", "oks", repeated("oks", 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4), "48", ""},
		{"OKS from the old form", "knee-replacement-guide", "oks", Values{"oks_old": Int(12)}, "48", ""},
		{"OHS from the old form, worst", "hip-replacement", "ohs", Values{"ohs_old": Int(60)}, "0", "severe"},
		{"Charlson with age", "pelvic-abdominal-tumor", "charlson", Values{"age": Int(67), "charlson_one": Codes("infarct", "ulcer"), "charlson_two": Codes("tumor"), "charlson_liver": Bool(true), "charlson_six": Codes()}, "9", ""},
		{"ECOG", "pelvic-abdominal-tumor", "ecog", Values{"ecog": Int(1)}, "1", "1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := Find(c.pack).Scale(c.scale).Score(c.values)
			if err != nil || got.Value != c.value || got.Band != c.band {
				t.Errorf("got %+v, %v; want %s %q", got, err, c.value, c.band)
			}
		})
	}
	for _, v := range []Values{nil, {"hfs7_1": Int(3)}, {"hfs7": Missing(Refused)}} {
		if got, err := Find("hfs-mvd").Scale("hfs7").Score(v); !errors.Is(err, ErrUnanswered) {
			t.Errorf("%v scored %+v, %v", v, got, err)
		}
	}
	if _, err := Find("hfs-mvd").Scale("kondo").Score(Values{"kondo": Int(9)}); err == nil {
		t.Error("a total out of range was scored")
	}
}

func TestRouting(t *testing.T) {
	hits := Find("lumbar-disc-endoscopic").Route(Values{"disc_level": String("l4_5"), "side": String("left")}, map[string]any{"age": 13})
	if len(hits) == 0 || hits[0].SubSpecialty != "spine_endoscopy" || hits[0].Rule != "young" || hits[0].Privilege != "pted_operate" || hits[0].Name.Zh != "脊柱内镜" {
		t.Errorf("a child with a disc herniation: %+v", hits)
	}
	hits = Find("lumbar-disc-endoscopic").Route(Values{"bladder_signs": Bool(true), "age": Int(45)}, nil)
	if len(hits) == 0 || hits[0].SubSpecialty != "spine_emergency" {
		t.Errorf("cauda equina: %+v", hits)
	}
	hits = Find("pelvic-abdominal-tumor").Route(Values{"abandoned_before": Bool(true), "nature": String("uncertain")}, nil)
	if len(hits) != 2 || hits[0].SubSpecialty != "gyn_takeover" || hits[1].SubSpecialty != "gyn_oncology" {
		t.Errorf("take-over: %+v", hits)
	}
	if hits := Find("hfs-mvd").Route(nil, nil); len(hits) != 0 {
		t.Errorf("nothing known, and still: %+v", hits)
	}
}

func TestValuesJSON(t *testing.T) {
	const text = `{"a":"7.40","b":3,"c":true,"d":["x","y"],"e":{"missing":"refused"},"f":[]}`
	var v Values
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	out, err := json.Marshal(v)
	if err != nil || string(out) != text {
		t.Errorf("%s, %v", out, err)
	}
	for _, bad := range []string{`7.4`, `1e3`, `null`, `{"missing":"lost"}`, `{"missing":"unknown","x":1}`, `[1]`, `{}`, `9007199254740993`} {
		var v Value
		if err := json.Unmarshal([]byte(bad), &v); err == nil {
			t.Errorf("%s was taken as %v", bad, v)
		}
	}
}

func TestCheckAnswers(t *testing.T) {
	p := Find("hfs-mvd")
	good := Values{"question": String("Operate?"), "urgency": String("routine"), "age": Int(52), "sex": String("female"),
		"record_summary": String("Right side, six years"), "anticoagulant": Bool(false), "allergy": Missing(Unknown), "prior_operation": Bool(false),
		"side": String("right"), "spasm_type": String("typical"), "duration_months": Int(72), "botulinum_times": Int(0), "prior_mvd": Bool(false),
		"weight": String("61.5"), "onset": String("2020-11")}
	if problems := p.Check("referral", good); len(problems) != 0 {
		t.Fatalf("%+v", problems)
	}
	for _, c := range []struct {
		field string
		value Value
		code  string
	}{
		{"age", Int(130), "range"}, {"age", String("52"), "type"}, {"sex", String("F"), "coding"}, {"weight", String("61.55"), "range"},
		{"weight", String("1e2"), "type"}, {"onset", String("2020-13"), "type"}, {"prior_mvd", String("no"), "type"}, {"nickname", String("x"), "unknown_field"},
		{"abandoned_reason", Codes("bleeding", "bleeding"), "coding"}, {"side", Value{}, "required"}, {"bmi", String("99"), "computed"},
	} {
		values := good.With(Values{c.field: c.value})
		if c.field == "bmi" {
			values["height"] = String("160")
		}
		problems := p.Check("referral", values)
		if len(problems) != 1 || problems[0].Field != c.field || problems[0].Code != c.code || problems[0].Text.Zh == "" {
			t.Errorf("%s = %v: %+v", c.field, c.value, problems)
		}
	}
}

func TestVisibility(t *testing.T) {
	p := Find("hfs-mvd")
	shows := func(values Values, id string) bool {
		return slices.ContainsFunc(p.Visible(p.Form("operation"), values), func(f Field) bool { return f.ID == id })
	}
	if !shows(Values{"technique": String("fully_endoscopic")}, "endoscope_angle") || shows(Values{"technique": String("microscopic")}, "endoscope_angle") {
		t.Error("the endoscope's fields do not follow the technique")
	}
	warned := Values{"baep_monitored": Bool(true), "baep_latency": String("1.00"), "baep_amplitude": Int(50)}
	if !shows(warned, "baep_action") {
		t.Error("the warning does not ask for the action taken")
	}
	if shows(warned.With(Values{"baep_amplitude": Int(10), "baep_lost": String("no")}), "baep_action") {
		t.Error("latency alone is no warning")
	}
	if !shows(nil, "blood_loss") || !shows(nil, "step_decompress_entrustment") {
		t.Error("the operation form lacks blood loss or the trainee's steps")
	}
	if shows(warned.With(Values{"baep_monitored": Bool(false)}), "baep_action") {
		t.Error("a field that hangs on a hidden one is shown")
	}
}

func TestPacketGaps(t *testing.T) {
	p := Find("lumbar-disc-endoscopic")
	has := func(values Values, attachments []string, id string) bool {
		return slices.ContainsFunc(p.PacketGaps(values, attachments), func(i PacketItem) bool { return i.ID == id })
	}
	if !has(nil, nil, "mri") || has(nil, []string{"mri"}, "mri") {
		t.Error("the MRI is asked for wrongly")
	}
	if has(nil, nil, "ct") || !has(Values{"calcified": Bool(true)}, nil, "ct") {
		t.Error("CT is wanted when calcified only")
	}
	if !has(nil, nil, "odi") || has(repeated("odi", 1, 1, 1, 1, 1, 1, 1, 1, 1, 1), nil, "odi") || has(Values{"odi": Missing(NotDone)}, nil, "odi") {
		t.Error("the ODI is asked for wrongly")
	}
}

func TestFollowUps(t *testing.T) {
	day := time.Date(2026, 8, 31, 15, 4, 0, 0, time.UTC)
	due := map[string]Due{}
	for _, d := range Find("hfs-mvd").FollowUps(day) {
		due[d.ID] = d
	}
	for id, want := range map[string]string{"d1": "2026-09-01", "discharge": "2026-09-07", "d30": "2026-09-30", "m6": "2027-02-28", "m12": "2027-08-31", "y5": "2031-08-31"} {
		if got := due[id].Due.Format(time.DateOnly); got != want {
			t.Errorf("%s is due on %s, want %s", id, got, want)
		}
		if due[id].From.After(due[id].Due) || due[id].Until.Before(due[id].Due) {
			t.Errorf("%s has the window %v", id, due[id])
		}
	}
}

func TestComparePlanAndOperation(t *testing.T) {
	p := Find("hfs-mvd")
	diff := p.Compare(Values{"technique": String("fully_endoscopic"), "method": String("interposition"), "goal": String("cure")},
		Values{"technique": String("microscopic"), "method": String("interposition"), "blood_loss": Int(50)})
	if len(diff) != 1 || diff[0].Field.ID != "technique" || !diff[0].Deviation {
		t.Errorf("%+v", diff)
	}
}

func TestIndicator(t *testing.T) {
	p := Find("hfs-mvd")
	counts, is, known := p.Counted(p.Indicator("kondo_good"), Values{"kondo_e": Int(0), "kondo_c": Int(1)})
	if !counts || !is || !known {
		t.Error("T-1 is a good result")
	}
	if _, _, known := p.Counted(p.Indicator("kondo_good"), nil); known {
		t.Error("nothing recorded, and still known")
	}
}

func TestUpgrade(t *testing.T) {
	load := func(version, rest string) *Pack {
		p, err := Load([]byte("format: 1\nid: up\nversion: "+version+"\nname: Up\nextends: core\nsubspecialty: s\nlevel: 3\nsubspecialties: {s: S}\n"+rest), version)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	old := load("1.0.0", "variables:\n  loss_l: {label: Loss, type: decimal, unit: L, digits: 2}\n  wide: {label: Wide, type: integer}\n  tall: {label: Tall, type: integer}\n  gone: {label: Gone, type: bool}\n")
	now := load("2.0.0", `variables:
  loss_ml: {label: Loss, type: integer, unit: mL}
  broad: {label: Broad, type: integer}
  tall: {label: Tall, type: integer, max: 10}
  fresh: {label: Fresh, type: bool}
changes:
  since: 1.0.0
  variables:
    loss_ml: {kind: mapped, from: loss_l, map: round(loss_l * 1000)}
    broad: {kind: renamed, from: wide}
    fresh: {kind: missing_before}
  removed: [gone]
`)
	got, notes, err := now.Upgrade(old, Values{"loss_l": String("0.35"), "wide": Int(4), "tall": Int(99), "gone": Bool(true), "age": Int(13)})
	if err != nil {
		t.Fatal(err)
	}
	want := Values{"loss_ml": Int(350), "broad": Int(4), "fresh": Missing(NotDone), "age": Int(13)}
	for id, v := range want {
		if !got[id].Equal(v) {
			t.Errorf("%s = %v, want %v", id, got[id], v)
		}
	}
	if len(got) != len(want) || len(notes) != 4 {
		t.Errorf("%v, %v", got, notes)
	}
	if _, _, err := now.Upgrade(Find("core"), nil); err == nil {
		t.Error("values of another pathway were taken over")
	}
}

func TestCostLimit(t *testing.T) {
	list := strings.Repeat("[1,2,3,4,5,6,7,8,9]", 1)
	inner := list + ".all(a, " + list + ".all(b, " + list + ".all(c, " + list + ".all(d, " + list + ".all(e, a + b + c + d + e > 0)))))"
	source := "format: 1\nid: cost\nversion: 1.0.0\nname: C\nextends: core\nsubspecialty: s\nlevel: 3\nsubspecialties: {s: S}\nrouting:\n  r: {when: " + fmt.Sprintf("%q", inner) + ", to: s, reason: R, source: own}\n"
	p, err := Load([]byte(source), "cost.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if hits := p.Route(nil, nil); len(hits) != 0 {
		t.Error("an expression beyond the cost limit was believed")
	}
}
