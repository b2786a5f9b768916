package deid

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"

	"consilium/imaging/dicom"
)

// digest is a keyed hash for one purpose.
func (p *Profile) digest(purpose, text string) []byte {
	h := hmac.New(sha256.New, p.Key)
	h.Write([]byte(purpose))
	h.Write([]byte{0})
	h.Write([]byte(text))
	return h.Sum(nil)
}

// UID is what a UID becomes in this case: always the same, and nothing that leads back without the key.
func (p *Profile) UID(original string) string {
	return dicom.UIDOf([16]byte(p.digest("uid", original)))
}

// days is by how many days the dates of a patient move: a whole number of weeks, from one to ten years back, so that weekdays and intervals stay
// and no date is in the future.
func (p *Profile) days(patient string) int {
	n := binary.BigEndian.Uint64(p.digest("dates", patient))
	return -7 * (52 + int(n%470))
}

// pseudonym is the patient's name and ID in this case.
func (p *Profile) pseudonym(patient string) string {
	if p.Subject != "" {
		return p.Subject
	}
	return "SUBJECT-" + base32.StdEncoding.EncodeToString(p.digest("subject", patient)[:5])
}
