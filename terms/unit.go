package terms

import (
	"errors"
	"fmt"
	"math/big"
)

// Errors of units.
var (
	// ErrUnit: the unit is not one that the program knows.
	ErrUnit = errors.New("not a known unit")
	// ErrIncompatible: the two units do not measure the same thing.
	ErrIncompatible = errors.New("units measure different things")
)

// Unit is a unit of measure. Its code is the one of UCUM, the Unified Code for Units of Measure.
type Unit struct {
	Code   string
	Name   Label // "millimeter", "毫米"
	Symbol Label // what stands behind a number: "mm", "分钟"
	kind   string
	factor string // how many of the kind's first unit, as an exact fraction
}

// System of the unit codes, as it is named in FHIR.
const UCUM = "http://unitsofmeasure.org"

// Units lists the units that the pathway packs and reports use. Units of one kind convert into each other exactly. Weeks, months
// and years are those of UCUM: a mean Julian month (mo) has 30.4375 days, a year (a) 365.25.
var Units = []Unit{
	{"m", Label{"meter", "米"}, same("m"), "length", "1"},
	{"cm", Label{"centimeter", "厘米"}, same("cm"), "length", "1/100"},
	{"mm", Label{"millimeter", "毫米"}, same("mm"), "length", "1/1000"},
	{"um", Label{"micrometer", "微米"}, same("µm"), "length", "1/1000000"},
	{"km", Label{"kilometer", "千米"}, same("km"), "length", "1000"},
	{"mm2", Label{"square millimeter", "平方毫米"}, same("mm²"), "area", "1"},
	{"cm2", Label{"square centimeter", "平方厘米"}, same("cm²"), "area", "100"},
	{"m2", Label{"square meter", "平方米"}, same("m²"), "area", "1000000"},
	{"L", Label{"liter", "升"}, same("L"), "volume", "1"},
	{"dL", Label{"deciliter", "分升"}, same("dL"), "volume", "1/10"},
	{"mL", Label{"milliliter", "毫升"}, same("mL"), "volume", "1/1000"},
	{"mm3", Label{"cubic millimeter", "立方毫米"}, same("mm³"), "volume", "1/1000000"},
	{"cm3", Label{"cubic centimeter", "立方厘米"}, same("cm³"), "volume", "1/1000"},
	{"s", Label{"second", "秒"}, Label{"s", "秒"}, "time", "1"},
	{"ms", Label{"millisecond", "毫秒"}, same("ms"), "time", "1/1000"},
	{"min", Label{"minute", "分钟"}, Label{"min", "分钟"}, "time", "60"},
	{"h", Label{"hour", "小时"}, Label{"h", "小时"}, "time", "3600"},
	{"d", Label{"day", "天"}, Label{"d", "天"}, "time", "86400"},
	{"wk", Label{"week", "周"}, Label{"wk", "周"}, "time", "604800"},
	{"mo", Label{"month", "个月"}, Label{"mo", "个月"}, "time", "2629800"},
	{"a", Label{"year", "年"}, Label{"y", "年"}, "time", "31557600"},
	{"g", Label{"gram", "克"}, same("g"), "mass", "1"},
	{"kg", Label{"kilogram", "千克"}, same("kg"), "mass", "1000"},
	{"mg", Label{"milligram", "毫克"}, same("mg"), "mass", "1/1000"},
	{"ug", Label{"microgram", "微克"}, same("µg"), "mass", "1/1000000"},
	{"ng", Label{"nanogram", "纳克"}, same("ng"), "mass", "1/1000000000"},
	{"g/L", Label{"gram per liter", "克每升"}, same("g/L"), "mass concentration", "1"},
	{"g/dL", Label{"gram per deciliter", "克每分升"}, same("g/dL"), "mass concentration", "10"},
	{"mg/L", Label{"milligram per liter", "毫克每升"}, same("mg/L"), "mass concentration", "1/1000"},
	{"mg/dL", Label{"milligram per deciliter", "毫克每分升"}, same("mg/dL"), "mass concentration", "1/100"},
	{"ug/L", Label{"microgram per liter", "微克每升"}, same("µg/L"), "mass concentration", "1/1000000"},
	{"ng/mL", Label{"nanogram per milliliter", "纳克每毫升"}, same("ng/mL"), "mass concentration", "1/1000000"},
	{"mmol/L", Label{"millimole per liter", "毫摩尔每升"}, same("mmol/L"), "substance concentration", "1"},
	{"umol/L", Label{"micromole per liter", "微摩尔每升"}, same("µmol/L"), "substance concentration", "1/1000"},
	{"U/L", Label{"unit per liter", "单位每升"}, same("U/L"), "catalytic concentration", "1"},
	{"U/mL", Label{"unit per milliliter", "单位每毫升"}, same("U/mL"), "catalytic concentration", "1000"},
	{"kU/L", Label{"kilounit per liter", "千单位每升"}, same("kU/L"), "catalytic concentration", "1000"},
	{"[IU]/L", Label{"international unit per liter", "国际单位每升"}, same("IU/L"), "international concentration", "1"},
	{"[IU]/mL", Label{"international unit per milliliter", "国际单位每毫升"}, same("IU/mL"), "international concentration", "1000"},
	{"10*9/L", Label{"10⁹ per liter", "10⁹每升"}, same("×10⁹/L"), "number concentration", "1"},
	{"10*12/L", Label{"10¹² per liter", "10¹²每升"}, same("×10¹²/L"), "number concentration", "1000"},
	{"dB", Label{"decibel", "分贝"}, same("dB"), "level", "1"},
	{"Hz", Label{"hertz", "赫兹"}, same("Hz"), "frequency", "1"},
	{"kHz", Label{"kilohertz", "千赫兹"}, same("kHz"), "frequency", "1000"},
	{"/min", Label{"per minute", "每分钟"}, Label{"/min", "次/分"}, "rate", "1"},
	{"deg", Label{"degree", "度"}, same("°"), "angle", "1"},
	{"%", Label{"percent", "百分之"}, same("%"), "ratio", "1/100"},
	{"1", Label{"number", "数"}, same(""), "ratio", "1"},
	{"[arb'U]", Label{"unit", "单位"}, Label{"units", "单位"}, "arbitrary", "1"}, // of blood, as the bank counts bags
	{"kg/m2", Label{"kilogram per square meter", "千克每平方米"}, same("kg/m²"), "body mass index", "1"},
	{"Gy", Label{"gray", "戈瑞"}, same("Gy"), "absorbed dose", "1"},
	{"mGy", Label{"milligray", "毫戈瑞"}, same("mGy"), "absorbed dose", "1/1000"},
	{"mSv", Label{"millisievert", "毫希沃特"}, same("mSv"), "equivalent dose", "1"},
	{"Gy.cm2", Label{"gray square centimeter", "戈瑞平方厘米"}, same("Gy·cm²"), "dose area product", "1"},
	{"mGy.cm2", Label{"milligray square centimeter", "毫戈瑞平方厘米"}, same("mGy·cm²"), "dose area product", "1/1000"},
	{"mm[Hg]", Label{"millimeter of mercury", "毫米汞柱"}, same("mmHg"), "blood pressure", "1"},
	{"Cel", Label{"degree Celsius", "摄氏度"}, same("°C"), "temperature", "1"},
	{"N", Label{"newton", "牛顿"}, same("N"), "force", "1"},
	{"MPa", Label{"megapascal", "兆帕"}, same("MPa"), "stress", "1"},
	{"GPa", Label{"gigapascal", "吉帕"}, same("GPa"), "stress", "1000"},
	{"mA", Label{"milliampere", "毫安"}, same("mA"), "current", "1"},
	{"T", Label{"tesla", "特斯拉"}, same("T"), "magnetic flux density", "1"},
	{"uV", Label{"microvolt", "微伏"}, same("µV"), "voltage", "1"},
	{"{score}", Label{"points", "分"}, Label{"points", "分"}, "score", "1"},
	{"{count}", Label{"count", "个"}, Label{"", "个"}, "count", "1"},
	{"{times}", Label{"times", "次"}, Label{"×", "次"}, "times", "1"},
	{"{unit}", Label{"unit of blood", "单位（血）"}, Label{"U", "U"}, "blood unit", "1"},
}

