package people

import (
	"slices"

	"consilium/lang"
)

// Kind says what sort of author a person is.
type Kind string

// The kinds. Only staff, services and systems have roles, only staff signs in.
const (
	Staff   Kind = "staff"
	Visitor Kind = "visitor" // staff of another hospital, here for a visit
	Patient Kind = "patient" // this hospital's patient, who answers a form; has no name here
	System  Kind = "system"  // an instrument, an archive, a scheduled job
	Service Kind = "service" // a program of the hospital that asks by API tokens; somebody answers for it ([ServiceAccount])
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
	// DataProtectionOfficer answers for what is erased and what is kept.
	DataProtectionOfficer Role = "data_protection_officer"
)

// Roles lists every role, in the order in which they are offered.
var Roles = []Role{ReferringDoctor, Surgeon, HeadOfDepartment, Coordinator, Trainee, Researcher, Administrator, DataProtectionOfficer}

// Name is what people call the role.
func (r Role) Name() lang.Text { return lang.Named("people.role", string(r)) }

// Known says whether r is one of Roles.
func (r Role) Known() bool { return slices.Contains(Roles, r) }

// Name is what people call the kind.
func (k Kind) Name() lang.Text { return lang.Named("people.kind", string(k)) }
