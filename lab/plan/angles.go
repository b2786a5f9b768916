package plan

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"consilium/lab/space"
)

// Landmarks of the leg, by the names that Limb asks for.
const (
	HipCenter      = "hip_center"           // of the femoral head: FitSphere
	KneeCenter     = "knee_center"          // of the notch
	AnkleCenter    = "ankle_center"         // middle of the talar dome
	FemurMedial    = "femur_medial_condyle" // most distal points of the condyles
	FemurLateral   = "femur_lateral_condyle"
	TibiaMedial    = "tibia_medial_plateau"
	TibiaLateral   = "tibia_lateral_plateau"
	TibiaAnterior  = "tibia_anterior" // front and back of the medial plateau: the slope
	TibiaPosterior = "tibia_posterior"
)

// Names of angles, as they stand in a plan.
const (
	HKA   = "HKA"   // hip-knee-ankle on the medial side: 180 straight, less varus, more valgus
	MLDFA = "mLDFA" // mechanical lateral distal femoral angle
	MPTA  = "MPTA"  // medial proximal tibial angle
	JLCA  = "JLCA"  // joint line convergence: positive where the joint opens to the lateral side
	Slope = "slope" // posterior tibial slope against the mechanical axis: positive where the back is lower
)

// frontal is the plane in which the leg's angles are measured: through the knee, across the front of the body. Its normal is the patient's back-to-front axis, made square to the mechanical axis of
// the whole leg; a limb that was turned in the scanner has to be laid straight before.
func frontal(hip, ankle space.Vec) (forward space.Vec, err error) {
	axis := hip.Sub(ankle).Unit()
	front := space.Vec{0, -1, 0} // LPS: y points to the back
	forward = front.Sub(axis.Scale(front.Dot(axis))).Unit()
	if forward == (space.Vec{}) {
		return forward, fmt.Errorf("%w: the leg lies along the back-to-front axis", ErrShape)
	}
	return forward, nil
}

// flat is a direction seen in a plane.
func flat(v, normal space.Vec) space.Vec { return v.Sub(normal.Scale(v.Dot(normal))) }

// Limb measures the alignment of a leg in the frontal plane (Paley, Principles of Deformity Correction, 2002, chapters 1 and 2). Only the angles whose landmarks are there are given; HKA needs three.
func (p *Plan) Limb() (map[string]float64, error) {
	centers, err := p.Need(HipCenter, KneeCenter, AnkleCenter)
	if err != nil {
		return nil, err
	}
	if p.Side == "" {
		return nil, fmt.Errorf("%w: the side, right or left", ErrLandmark)
	}
	hip, knee, ankle := centers[0], centers[1], centers[2]
	forward, err := frontal(hip, ankle)
	if err != nil {
		return nil, err
	}
	medial := space.Vec{1, 0, 0} // LPS: x points to the patient's left, which is medial for a right leg
	if p.Side == Left {
		medial[0] = -1
	}
	femur, tibia := flat(hip.Sub(knee), forward), flat(ankle.Sub(knee), forward)
	if femur.Unit() == (space.Vec{}) || tibia.Unit() == (space.Vec{}) {
		return nil, fmt.Errorf("%w: hip, knee and ankle at one place", ErrShape)
	}
	out := map[string]float64{}
	// The angle on the medial side: less than 180 where the knee stands off to the lateral side.
	out[HKA] = space.Degrees(femur, tibia)
	if femur.Unit().Add(tibia.Unit()).Dot(medial) < 0 {
		out[HKA] = 360 - out[HKA]
	}
	p.jointLines(out, forward, medial, femur, tibia)
	return out, nil
}

// jointLines adds the angles of the joint lines that the landmarks allow.
func (p *Plan) jointLines(out map[string]float64, forward, medial, femur, tibia space.Vec) {
	line := func(inner, outer string) (space.Vec, bool) { // from lateral to medial
		v, err := p.Need(inner, outer)
		if err != nil {
			return space.Vec{}, false
		}
		l := flat(v[0].Sub(v[1]), forward).Unit()
		return l, l != (space.Vec{})
	}
	femoral, isFemoral := line(FemurMedial, FemurLateral)
	tibial, isTibial := line(TibiaMedial, TibiaLateral)
	if isFemoral {
		out[MLDFA] = space.Degrees(femur, femoral.Scale(-1))
	}
	if isTibial {
		out[MPTA] = space.Degrees(tibia, tibial)
	}
	if isFemoral && isTibial {
		out[JLCA] = space.Degrees(femoral, tibial)
		if femoral.Sub(tibial).Dot(tibia) > 0 { // the femur's line falls more to the medial side than the tibia's: open laterally
			out[JLCA] = math.Abs(out[JLCA])
		} else {
			out[JLCA] = -math.Abs(out[JLCA])
		}
	}
	if v, err := p.Need(TibiaAnterior, TibiaPosterior, KneeCenter, AnkleCenter); err == nil {
		shaft := v[3].Sub(v[2]).Unit()
		back := flat(v[1].Sub(v[0]), medial).Unit()
		out[Slope] = space.Degrees(back, shaft) // 90 is square to the shaft
		out[Slope] = 90 - out[Slope]
	}
}

// Cobb is the angle between two end plates, seen along a direction: the back-to-front axis for scoliosis, left to right for kyphosis (Cobb 1948). Each end plate is two points on its edges.
func Cobb(upper, lower [2]space.Vec, along space.Vec) (float64, error) {
	n := along.Unit()
	a, b := flat(upper[1].Sub(upper[0]), n), flat(lower[1].Sub(lower[0]), n)
	if n == (space.Vec{}) || a.Unit() == (space.Vec{}) || b.Unit() == (space.Vec{}) {
		return 0, fmt.Errorf("%w: an end plate seen from its end", ErrShape)
	}
	angle := space.Degrees(a, b)
	return min(angle, 180-angle), nil // which edge is named first does not matter
}

// Deviation is an angle as planned and as reached.
type Deviation struct {
	Angle    string  `json:"angle"`
	Planned  float64 `json:"planned_deg"`
	Achieved float64 `json:"achieved_deg"`
	Off      float64 `json:"off_deg"` // achieved − planned
}

// Compare puts what was planned beside what was reached after the operation, for every angle that both have. It is done in every case: a guide is judged by this and by nothing else.
func (p *Plan) Compare(achieved map[string]float64) []Deviation {
	var out []Deviation
	for _, name := range slices.Sorted(maps.Keys(p.Angles)) {
		if a, ok := achieved[name]; ok {
			out = append(out, Deviation{name, p.Angles[name], a, a - p.Angles[name]})
		}
	}
	return out
}
