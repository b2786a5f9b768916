package face

import (
	"cmp"
	"slices"

	"github.com/a-h/templ"
)

// Panel is a part of the column beside a case's timeline.
type Panel struct {
	Place int                                  // how far down: next step, 10; curve, 20; members, 30; consent, 40; files, 50; patient, 60; proof, 90
	Show  func(*Case) (templ.Component, error) // nil component: nothing to show
}

// panels are all that the rooms bring, from the top down.
func (s *Site) panels() (list []Panel) {
	for _, r := range s.rooms {
		list = append(list, r.Panels...)
	}
	slices.SortStableFunc(list, func(a, b Panel) int { return cmp.Compare(a.Place, b.Place) })
	return list
}

// SidePanels shows the column beside a case's timeline.
func (q *Request) SidePanels(v *Case) (templ.Component, error) {
	var parts []templ.Component
	for _, p := range q.s.panels() {
		part, err := p.Show(v)
		if err != nil {
			return nil, err
		}
		if part != nil {
			parts = append(parts, part)
		}
	}
	return templ.Join(parts...), nil
}
