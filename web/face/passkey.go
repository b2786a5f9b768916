package face

// PasskeyView is a button for a passkey ceremony.
type PasskeyView struct {
	Ceremony            string // "sign-in" or "register"
	BeginURL, FinishURL string // JSON: options; credential
	NextURL             string // where to go when finish does not say
	NameField           string // the element whose value is sent to begin as {"name": …}
	Label               string
	Refused, Failed     string // what is said when the person or the node said no
}
