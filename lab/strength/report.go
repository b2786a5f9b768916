package strength

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"consilium/lab/caution"
)

// Report is the outcome of an analysis, as it is written into a file. It says how the equations converged before anything else.
type Report struct {
	Name         string         `json:"name"`
	Converged    bool           `json:"converged"`
	Reason       string         `json:"reason,omitempty"`
	Iterations   int            `json:"iterations"`
	Residual     float64        `json:"relative_residual"`
	Tolerance    float64        `json:"tolerance"`
	Residuals    []float64      `json:"residuals,omitempty"`
	Refinement   int            `json:"refinement"`
	CellSize     [3]float64     `json:"cell_size_mm"`
	Lattice      [3]int         `json:"lattice_cells"`
	Cells        int            `json:"cells"`
	Nodes        int            `json:"nodes"`
	Unknowns     int            `json:"unknowns"`
	Meshes       int            `json:"meshes"`
	DroppedParts int            `json:"dropped_parts"`
	DroppedCells int            `json:"dropped_cells"`
	Calibration  *Calibration   `json:"calibration,omitempty"`
	Modulus      *Law           `json:"modulus_relation,omitempty"`
	Strength     *Law           `json:"strength_relation,omitempty"`
	ModulusRange [2]float64     `json:"modulus_MPa_min_max"`
	Displacement Extreme        `json:"greatest_displacement_mm"`
	Supports     []SupportForce `json:"support_forces_N"`
	Energy       float64        `json:"strain_energy_Nmm"`
	VonMises     Percentiles    `json:"von_mises_MPa"`
	Risk         *Risk          `json:"factor_of_risk,omitempty"`
	Implants     []ImplantRisk  `json:"implants,omitempty"`
	Warnings     caution.List   `json:"warnings,omitempty"`
	Seconds      float64        `json:"seconds"`
}

// Extreme is a greatest value and where it is, in mm from the lattice's origin.
type Extreme struct {
	Value float64    `json:"value"`
	At    [3]float64 `json:"at_mm"`
}

// SupportForce is what a support pushes with, in N.
type SupportForce struct {
	Name  string     `json:"name"`
	Force [3]float64 `json:"force"`
}

// Percentiles of a field over all solid cells, by volume.
type Percentiles struct {
	Median   float64 `json:"p50"`
	P95      float64 `json:"p95"`
	P99      float64 `json:"p99"`
	Greatest float64 `json:"max"`
}

// ImplantRisk is an implant's von Mises stress against its yield stress.
type ImplantRisk struct {
	Name string `json:"name"`
	Risk
}

// Analysis is a report with the fields it was drawn from.
type Analysis struct {
	Report
	Built    *Built
	Solution *Solution
	Fields   *Fields
}

// Run builds the model, solves it and judges it. It returns ErrModel, ErrFloating or the context's error; that the equations did not converge is in the report.
func (s *Spec) Run(ctx context.Context, v *Volume, refine int, progress func(iteration int, residual float64)) (*Analysis, error) {
	start := time.Now()
	b, err := s.Build(v, refine)
	if err != nil {
		return nil, err
	}
	solution, err := Solve(ctx, b.Model, Settings{Tolerance: s.Tolerance, Iterations: s.MaxSteps, Progress: progress})
	if err != nil {
		return nil, err
	}
	a := &Analysis{Built: b, Solution: solution, Fields: solution.Fields()}
	a.describe(s, refine)
	if err := a.judge(s); err != nil {
		return nil, err
	}
	a.Seconds = time.Since(start).Seconds()
	return a, nil
}

