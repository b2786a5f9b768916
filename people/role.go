package people

import (
	"slices"

	"consilium/lang"
)

// Kind says what sort of author a person is.
type Kind string

// The kinds. Only staff and systems have roles, only staff signs in.
const (
	Staff   Kind = "staff"
	Visitor Kind = "visitor" // staff of another hospital, here for a visit
	Patient Kind = "patient" // this hospital's patient, who answers a form; has no name here
	System  Kind = "system"  // an instrument, an archive, a scheduled job
)

// Role is what somebody does at the hospital, as far as the program treats people differently.
type Role string

// The roles.
const (
	ReferringDoctor  Role = "referring_doctor"
	Surgeon          Role = "surgeon"
	HeadOfDepartment Role = "head_of_department"
	Coordinator      Role = "coordinator"
	Trainee          Role = "trainee"
	Researcher       Role = "researcher"
	Administrator    Role = "administrator"
)

// Roles lists every role, in the order in which they are offered.
var Roles = []Role{ReferringDoctor, Surgeon, HeadOfDepartment, Coordinator, Trainee, Researcher, Administrator}

// Name is what people call the role.
func (r Role) Name() lang.Text {
	switch r {
	case ReferringDoctor:
		return lang.Text{En: "Referring doctor", Zh: "转诊医师"}
	case Surgeon:
		return lang.Text{En: "Surgeon", Zh: "外科医师"}
	case HeadOfDepartment:
		return lang.Text{En: "Head of department", Zh: "科主任"}
	case Coordinator:
		return lang.Text{En: "Coordinator", Zh: "协调员"}
	case Trainee:
		return lang.Text{En: "Trainee", Zh: "受训医师"}
	case Researcher:
		return lang.Text{En: "Researcher", Zh: "研究人员"}
	case Administrator:
		return lang.Text{En: "Administrator", Zh: "系统管理员"}
	}
	return lang.Same(string(r))
}

// Known says whether r is one of Roles.
func (r Role) Known() bool { return slices.Contains(Roles, r) }

// Name is what people call the kind.
func (k Kind) Name() lang.Text {
	switch k {
	case Staff:
		return lang.Text{En: "Staff", Zh: "本院人员"}
	case Visitor:
		return lang.Text{En: "Visiting expert", Zh: "外出会诊专家"}
	case Patient:
		return lang.Text{En: "Patient", Zh: "患者"}
	case System:
		return lang.Text{En: "System", Zh: "系统"}
	}
	return lang.Same(string(k))
}
