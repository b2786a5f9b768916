package analysis

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"consilium/stats"
)

// Unknown is a key of a specification that its method does not have.
type Unknown struct {
	Key     string `json:"key"`
	Nearest string `json:"nearest,omitempty"` // the declared key that it may have meant; "" if none is like it
}

func (u Unknown) String() string {
	if u.Nearest == "" {
		return u.Key
	}
	return fmt.Sprintf("%s (did you mean %s?)", u.Key, u.Nearest)
}

// UnknownKeys are the keys of an analysis that its method does not have, sorted.
func UnknownKeys(c Case) []Unknown {
	m, found := Find(c.Method)
	if !found {
		return nil
	}
	var out []Unknown
	for _, key := range slices.Sorted(maps.Keys(c.Spec)) {
		if _, known := m.parameter(key); !known {
			out = append(out, Unknown{key, m.nearest(key)})
		}
	}
	return out
}

// RefuseUnknownKeys is an error if there are any: an option that is passed over in silence gives the answer to another question.
func RefuseUnknownKeys(c Case) error {
	unknown := UnknownKeys(c)
	if len(unknown) == 0 {
		return nil
	}
	m, _ := Find(c.Method)
	var words []string
	for _, u := range unknown {
		if u.Key == level.Name || slices.Contains(level.Aliases, u.Key) {
			words = append(words, u.Key+" (it has no limits)")
			continue
		}
		words = append(words, u.String())
	}
	return &stats.Error{Method: c.Method, Problem: stats.Unsupported, Variable: unknown[0].Key, Detail: "the method has no such option: " + strings.Join(words, "; "),
		Advice: fmt.Sprintf("It has %s, and the keys of every method; see 'consilium stats methods %s'", strings.Join(m.own(), ", "), c.Method)}
}

// own are the names of the method's own keys.
func (m Method) own() []string {
	var names []string
	for _, p := range m.Parameters {
		names = append(names, p.Name)
	}
	return names
}

// nearest is the declared key that is most like a word; "" if none is like it.
func (m Method) nearest(word string) string {
	var names []string
	for _, p := range m.Keys() {
		names = append(append(names, p.Name), p.Aliases...)
	}
	p, _ := m.parameter(stats.Nearest(word, names))
	return p.Name
}

// checked is the specification under the declared names of its keys, with values of the declared kinds.
func (m Method) checked(s Spec) (Spec, error) {
	out := make(Spec, len(s))
	for _, key := range slices.Sorted(maps.Keys(s)) {
		p, known := m.meant(key, s[key])
		if !known {
			out[key] = s[key] // check tells of it, run has refused it
			continue
		}
		if other, there := s[p.Name]; there && p.Name != key && fmt.Sprint(other) != fmt.Sprint(s[key]) {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: key, Detail: fmt.Sprintf("it is another name of %s, and the two differ", p.Name)}
		}
		if err := p.admits(s[key]); err != nil {
			return nil, err
		}
		out[p.Name] = s[key]
	}
	for _, p := range m.Parameters {
		if list, ok := out[p.Name].([]any); p.Needed && (!out.Has(p.Name) || ok && len(list) == 0) {
			return nil, &stats.Error{Problem: stats.Invalid, Variable: p.Name, Detail: "it is missing: " + p.About, Advice: fmt.Sprintf("An example: %q: %v", p.Name, shown(p.Example))}
		}
	}
	return out, nil
}

// meant is the parameter of a key. "conf" is the level if it is a number, and the scale of limits (R's conf.type) if it is a word.
func (m Method) meant(key string, value any) (Parameter, bool) {
	if _, word := value.(string); word && key == "conf" {
		if p, known := m.parameter("conf_type"); known {
			return p, true
		}
	}
	return m.parameter(key)
}

// admits says whether a value is of the parameter's kind. An absent value (null) always is.
func (p Parameter) admits(v any) error {
	if v == nil {
		return nil
	}
	wrong := func(format string, args ...any) error {
		e := &stats.Error{Problem: stats.Invalid, Variable: p.Name, Detail: fmt.Sprintf(format, args...)}
		if p.Example != nil {
			e.Advice = fmt.Sprintf("An example: %q: %v", p.Name, shown(p.Example))
		}
		return e
	}
	switch p.Kind {
	case Choice:
		if word, ok := v.(string); !ok || !slices.Contains(p.Choices, word) {
			return wrong("it is %v; there are %s", shown(v), quoted(p.Choices))
		}
		return nil
	case Number, Whole:
		if p.Name == level.Name {
			return properLevel(v)
		}
		if x, ok := v.(float64); !ok || p.Kind == Whole && (x != math.Trunc(x) || math.Abs(x) > 1e15) {
			return wrong("it is %v, not a %s", shown(v), p.Kind)
		} else if p.Positive && x <= 0 {
			return wrong("it is %v, and has to be above 0", x)
		}
		return nil
	}
	if is := kinds[p.Kind]; is != nil && !is(v) {
		return wrong("it is %v, not of the kind: %s", shown(v), p.Kind)
	}
	return nil
}

// kinds are the tests of kinds that need no more than the value.
var kinds = map[Kind]func(v any) bool{
	Variable: isText, Expression: isText, Formula: isText, Text: isText, Variables: isTexts, Texts: isTexts, Numbers: isNumbers, Rows: isRows,
	Truth:  func(v any) bool { _, ok := v.(bool); return ok },
	Words:  func(v any) bool { _, ok := v.(map[string]any); return ok },
	Series: func(v any) bool { return isText(v) || isNumbers(v) },
}

func isText(v any) bool { // a list of one may be written for its element
	if list, ok := v.([]any); ok && len(list) == 1 {
		v = list[0]
	}
	_, ok := v.(string)
	return ok
}

func isTexts(v any) bool { return isText(v) || isList(v, isText) }

func isNumber(v any) bool { _, ok := v.(float64); return ok }

func isNumbers(v any) bool { return isNumber(v) || isList(v, isNumber) }

func isRows(v any) bool { return isNumbers(v) || isList(v, isNumbers) }

func isList(v any, each func(any) bool) bool {
	list, ok := v.([]any)
	return ok && !slices.ContainsFunc(list, func(e any) bool { return !each(e) })
}

// properLevel refuses a level that no limits can have; 95 is most likely meant as a percentage.
func properLevel(v any) error {
	x, ok := v.(float64)
	if ok && x > 0 && x < 1 {
		return nil
	}
	e := &stats.Error{Problem: stats.Invalid, Variable: level.Name, Detail: fmt.Sprintf("a confidence level lies between 0 and 1, and %v does not", shown(v))}
	if ok && x > 1 && x < 100 {
		e.Advice = fmt.Sprintf("Write %g", x/100)
	}
	return e
}

// shown is a value of a specification for a message, cut where it is long.
func shown(v any) string {
	text := fmt.Sprintf("%v", v)
	if s, ok := v.(string); ok {
		text = fmt.Sprintf("%q", s)
	}
	if len(text) > 60 {
		text = text[:57] + "…"
	}
	return strings.ToValidUTF8(text, "")
}