// aliases are other writings of a code that packs and laboratories use.
var aliases = map[string]string{"[score]": "{score}", "µm": "um", "µmol/L": "umol/L", "µg": "ug", "µg/L": "ug/L", "µV": "uV",
	"ml": "mL", "l": "L", "g/l": "g/L", "mg/l": "mg/L", "umol/l": "umol/L", "°": "deg", "": "1", "mmHg": "mm[Hg]"}

var unitsByCode = func() map[string]Unit {
	all := make(map[string]Unit, len(Units))
	for _, u := range Units {
		all[u.Code] = u
	}
	return all
}()

func same(s string) Label { return Label{s, s} }

// ParseUnit finds a unit by its UCUM code or a common other writing of it.
func ParseUnit(code string) (Unit, error) {
	if proper, ok := aliases[code]; ok {
		code = proper
	}
	u, ok := unitsByCode[code]
	if !ok {
		return Unit{}, fmt.Errorf("%.40q: %w", code, ErrUnit)
	}
	return u, nil
}

// Compatible says whether the two units measure the same thing, so that one converts into the other.
func (u Unit) Compatible(v Unit) bool { return u.kind != "" && u.kind == v.kind }

// Convert is the exact value of d, given in unit from, in unit to.
func Convert(d Decimal, from, to Unit) (*big.Rat, error) {
	if !from.Compatible(to) {
		return nil, fmt.Errorf("%q into %q: %w", from.Code, to.Code, ErrIncompatible)
	}
	value := new(big.Rat).Mul(d.Rat(), from.ratio())
	return value.Quo(value, to.ratio()), nil
}

// ConvertText converts decimal text between units given by code, exactly. It returns ErrInexact where the result has no
// exact decimal (10 days are not a decimal number of weeks): round the result of Convert with RoundDecimal then.
func ConvertText(text, from, to string) (string, error) {
	d, err := ParseDecimal(text)
	if err != nil {
		return "", err
	}
	u, err := ParseUnit(from)
	if err != nil {
		return "", err
	}
	v, err := ParseUnit(to)
	if err != nil {
		return "", err
	}
	if u.Code == v.Code {
		return text, nil // keeps the digits that say how precise it was
	}
	value, err := Convert(d, u, v)
	if err != nil {
		return "", err
	}
	result, err := ExactDecimal(value)
	return result.String(), err
}

func (u Unit) ratio() *big.Rat {
	r, ok := new(big.Rat).SetString(u.factor)
	if !ok {
		panic("terms: unit " + u.Code + " has no factor")
	}
	return r
}
