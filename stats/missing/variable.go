package missing

import (
	"fmt"
	"math"
	"slices"

	"consilium/stats"
)

// Method is how a variable is imputed.
type Method string

// The methods. All are Bayesian: parameters are drawn too, so that intervals are not too narrow.
const (
	PMM        Method = "pmm"     // predictive mean matching: the value of one of the rows predicted most alike; keeps the values plausible whatever their distribution
	Normal     Method = "norm"    // linear regression with normal residuals
	Logistic   Method = "logreg"  // two levels
	Polytomous Method = "polyreg" // unordered levels

	TwoLevel       Method = "2l.pan" // linear regression with a random intercept for each center
	TwoLevelBinary Method = "2l.bin" // two levels, with a random intercept for each center

	automatic Method = "" // by the values: words and two levels as categories, other numbers by PMM; with centers the methods of two levels
)

const (
	maxLevels   = 50
	imputation  = "multiple imputation"
	missingness = "every value is missing"
)

// variable is a column as the imputation models see it.
type variable struct {
	name     string
	method   Method // of a variable with missing values
	column   stats.Column
	numbers  []float64 // levels as numbers, if it is categorical and its values are numbers
	texts    []string  // levels as words
	levels   int       // 0: a number
	value    []float64 // number or index of level, of each row; NaN is missing
	observed []int
	missing  []int
	centers  bool // the plan has centers

	expression string   // of a passive variable
	parts      []string // the variables that it is made of
}

// prepare reads a column: its levels if it is categorical, its observed and missing rows. It refuses what cannot be imputed or predict.
func prepare(c stats.Column, method Method, centers bool) (*variable, error) {
	v := &variable{name: c.Name, column: c, centers: centers}
	if (method == TwoLevel || method == TwoLevelBinary) && !centers {
		return nil, v.wrong(stats.Invalid, fmt.Sprintf("%s without centers", method), "Name the variable of centers (center)")
	}
	for i := range c.Len() {
		if c.Missing(i) {
			v.missing = append(v.missing, i)
		} else {
			v.observed = append(v.observed, i)
		}
	}
	if len(v.observed) == 0 {
		return nil, v.wrong(stats.Missing, missingness, "Leave it out")
	}
	if c.Texts != nil {
		return v, v.words(method)
	}
	return v, v.number(method)
}

func (v *variable) wrong(p stats.Problem, detail, advice string) error {
	return &stats.Error{Method: imputation, Problem: p, Variable: v.name, Detail: detail, Advice: advice}
}

func (v *variable) words(method Method) error {
	observed := make([]string, len(v.observed))
	for k, i := range v.observed {
		observed[k] = v.column.Texts[i]
	}
	var codes []int
	v.texts, codes = stats.Groups(observed)
	v.levels = len(v.texts)
	return v.categorical(method, codes)
}

func (v *variable) number(method Method) error {
	observed := make([]float64, len(v.observed))
	for k, i := range v.observed {
		observed[k] = v.column.Numbers[i]
		if math.IsInf(observed[k], 0) {
			return v.wrong(stats.Invalid, fmt.Sprintf("row %d is infinite", i+1), "Correct the value, or mark it as missing")
		}
	}
	distinct := distinct(observed)
	if method == Logistic || method == TwoLevelBinary || method == Polytomous || method == automatic && distinct == 2 {
		if distinct > maxLevels {
			return v.wrong(stats.Invalid, fmt.Sprintf("%s with more than %d levels", method, maxLevels), "Impute it as a number (pmm)")
		}
		var codes []int
		v.numbers, codes = stats.Groups(observed)
		v.levels = len(v.numbers)
		return v.categorical(method, codes)
	}
	if !slices.Contains([]Method{automatic, PMM, Normal, TwoLevel}, method) {
		return v.wrong(stats.Unsupported, fmt.Sprintf("there is no method %q", method), "Take pmm, norm, logreg or polyreg, or with centers 2l.pan or 2l.bin")
	}
	if distinct < 2 {
		return v.wrong(stats.OneLevel, fmt.Sprintf("every observed value is %v", observed[0]), "Leave it out")
	}
	if v.method = method; method == automatic {
		v.method = PMM
		if v.centers {
			v.method = TwoLevel
		}
	}
	v.value = v.column.Numbers
	return nil
}

// distinct counts different values, up to maxLevels+1.
func distinct(values []float64) int {
	var seen []float64
	for _, x := range values {
		if at, known := slices.BinarySearch(seen, x); !known {
			if seen = slices.Insert(seen, at, x); len(seen) > maxLevels {
				break
			}
		}
	}
	return len(seen)
}

// categorical sets the codes of a variable with levels.
func (v *variable) categorical(method Method, codes []int) error {
	switch {
	case v.levels < 2:
		return v.wrong(stats.OneLevel, "every observed value is the same", "Leave it out")
	case !slices.Contains([]Method{automatic, Logistic, Polytomous, TwoLevelBinary}, method):
		return v.wrong(stats.Unsupported, fmt.Sprintf("method %q for words", method), "Take logreg or polyreg, or with centers 2l.bin")
	case v.levels != 2 && (method == Logistic || method == TwoLevelBinary):
		return v.wrong(stats.Invalid, fmt.Sprintf("%s with %d levels", method, v.levels), "Take polyreg")
	case v.levels != 2:
		method = Polytomous
	case method == automatic && v.centers:
		method = TwoLevelBinary
	case method != TwoLevelBinary:
		method = Logistic
	}
	if v.levels > maxLevels && len(v.missing) > 0 {
		return v.wrong(stats.Invalid, fmt.Sprintf("%d levels", v.levels), "Join levels")
	}
	v.method = method
	v.value = make([]float64, v.column.Len())
	for _, i := range v.missing {
		v.value[i] = math.NaN()
	}
	for k, i := range v.observed {
		v.value[i] = float64(codes[k])
	}
	return nil
}

// terms names the columns that the variable has as a predictor: itself, or one for each level but the first.
func (v *variable) terms() []string {
	if v.levels <= 2 {
		return []string{v.name}
	}
	names := make([]string, v.levels-1)
	for k := range names {
		if v.texts != nil {
			names[k] = v.name + v.texts[k+1]
		} else {
			names[k] = fmt.Sprint(v.name, v.numbers[k+1])
		}
	}
	return names
}

// code writes the predictor columns of the given rows.
func (v *variable) code(value []float64, columns [][]float64, rows []int) {
	if v.levels <= 2 {
		for _, i := range rows {
			columns[0][i] = value[i]
		}
		return
	}
	for k, column := range columns {
		for _, i := range rows {
			column[i] = 0
			if value[i] == float64(k+1) {
				column[i] = 1
			}
		}
	}
}

// complete is the column with imputed values (numbers or level indices, one for each missing row) in place.
func (v *variable) complete(imputed []float64) stats.Column {
	if len(v.missing) == 0 {
		return v.column
	}
	c := stats.Column{Name: v.name, Numbers: slices.Clone(v.column.Numbers), Texts: slices.Clone(v.column.Texts)}
	for k, i := range v.missing {
		switch {
		case v.texts != nil:
			c.Texts[i] = v.texts[int(imputed[k])]
		case v.numbers != nil:
			c.Numbers[i] = v.numbers[int(imputed[k])]
		default:
			c.Numbers[i] = imputed[k]
		}
	}
	return c
}

// prediction is a predicted mean and the value of the row that it belongs to.
type prediction struct{ mean, value float64 }

func byMean(a, b prediction) int {
	switch {
	case a.mean < b.mean:
		return -1
	case a.mean > b.mean:
		return 1
	}
	return 0
}
