package surface

import (
	"math"

	"consilium/lab/space"
)

// Curvature is how a surface bends at a point.
type Curvature struct {
	Mean     float64 // 1/mm, positive where the surface bulges outward: 1/r on a ball
	Gaussian float64 // 1/mm²: 1/r² on a ball, 0 on a cylinder, negative on a saddle
}

// Principal are the largest and the smallest curvature, 1/mm.
func (c Curvature) Principal() (most, least float64) {
	root := math.Sqrt(max(0, c.Mean*c.Mean-c.Gaussian))
	return c.Mean + root, c.Mean - root
}

// Curvature finds the curvature at every point by the operators of Meyer, Desbrun, Schröder and Barr (Visualization and Mathematics III, 2003): cotangents for the mean, the angles' defect for the Gaussian,
// over mixed Voronoi areas. At points of open edges both are not numbers.
func (m *Mesh) Curvature() []Curvature {
	n := len(m.Points)
	laplace, normal := make([]space.Vec, n), make([]space.Vec, n)
	defect, area := make([]float64, n), make([]float64, n)
	for i := range defect {
		defect[i] = 2 * math.Pi
	}
	for t, tri := range m.Triangles {
		a, b, c := m.Corners(t)
		corner := [3]space.Vec{a, b, c}
		twice := b.Sub(a).Cross(c.Sub(a))
		for e := range 3 {
			p, q, r := tri[e], tri[(e+1)%3], tri[(e+2)%3]
			u, v := corner[(e+1)%3].Sub(corner[e]), corner[(e+2)%3].Sub(corner[e])
			angle := math.Atan2(u.Cross(v).Norm(), u.Dot(v))
			defect[p] -= angle
			normal[p] = normal[p].Add(twice)
			cot := u.Dot(v) / math.Max(twice.Norm(), 1e-300) // weighs the edge across
			across := corner[(e+1)%3].Sub(corner[(e+2)%3])
			laplace[q] = laplace[q].Add(across.Scale(cot / 2))
			laplace[r] = laplace[r].Sub(across.Scale(cot / 2))
		}
		m.mixedAreas(tri, corner, twice.Norm()/2, area)
	}
	out := make([]Curvature, n)
	for p := range out {
		length := laplace[p].Norm() / (2 * area[p])
		out[p] = Curvature{Mean: math.Copysign(length, laplace[p].Dot(normal[p])), Gaussian: defect[p] / area[p]}
	}
	list := m.edges()
	for p := range m.Points {
		for at := list.first[p]; at < list.first[p+1]; at++ {
			if up, down := countUses(list.uses[at]); up+down == 1 {
				nan := math.NaN()
				out[p], out[list.other[at]] = Curvature{nan, nan}, Curvature{nan, nan}
			}
		}
	}
	return out
}

// mixedAreas gives each corner its part of a triangle: the Voronoi region, or where the triangle is obtuse a half or a quarter.
func (m *Mesh) mixedAreas(tri [3]int32, corner [3]space.Vec, whole float64, area []float64) {
	var cos [3]float64
	obtuse := -1
	for e := range 3 {
		cos[e] = corner[(e+1)%3].Sub(corner[e]).Dot(corner[(e+2)%3].Sub(corner[e]))
		if cos[e] < 0 {
			obtuse = e
		}
	}
	for e := range 3 {
		next, last := (e+1)%3, (e+2)%3
		switch {
		case obtuse == e:
			area[tri[e]] += whole / 2
		case obtuse >= 0:
			area[tri[e]] += whole / 4
		case whole > 0:
			u, v := corner[next].Sub(corner[e]), corner[last].Sub(corner[e])
			area[tri[e]] += (u.Dot(u)*cos[last] + v.Dot(v)*cos[next]) / (16 * whole)
		}
	}
}
