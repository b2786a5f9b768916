package tracking

import (
	"errors"
	"fmt"

	"consilium/lab/space"
)

// ErrPointer says that a tool's tip or axis is none.
var ErrPointer = errors.New("the tool's tip or axis is impossible")

// Pointer is a tool's tip and direction in its own frame, and the motion from the tracker's millimeters to the patient's (LPS).
type Pointer struct {
	Tip, Axis space.Vec
	ToPatient space.Pose
}

// RAS is the motion of a tracker that speaks in the images' own coordinates, as OpenIGTLink has them: right, anterior, superior.
var RAS = space.Pose{Turn: space.Mat{{-1, 0, 0}, {0, -1, 0}, {0, 0, 1}}}

// Check refuses a tip or an axis that no tool has.
func (p *Pointer) Check() error {
	if !p.Tip.Finite() || p.Tip.Norm() > 1000 || !p.Axis.Finite() || p.Axis.Norm() < 1e-6 || !p.ToPatient.Rigid() {
		return fmt.Errorf("%w: tip %v mm, axis %v", ErrPointer, p.Tip, p.Axis)
	}
	return nil
}

// At is where the tip is in the patient (LPS mm), and where the tool points.
func (p *Pointer) At(tool space.Pose) (tip, axis space.Vec) {
	tip = p.ToPatient.Apply(tool.Apply(p.Tip))
	return tip, p.ToPatient.Turn.Apply(tool.Turn.Apply(p.Axis)).Unit()
}
