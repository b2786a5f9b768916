package demo

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// seed gives the same invented patients every time.
const seed = 240

// perHospital is how many decompressions each hospital's register holds.
const perHospital = 60

// practice is how one hospital works, as far as its register shows: the hospitals differ, as real ones do.
type practice struct {
	key        string
	prefix     string // of its record numbers
	endoscopic float64
	case0      int     // operations of its surgeon before the register begins
	monitored  float64 // share with electrophysiology
	lost       float64 // share not found after a year
	mapping    string
}

var practices = []practice{
	{harbor, "HC-R", 0.35, 4, 0.85, 0.25, "english"},
	{western, "WU-R", 0.65, 310, 1, 0.15, "english"},
	{snow, "SV-R", 0.15, 1, 0.4, 0.33, "chinese"},
	{riverbend, "RB-R", 0.45, 22, 0.9, 0.22, "chinese"},
}

// patient is one row of a register, in the words of the English one.
type patient map[string]string

// columnsOf the register, in their order.
var columnsOf = strings.Fields(`record patient age sex side admitted asa anticoagulant hb earlier_mvd type months botulinum cohen hfs7 hb_before pta sds
	operated technique guidance operator_case minutes blood_ml vessel method amr baep palsy_early palsy_late palsy_late_on hearing csf_leak
	discharged relief_discharge hb_discharge days seen_3m relief_3m seen_12m lost_12m relief_12m kondo_e kondo_c hfs7_12m hb_12m recurrence redo`)

// chance is a die with a memory for nothing.
type chance struct{ *rand.Rand }

func (c chance) of(p float64) bool { return c.Float64() < p }

// near is a number about a mean, held between two bounds.
func (c chance) near(mean, sd, low, high float64) int {
	return int(math.Round(min(max(mean+c.NormFloat64()*sd, low), high)))
}

// one picks by weight.
func (c chance) one(weighted ...any) string {
	x := c.Float64()
	for i := 0; i < len(weighted); i += 2 {
		if x -= weighted[i+1].(float64); x < 0 {
			return weighted[i].(string)
		}
	}
	return weighted[len(weighted)-2].(string)
}

func (c chance) yes(p float64) string {
	if c.of(p) {
		return "y"
	}
	return "n"
}

// or gives a value, or with some chance why there is none.
func (c chance) or(value string, p float64, why string) string {
	if c.of(p) {
		return why
	}
	return value
}

// register invents a hospital's decompressions of six years, the oldest first.
func register(p practice, index int, now time.Time) []patient {
	c := chance{rand.New(rand.NewPCG(seed, uint64(index)))}
	first := now.AddDate(-7, 0, 0)
	span := int(now.AddDate(-1, -5, 0).Sub(first).Hours() / 24)
	var list []patient
	for i := range perHospital {
		day := first.AddDate(0, 0, i*span/perHospital+c.IntN(span/perHospital))
		list = append(list, c.patient(p, i, day))
	}
	return list
}

// patient invents one. Rates are those that the pathway's sources give: relief 72% at once and 91% in the end, recurrence 2.4%, another
// operation 1.2%; facial palsy 9.5% for a time and 0.9% for good, hearing 3.2% and 2.3%, CSF leak 1.4%. A vertebral artery hurts hearing more
// often, and so do a surgeon's first cases; the endoscope finds more and takes longer.
func (c chance) patient(p practice, i int, day time.Time) patient {
	endoscopic := c.of(p.endoscopic * (0.6 + 0.8*float64(i)/perHospital))
	number := p.case0 + i + 1
	r := patient{"record": fmt.Sprintf("%s-%03d", p.prefix, i+1), "patient": fmt.Sprintf("演示患者%03d", i+1)}
	c.before(r, day)
	c.operation(p, r, endoscopic, number, day)
	c.harm(r, endoscopic, number, day)
	c.outcome(p, r, endoscopic, day)
	return r
}

func (c chance) before(r patient, day time.Time) {
	r["age"] = strconv.Itoa(c.near(52, 10, 21, 79))
	r["sex"] = c.one("F", 0.66, "M", 0.34)
	r["side"] = c.one("L", 0.55, "R", 0.45)
	r["admitted"] = day.AddDate(0, 0, -c.near(3, 1, 1, 7)).Format(time.DateOnly)
	r["asa"] = c.one("I", 0.3, "II", 0.58, "III", 0.12)
	r["anticoagulant"] = c.yes(0.06)
	r["hb"] = c.or(strconv.Itoa(c.near(134, 13, 92, 172)), 0.04, "unknown")
	r["earlier_mvd"] = c.yes(0.05)
	r["type"] = c.one("typical", 0.93, "atypical", 0.07)
	r["months"] = c.or(strconv.Itoa(c.near(68, 40, 6, 300)), 0.05, "unknown")
	r["botulinum"] = c.one("0", 0.45, "2", 0.2, "4", 0.2, "9", 0.15)
	r["cohen"] = c.one("2", 0.18, "3", 0.47, "4", 0.35)
	r["hfs7"] = c.or(strconv.Itoa(c.near(13, 5, 2, 28)), 0.14, c.one("refused", 0.4, "not done", 0.6))
	r["hb_before"] = c.one("1", 0.96, "2", 0.04)
	r["pta"] = c.or(fmt.Sprintf("%.1f", math.Max(3, 19+c.NormFloat64()*8)), 0.12, "not done")
	r["sds"] = c.or(strconv.Itoa(c.near(93, 5, 60, 100)), 0.3, "not done")
}

