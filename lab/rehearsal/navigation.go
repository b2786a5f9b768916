package rehearsal

import (
	"consilium/lab/align"
	"consilium/lab/space"
)

// Navigated is how a tracker's millimeters become the patient's: a registration of the stage, with the error that is to be expected.
type Navigated struct {
	Version   int
	ToPatient space.Pose
	Order     RegistrationOrder
	Error     *align.Target // nil: no place was named
}

// Navigated reads the newest registration of a stage. It is nil where there is none: then nothing says where a tracker's tool is in the patient.
func (s Stage) Navigated() (*Navigated, error) {
	if s.Registration == nil {
		return nil, nil
	}
	n := &Navigated{Version: s.Registration.Version}
	var fit align.Answer
	if err := s.Registration.Read(&n.Order, &fit); err != nil {
		return nil, err
	}
	n.ToPatient = fit.Motion
	if n.Order.Kind != "surface" { // pairs lead from the images' landmarks to where the tracker touched them
		n.ToPatient = fit.Motion.Inverse()
	}
	if len(fit.Targets) > 0 {
		n.Error = &fit.Targets[0]
	}
	return n, nil
}
