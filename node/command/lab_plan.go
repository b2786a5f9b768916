package command

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"

	"consilium/lab/plan"
	"consilium/lab/surface"
)

type labPlanCmd struct {
	Plan     string `arg:"" name:"PLAN.json" help:"The plan: landmarks, osteotomies, implants (docs/lab.md)."`
	Bone     string `placeholder:"FILE" help:"The bone's closed surface: wedges are measured on it, implants against it."`
	Achieved string `placeholder:"PLAN.json" help:"The same landmarks after the operation: what was reached beside what was planned."`
	JSON     bool   `name:"json" help:"Say the result as JSON."`
}

type planResult struct {
	Case     string                  `json:"case"`
	Version  int                     `json:"version"`
	Limb     map[string]float64      `json:"limb_deg,omitempty"`
	Missing  string                  `json:"missing,omitempty"` // why there are no angles of a limb
	Wedges   map[string]plan.Wedge   `json:"wedges,omitempty"`
	Contacts map[string]plan.Contact `json:"contacts,omitempty"`
	Achieved []plan.Deviation        `json:"achieved,omitempty"`
}

// Run measures the plan.
func (c *labPlanCmd) Run() error {
	p, err := readPlan(c.Plan)
	if err != nil {
		return err
	}
	r := planResult{Case: p.Case, Version: p.Version}
	if r.Limb, err = p.Limb(); errors.Is(err, plan.ErrLandmark) {
		r.Missing = err.Error()
	} else if err != nil {
		return err
	}
	if c.Bone != "" {
		if err := r.onBone(p, c.Bone); err != nil {
			return err
		}
	}
	if c.Achieved != "" {
		after, err := readPlan(c.Achieved)
		if err != nil {
			return err
		}
		angles, err := after.Limb()
		if err != nil {
			return fmt.Errorf("%s: %w", c.Achieved, err)
		}
		r.Achieved = p.Compare(angles)
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	r.print()
	return nil
}

func readPlan(name string) (*plan.Plan, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	p, err := plan.Read(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return p, nil
}

// onBone measures wedges on the bone and implants against it.
func (r *planResult) onBone(p *plan.Plan, file string) error {
	bone, err := surface.ReadFile(file)
	if err != nil {
		return err
	}
	r.Wedges, r.Contacts = map[string]plan.Wedge{}, map[string]plan.Contact{}
	for _, o := range p.Osteotomies {
		if o.Hinge == nil {
			continue
		}
		if r.Wedges[o.Name], err = o.Wedge(bone); err != nil {
			return err
		}
	}
	for _, i := range p.Implants {
		m, err := surface.ReadFile(i.File)
		if err != nil {
			return err
		}
		if r.Contacts[i.Name], err = plan.Between(m.Move(i.Pose), bone); err != nil {
			return fmt.Errorf("implant %s: %w", i.Name, err)
		}
	}
	return nil
}

func (r *planResult) print() {
	for _, name := range slices.Sorted(maps.Keys(r.Limb)) {
		fmt.Printf("%s %.1f°\n", name, r.Limb[name])
	}
	if r.Missing != "" {
		fmt.Println("no angles of the leg:", r.Missing)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Wedges)) {
		w := r.Wedges[name]
		word := "closes"
		if w.Opens {
			word = "opens"
		}
		fmt.Printf("%s %s by %.1f mm, %.1f mm from its hinge\n", name, word, w.Height, w.Depth)
	}
	for _, name := range slices.Sorted(maps.Keys(r.Contacts)) {
		if c := r.Contacts[name]; c.Crosses {
			fmt.Printf("%s crosses the bone, %.1f mm deep\n", name, c.Depth)
		} else {
			fmt.Printf("%s clears the bone by %.2f mm\n", name, c.Clearance)
		}
	}
	for _, d := range r.Achieved {
		fmt.Printf("%s planned %.1f°, achieved %.1f°, off by %+.1f°\n", d.Angle, d.Planned, d.Achieved, d.Off)
	}
}