func (c chance) operation(p practice, r patient, endoscopic bool, number int, day time.Time) {
	r["operated"] = day.Format(time.DateOnly)
	r["technique"], r["operator_case"] = "microscopic", strconv.Itoa(number)
	minutes, blood := 165.0, 90.0
	if endoscopic {
		r["technique"], minutes, blood = "endoscopic", 182, 70
	}
	minutes += 55 * math.Exp(-float64(number)/30) // the learning curve
	r["minutes"] = strconv.Itoa(c.near(minutes, 28, 85, 420))
	r["blood_ml"] = c.or(strconv.Itoa(c.near(blood, 45, 10, 600)), 0.05, "unknown")
	r["guidance"] = c.one("none", 0.86, "remote", 0.09, "live", 0.02, "assists", 0.03)
	if number < 25 {
		r["guidance"] = c.one("none", 0.42, "remote", 0.3, "live", 0.08, "assists", 0.2)
	}
	r["vessel"] = c.one("AICA", 0.48, "PICA", 0.2, "VA+AICA", 0.09, "VA", 0.08, "AICA+PICA", 0.12, "vein", 0.03)
	r["method"] = c.one("interposition", 0.68, "sling", 0.22, "glue", 0.1)
	if strings.Contains(r["vessel"], "VA") {
		r["method"] = c.one("interposition", 0.4, "sling", 0.5, "glue", 0.1)
	}
	r["baep"], r["amr"] = "n", "not monitored"
	if c.of(p.monitored) {
		r["baep"], r["amr"] = "y", c.one("gone", 0.78, "reduced", 0.14, "persists", 0.08)
	}
}

// harm is what went wrong.
func (c chance) harm(r patient, endoscopic bool, number int, day time.Time) {
	risk := 1.0
	if number < 20 {
		risk = 1.6
	}
	r["palsy_early"] = c.one("permanent", 0.009*risk, "transient", 0.035*risk, "no", 1.0)
	r["palsy_late"], r["palsy_late_on"] = "no", ""
	if r["palsy_early"] == "no" && c.of(0.06) {
		r["palsy_late"], r["palsy_late_on"] = "transient", day.AddDate(0, 0, c.near(10, 6, 2, 44)).Format(time.DateOnly)
	}
	hearing := risk
	if strings.Contains(r["vessel"], "VA") {
		hearing *= 2
	}
	if endoscopic {
		hearing *= 0.7
	}
	if r["baep"] == "n" {
		hearing *= 1.4
	}
	r["hearing"] = c.one("permanent", 0.019*hearing, "transient", 0.027*hearing, "no", 1.0)
	r["csf_leak"] = c.yes(0.014 * risk)
}

// outcome is how the spasm went. Who is not cured at once may be so later, and of some nobody knows.
func (c chance) outcome(p practice, r patient, endoscopic bool, day time.Time) {
	good := 0.93
	if endoscopic {
		good = 0.95
	}
	if r["amr"] == "persists" {
		good -= 0.08
	}
	final := c.one("cured", good*0.86, "clearly_better", good*0.14, "partly_better", (1-good)*0.55, "no_effect", 1.0)
	cured := final == "cured"
	at := func(early float64) string {
		if !cured || c.of(early) {
			return final
		}
		return c.one("clearly_better", 0.25, "partly_better", 0.4, "no_effect", 0.35)
	}
	days := c.near(8, 2.5, 4, 24)
	r["days"], r["discharged"] = strconv.Itoa(days), day.AddDate(0, 0, days-2).Format(time.DateOnly)
	r["relief_discharge"] = at(0.68)
	r["hb_discharge"] = "1"
	if r["palsy_early"] != "no" {
		r["hb_discharge"] = c.one("2", 0.6, "3", 0.3, "4", 0.1)
	}
	if !c.of(p.lost / 2) {
		r["seen_3m"], r["relief_3m"] = day.AddDate(0, 0, c.near(92, 8, 76, 118)).Format(time.DateOnly), at(0.9)
	}
	if c.of(p.lost) {
		r["lost_12m"] = c.one("no answer", 0.6, "moved away", 0.25, "refused to be asked", 0.15)
		return
	}
	c.year(r, final, day)
}

func (c chance) year(r patient, final string, day time.Time) {
	r["seen_12m"] = day.AddDate(0, 0, c.near(372, 14, 340, 440)).Format(time.DateOnly)
	r["recurrence"], r["redo"] = "n", "n"
	if final == "cured" && c.of(0.028) {
		final, r["recurrence"] = "partly_better", "y"
	}
	if final == "no_effect" || r["recurrence"] == "y" {
		r["redo"] = c.yes(0.18)
	}
	r["relief_12m"] = final
	r["kondo_e"] = map[string]string{"cured": "0", "clearly_better": "1", "partly_better": "2", "no_effect": "3"}[final]
	r["hb_12m"], r["kondo_c"] = "1", "0"
	switch {
	case r["palsy_early"] == "permanent":
		r["hb_12m"], r["kondo_c"] = "2", "2"
	case r["hearing"] == "permanent":
		r["kondo_c"] = "2"
	case c.of(0.05):
		r["kondo_c"] = "1"
	}
	after := map[string]float64{"cured": 1.5, "clearly_better": 4, "partly_better": 8, "no_effect": 13}[final]
	r["hfs7_12m"] = c.or(strconv.Itoa(c.near(after, 1.5, 0, 28)), 0.16, c.one("refused", 0.35, "not done", 0.65))
}
