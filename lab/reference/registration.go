package reference

import (
	"context"
	"encoding/json"
	"math"
	"regexp"
	"strconv"
	"strings"

	"consilium/lab/align"
	"consilium/lab/space"
)

type registrations struct {
	Tolerance string             `json:"tolerance"`
	Cases     []registrationCase `json:"cases"`
	Weighted  *registrationCase  `json:"weighted"`
	MustFlag  []registrationCase `json:"must_flag"`
}

// registrationCase has every field that a case of any of the three sections may have; what is absent is not compared.
type registrationCase struct {
	Name        string      `json:"name"`
	Sigma       number      `json:"sigma_per_axis_mm"`
	TrueR       [][3]number `json:"true_R"`
	TrueT       []number    `json:"true_t_mm"`
	Source      [][]number  `json:"source_mm"`
	Measured    [][]number  `json:"measured_mm"`
	Targets     [][]number  `json:"targets_source_mm"`
	Weights     []number    `json:"weights"`
	FitR        [][3]number `json:"fit_R"`
	FitT        []number    `json:"fit_t_mm"`
	Angle       *number     `json:"rotation_angle_deg"`
	FRE         *number     `json:"fre_rms_mm"`
	FREEach     []number    `json:"fre_each_mm"`
	TREEach     []number    `json:"tre_each_mm"`
	WeightedFRE *number     `json:"weighted_fre_rms_mm"`
	ExpectedTRE []number    `json:"fitzpatrick_expected_tre_rms_mm"`
	ExpectedFRE *number     `json:"expected_fre_rms_mm"`
	Det         *number     `json:"det"`
	Expect      string      `json:"expect"`
}

func isRegistration(fields map[string]json.RawMessage) bool {
	var cases []map[string]json.RawMessage
	if json.Unmarshal(quoteWords(fields["cases"]), &cases) == nil && len(cases) > 0 {
		return cases[0]["source_mm"] != nil
	}
	return fields["must_flag"] != nil
}

func checkRegistrations(_ context.Context, _ string, raw []byte, _ Options) ([]Row, error) {
	var file registrations
	if err := decode(raw, &file); err != nil {
		return nil, err
	}
	t := readTolerances(file.Tolerance)
	var rows []Row
	for _, c := range file.Cases {
		rows = append(rows, c.check(t.of(c.Name)))
	}
	if file.Weighted != nil {
		file.Weighted.Name = "weighted"
		rows = append(rows, file.Weighted.check(t))
	}
	for _, c := range file.MustFlag {
		rows = append(rows, c.checkFlag(t))
	}
	return rows, nil
}

// tolerances of a registration, as the file's sentence gives them: "fit_R 1e-9, fit_t 1e-6 mm (far-from-origin 1e-4), fre/tre 1e-6 mm;
// near-collinear fit_R 1e-7".
type tolerances struct{ r, t, farT, error, collinearR float64 }

var toleranceParts = []struct {
	pattern *regexp.Regexp
	at      func(*tolerances) *float64
}{
	{regexp.MustCompile(`^\s*fit_R ([0-9.e+-]+)`), func(t *tolerances) *float64 { return &t.r }},
	{regexp.MustCompile(`fit_t ([0-9.e+-]+)`), func(t *tolerances) *float64 { return &t.t }},
	{regexp.MustCompile(`far-from-origin ([0-9.e+-]+)`), func(t *tolerances) *float64 { return &t.farT }},
	{regexp.MustCompile(`fre/tre ([0-9.e+-]+)`), func(t *tolerances) *float64 { return &t.error }},
	{regexp.MustCompile(`near-collinear fit_R ([0-9.e+-]+)`), func(t *tolerances) *float64 { return &t.collinearR }},
}

func readTolerances(text string) tolerances {
	t := tolerances{r: 1e-9, t: 1e-6, farT: 1e-4, error: 1e-6, collinearR: 1e-7}
	for _, part := range toleranceParts {
		if m := part.pattern.FindStringSubmatch(text); m != nil {
			if v, err := strconv.ParseFloat(strings.TrimRight(m[1], ".,"), 64); err == nil && v > 0 {
				*part.at(&t) = v
			}
		}
	}
	return t
}

// of is what applies to the case of that name.
func (t tolerances) of(name string) tolerances {
	if strings.Contains(name, "far-from-origin") {
		t.t = t.farT
	}
	if strings.Contains(name, "near-collinear") {
		t.r = t.collinearR
	}
	return t
}

func (c *registrationCase) fit() (align.PointsFit, error) {
	return align.Points(points(c.Source), points(c.Measured), floats(c.Weights), float64(c.Sigma))
}