func (a *Analysis) describe(s *Spec, refine int) {
	c := a.Solution.Convergence
	a.Report = Report{Name: s.Name, Converged: c.Converged, Reason: c.Reason, Iterations: c.Iterations, Residual: c.Residual, Tolerance: c.Tolerance, Residuals: c.Residuals,
		Refinement: refine, CellSize: a.Built.Size, Lattice: a.Built.Cells, Cells: a.Solution.Cells(), Nodes: a.Solution.Nodes(), Unknowns: c.Unknowns, Meshes: c.Meshes,
		DroppedParts: a.Built.DroppedParts, DroppedCells: a.Built.DroppedCells, ModulusRange: [2]float64{a.Built.Softest, a.Built.Stiffest},
		Strength: s.Criterion.Strength, Energy: a.Solution.StrainEnergy(), VonMises: percentiles(a.Fields.VonMises)}
	if s.CT != nil {
		a.Calibration, a.Modulus = &s.CT.Calibration, &s.CT.Modulus
	}
	for node := range a.Solution.Nodes() {
		u := [3]float64(a.Solution.Displacement[3*node:])
		if d := distance(u, [3]float64{}); d > a.Displacement.Value {
			a.Displacement = Extreme{d, a.Solution.fine.position(a.Built.Model, node)}
		}
	}
	for _, f := range s.Supports {
		a.Supports = append(a.Supports, SupportForce{f.Name, a.supportForce(f)})
	}
	a.warn()
}

// supportForce sums the reactions of the nodes that a support holds, along the components it holds. A node that two supports hold counts for both.
func (a *Analysis) supportForce(f PatchFix) (total [3]float64) {
	held := map[int]bool{}
	a.Built.sides(f.Patch, func(s side) {
		for _, n := range s.nodes {
			held[n] = true
		}
	})
	nodes := make([]int, 0, len(held))
	for n := range held {
		nodes = append(nodes, n)
	}
	slices.Sort(nodes) // the sum is the same every time
	for _, n := range nodes {
		at := int(a.Solution.fine.index[n])
		for _, axis := range f.Fix {
			total[axis-'x'] += a.Solution.Reaction[3*at+int(axis-'x')]
		}
	}
	return total
}

func (a *Analysis) warn() {
	say := a.Warnings.Say
	if !a.Converged {
		say("unconverged", map[string]any{"why": a.Reason})
	}
	if a.DroppedCells > 0 {
		say("dropped", map[string]any{"parts": a.DroppedParts, "cells": a.DroppedCells})
	}
	if size := a.Displacement.Value; size > 0.1*float64(a.Lattice[2])*a.CellSize[2] {
		say("displacements", map[string]any{"mm": strconv.FormatFloat(size, 'g', 3, 64)})
	}
	n := slices.Min(a.Lattice[:])
	if n < 4*a.Refinement {
		say("few-voxels", map[string]any{"voxels": n / a.Refinement})
	}
}

// judge computes the factors of risk of the bone and of each implant.
func (a *Analysis) judge(s *Spec) error {
	where := a.solid()
	bone := func(cell int) bool { return a.Built.Implant == nil || a.Built.Implant[where[cell]] == 0 }
	if slices.ContainsFunc(where, func(at int32) bool { return a.Built.Implant == nil || a.Built.Implant[at] == 0 }) {
		risk, err := a.Solution.Risk(a.Fields, s.Criterion.Name, a.strength(s, where), bone)
		if err != nil {
			return err
		}
		a.Risk = &risk
	}
	for n, implant := range s.Implants {
		if implant.Yield <= 0 {
			continue
		}
		yield := slices.Repeat([]float64{implant.Yield}, len(where))
		risk, err := a.Solution.Risk(a.Fields, VonMises, yield, func(cell int) bool { return a.Built.Implant[where[cell]] == uint8(n+1) })
		if err != nil {
			return fmt.Errorf("implant %q: %w", implant.Name, err)
		}
		a.Implants = append(a.Implants, ImplantRisk{implant.Name, risk})
	}
	return nil
}

// solid is where each solid cell is among all cells.
func (a *Analysis) solid() []int32 {
	where := make([]int32, 0, a.Solution.Cells())
	for cell, e := range a.Built.Modulus {
		if e > 0 {
			where = append(where, int32(cell))
		}
	}
	return where
}

// strength is each solid cell's, by the relation to density or the one number given; nil for criteria that need none.
func (a *Analysis) strength(s *Spec, where []int32) []float64 {
	if s.Criterion.Name != VonMises {
		return nil
	}
	out := make([]float64, len(where))
	for i, at := range where {
		out[i] = s.Criterion.StrengthMPa
		if s.Criterion.Strength != nil && a.Built.Density != nil {
			out[i] = s.Criterion.Strength.At(float64(a.Built.Density[at]))
		}
	}
	return out
}

