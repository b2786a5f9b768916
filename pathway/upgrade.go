package pathway

import (
	"fmt"
	"slices"

	"cel.dev/cel-go/cel"

	"consilium/lang"
)

// Note says what became of a variable on the way from one version or format to another.
type Note struct {
	Field string
	Text  Text
}

func (n Note) String() string { return n.Field + ": " + n.Text.En }

// Upgrade turns values that were filled in with an earlier version into values of p. What has no place in p is left
// out and noted; the entry itself keeps it for ever.
func (p *Pack) Upgrade(old *Pack, values Values) (Values, []Note, error) {
	if old.ID != p.ID {
		return nil, nil, fmt.Errorf("%s cannot take over values of %s: they are different pathways", p, old)
	}
	if p.Changes.Since != "" && p.Changes.Since != old.Version && old.Version != p.Version {
		return nil, nil, fmt.Errorf("%s knows its changes since %s, not since %s", p, p.Changes.Since, old.Version)
	}
	out, notes := Values{}, []Note(nil)
	taken := map[string]bool{}
	a := old.activate(old.Compute(values))
	for i := range p.Changes.Variables {
		c := &p.Changes.Variables[i]
		from := c.From
		if from == "" {
			from = c.ID
		}
		taken[c.ID], taken[from] = true, true
		switch c.Kind {
		case "same", "renamed":
			p.carry(c.ID, values[from], out, &notes)
		case "missing_before":
			out[c.ID] = Missing(NotDone)
			notes = append(notes, Note{c.ID, phrase("pathway.upgrade.new", nil)})
		case "mapped":
			value, err := p.mapped(old, c, a)
			if err != nil {
				return nil, nil, err
			}
			p.carry(c.ID, value, out, &notes)
			notes = append(notes, Note{c.ID, phrase("pathway.upgrade.mapped", nil)})
		}
	}
	for _, v := range old.Variables {
		value, ok := values[v.ID]
		if !ok || taken[v.ID] {
			continue
		}
		if p.variable[v.ID] == nil || slices.Contains(p.Changes.Removed, v.ID) {
			notes = append(notes, Note{v.ID, phrase("pathway.upgrade.gone", nil)})
			continue
		}
		p.carry(v.ID, value, out, &notes)
	}
	return out, notes, nil
}

func (p *Pack) mapped(old *Pack, c *Change, a *activation) (Value, error) {
	v := p.variable[c.ID]
	e, err := old.env.mapping(c.Map, celType(v.Type))
	if err != nil {
		return Value{}, fmt.Errorf("mapping %s from %s: %w", c.ID, old, err)
	}
	value, err := v.evaluate(Expr{compiled: e}, a)
	if err != nil {
		return Missing(Unknown), nil // what it is worked out from was not known
	}
	return value, nil
}

// mapping compiles an expression of a newer pack over these variables, once: a registry asks it for each row.
func (v *environment) mapping(m Expr, want *cel.Type) (*expression, error) {
	key := want.String() + "\n" + m.Text
	if known, ok := v.mappings.Load(key); ok {
		return known.(*expression), nil
	}
	r, e := &report{}, Expr{Pos: m.Pos, Text: m.Text}
	v.compile(&e, want, r)
	if err := r.err(); err != nil {
		return nil, err
	}
	known, _ := v.mappings.LoadOrStore(key, e.compiled)
	return known.(*expression), nil
}

func (p *Pack) carry(id string, value Value, out Values, notes *[]Note) {
	if value.IsZero() {
		return
	}
	if value.Missing() == "" {
		if problem := p.field(p.variable[id]).checkType(value); problem != nil {
			*notes = append(*notes, Note{id, phrase("pathway.upgrade.unfit", map[string]any{"why": lang.Text(problem.Text)})})
			return
		}
	}
	out[id] = value
}
