package security

// Event is what happened. The codes stand in the log for ever: add, never rename.
type Event string

// The events.
const (
	SignedIn        Event = "sign-in"
	SignInFailed    Event = "sign-in-failed"
	Guessing        Event = "guessing" // many wrong passwords for one person from many addresses
	SignedOut       Event = "sign-out"
	SessionsEnded   Event = "sessions-ended"
	FirstMade       Event = "first-administrator"
	PersonAdded     Event = "person-added"
	PersonChanged   Event = "person-changed" // roles, names
	PersonDisabled  Event = "person-disabled"
	PersonEnabled   Event = "person-enabled"
	PasswordLink    Event = "password-link" // somebody made a link with which a person chooses a password
	PasswordChanged Event = "password-changed"
	PasskeyAdded    Event = "passkey-added"
	PasskeyRemoved  Event = "passkey-removed"
	TokenMade       Event = "token-made"
	TokenRevoked    Event = "token-revoked"
	PrivilegeGiven  Event = "privilege-granted"
	PrivilegeEnded  Event = "privilege-ended"
	SpokeAs         Event = "spoke-as" // the owner of the machine used somebody's name
	PartnerAdded    Event = "partner-added"
	PartnerInvited  Event = "partner-invited"
	PartnerBlocked  Event = "partner-blocked"
	PartnerRemoved  Event = "partner-removed"
	PartnerLimited  Event = "partner-limited"
	PackAdopted     Event = "pack-adopted"
	GlassBroken     Event = "glass-broken"
	GlassReviewed   Event = "glass-reviewed"
	Exported        Event = "exported"
	BackedUp        Event = "backed-up"
	Restored        Event = "restored"
	ErasureAsked    Event = "erasure-asked"
	ErasureAnswered Event = "erasure-answered"
	HoldAdded       Event = "hold-added"
	HoldReleased    Event = "hold-released"
	Swept           Event = "swept"
	WaiverGranted   Event = "waiver-granted" // rows of patients who were not asked may be used
	WaiverRevoked   Event = "waiver-revoked"
)

// Events lists every event, in the order in which the codes stand above.
var Events = []Event{SignedIn, SignInFailed, Guessing, SignedOut, SessionsEnded, FirstMade, PersonAdded, PersonChanged, PersonDisabled, PersonEnabled, PasswordLink,
	PasswordChanged, PasskeyAdded, PasskeyRemoved, TokenMade, TokenRevoked, PrivilegeGiven, PrivilegeEnded, SpokeAs, PartnerAdded, PartnerInvited, PartnerBlocked,
	PartnerRemoved, PartnerLimited, PackAdopted, GlassBroken, GlassReviewed, Exported, BackedUp, Restored, ErasureAsked, ErasureAnswered, HoldAdded, HoldReleased, Swept,
	WaiverGranted, WaiverRevoked}

// severity is the event's in RFC 5424, table 2: 4 is warning, 5 notice, 6 informational.
func (e Event) severity() int {
	switch e {
	case SignInFailed, Guessing, GlassBroken, SpokeAs:
		return 4
	case SignedIn, SignedOut, Swept, BackedUp:
		return 6
	}
	return 5
}