func percentiles(field []float32) Percentiles {
	values := make([]float64, len(field))
	for i, v := range field {
		values[i] = float64(v)
	}
	slices.Sort(values)
	return Percentiles{quantile(values, 0.5), quantile(values, 0.95), quantile(values, 0.99), values[len(values)-1]}
}

// Study is the same analysis on finer and finer meshes.
type Study struct {
	Meshes []Report `json:"meshes"`
	// Change of each figure from the last mesh but one to the last, relative to the last.
	EnergyChange       float64 `json:"strain_energy_change"`
	DisplacementChange float64 `json:"displacement_change"`
	VonMisesChange     float64 `json:"von_mises_p99_change"`
	// Order is the observed order of convergence of the strain energy in the cell's size, from the last three meshes; Extrapolated is the energy it tends to.
	Order        float64      `json:"order,omitempty"`
	Extrapolated float64      `json:"extrapolated_strain_energy_Nmm,omitempty"`
	Warnings     caution.List `json:"warnings,omitempty"`
	// Finest is the analysis on the last mesh, with its fields.
	Finest *Analysis `json:"-"`
}

// Refine runs the analysis with every voxel divided into 1, 2³, 3³ … levels³ cells. The voxels stay what they are: the study shows the error of the
// elements, not that of the scan's resolution.
func (s *Spec) Refine(ctx context.Context, v *Volume, levels int, progress func(level, iteration int, residual float64)) (*Study, error) {
	if levels < 2 {
		return nil, fmt.Errorf("%w: a study of %d meshes; at least two are needed", ErrModel, levels)
	}
	study := &Study{}
	for level := 1; level <= levels; level++ {
		a, err := s.Run(ctx, v, level, func(iteration int, residual float64) {
			if progress != nil {
				progress(level, iteration, residual)
			}
		})
		if err != nil {
			return nil, fmt.Errorf("refinement %d: %w", level, err)
		}
		study.Meshes, study.Finest = append(study.Meshes, a.Report), a
		if !a.Converged {
			study.Warnings.Say("mesh-unconverged", map[string]any{"mesh": level})
		}
	}
	study.compare()
	return study, nil
}

func (s *Study) compare() {
	n := len(s.Meshes)
	last, before := s.Meshes[n-1], s.Meshes[n-2]
	change := func(a, b float64) float64 {
		if a == 0 {
			return 0
		}
		return math.Abs(a-b) / math.Abs(a)
	}
	s.EnergyChange = change(last.Energy, before.Energy)
	s.DisplacementChange = change(last.Displacement.Value, before.Displacement.Value)
	s.VonMisesChange = change(last.VonMises.P99, before.VonMises.P99)
	if n < 3 {
		return
	}
	first := s.Meshes[n-3]
	if order, ok := observed([3]float64{first.Energy, before.Energy, last.Energy}, [3]float64{float64(first.Refinement), float64(before.Refinement), float64(last.Refinement)}); ok {
		s.Order = order
		h, g := math.Pow(1/float64(before.Refinement), order), math.Pow(1/float64(last.Refinement), order)
		s.Extrapolated = last.Energy - (before.Energy-last.Energy)*g/(h-g)
	} else {
		s.Warnings.Say("too-coarse", nil)
	}
}

// observed solves for the order p with which energies tend to their limit: e_i = e + c·n_i^-p. It bisects, because the refinements need not be a geometric row.
func observed(e, n [3]float64) (p float64, ok bool) {
	ratio := (e[0] - e[1]) / (e[1] - e[2])
	if !(ratio > 0) || math.IsInf(ratio, 0) {
		return 0, false
	}
	at := func(p float64) float64 {
		a, b, c := math.Pow(n[0], -p), math.Pow(n[1], -p), math.Pow(n[2], -p)
		return (a-b)/(b-c) - ratio
	}
	low, high := 0.05, 6.0
	if at(low)*at(high) > 0 {
		return 0, false
	}
	for range 60 {
		middle := (low + high) / 2
		if at(low)*at(middle) <= 0 {
			high = middle
		} else {
			low = middle
		}
	}
	return (low + high) / 2, true
}