func (c *registrationCase) check(t tolerances) Row {
	cmp := comparison{row: Row{Case: c.Name}}
	fit, err := c.fit()
	if err != nil {
		cmp.wrong("%v", err)
		return cmp.done()
	}
	c.compareFit(&cmp, fit, t)
	c.compareErrors(&cmp, fit, t)
	return cmp.done()
}

func (c *registrationCase) compareFit(cmp *comparison, fit align.PointsFit, t tolerances) {
	for i, row := range c.FitR {
		if i > 2 {
			break
		}
		for j := range row {
			cmp.near("fit_R", fit.Turn[i][j], float64(row[j]), t.r, 1)
		}
	}
	if c.FitT != nil {
		cmp.nearEach("fit_t_mm", fit.Shift[:], floats(c.FitT), t.t, 1)
	}
	if c.Angle != nil {
		// The reference takes an arccosine, which keeps half of the digits near 0 and 180 degrees.
		cmp.near("rotation_angle_deg", fit.Angle()*180/math.Pi, float64(*c.Angle), max(1e-6, 100*t.r), 1)
	}
	cmp.near("determinant", fit.Turn.Det(), 1, 1e-9, 1)
}

func (c *registrationCase) compareErrors(cmp *comparison, fit align.PointsFit, t tolerances) {
	for name, want := range map[string]*number{"fre_rms_mm": c.FRE, "weighted_fre_rms_mm": c.WeightedFRE} {
		if want != nil {
			cmp.near(name, fit.FRE, float64(*want), t.error, 1)
		}
	}
	if c.FREEach != nil {
		cmp.nearEach("fre_each_mm", fit.Residuals, floats(c.FREEach), t.error, 1)
	}
	targets := points(c.Targets)
	if c.TREEach != nil && len(c.TrueR) == 3 && len(c.TrueT) == 3 {
		truth := align.Motion{Pose: space.Pose{Shift: points([][]number{c.TrueT})[0]}}
		for i, row := range c.TrueR {
			truth.Turn[i] = space.Vec{float64(row[0]), float64(row[1]), float64(row[2])}
		}
		cmp.nearEach("tre_each_mm", distances(targets, fit.Motion, truth), floats(c.TREEach), t.error, 1)
	}
	if c.ExpectedTRE != nil {
		got := make([]float64, len(targets))
		for i, p := range targets {
			got[i] = fit.TRE(p)
		}
		cmp.nearEach("expected TRE", got, floats(c.ExpectedTRE), t.error, 1)
	}
	if c.ExpectedFRE != nil {
		cmp.near("expected FRE", fit.Expected, float64(*c.ExpectedFRE), t.error, 1)
	}
}

func distances(targets []space.Vec, a, b align.Motion) []float64 {
	out := make([]float64, len(targets))
	for i, p := range targets {
		out[i] = a.Apply(p).Sub(b.Apply(p)).Norm()
	}
	return out
}

// checkFlag wants an input refused, or its answer marked as bad: what the file expects begins with "refuse" in the first case.
func (c *registrationCase) checkFlag(t tolerances) Row {
	cmp := comparison{row: Row{Case: "must flag: " + c.Name}}
	fit, err := c.fit()
	refuse := strings.HasPrefix(strings.ToLower(strings.TrimSpace(c.Expect)), "refuse")
	switch {
	case refuse && err == nil:
		cmp.wrong("was accepted with an FRE of %g mm; expected: %s", fit.FRE, c.Expect)
	case refuse:
		cmp.row.Worst = "refused: " + err.Error()
	case err != nil && (c.FRE != nil || c.Det != nil):
		cmp.wrong("%v; expected: %s", err, c.Expect)
	case err == nil && len(fit.Warnings) == 0:
		cmp.wrong("no warning with an FRE of %g mm; expected: %s", fit.FRE, c.Expect)
	case err == nil:
		c.compareErrors(&cmp, fit, t)
		if c.Det != nil {
			cmp.near("det", fit.Turn.Det(), float64(*c.Det), 1e-9, 1)
		}
		cmp.row.Worst = "flagged: " + fit.Warnings[0].En
	}
	return cmp.done()
}

// points are the file's; one that has not three coordinates becomes not a number and is refused with its pair.
func points(raw [][]number) []space.Vec {
	out := make([]space.Vec, len(raw))
	for i, p := range raw {
		out[i] = space.Vec{math.NaN(), math.NaN(), math.NaN()}
		if len(p) == 3 {
			out[i] = space.Vec{float64(p[0]), float64(p[1]), float64(p[2])}
		}
	}
	return out
}

func floats(raw []number) []float64 {
	if raw == nil {
		return nil
	}
	out := make([]float64, len(raw))
	for i, n := range raw {
		out[i] = float64(n)
	}
	return out
}
