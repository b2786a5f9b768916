package dicom

import (
	"crypto/rand"
	"math/big"
	"strings"
)

// NewUID makes a unique identifier of a random UUID, under 2.25 as PS3.5 section B.2 allows.
func NewUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails
	return UIDOf(b)
}

// UIDOf is the identifier of 16 random (or hashed) bytes, as a version 4 UUID.
func UIDOf(b [16]byte) string {
	b[6] = b[6]&0x0F | 0x40
	b[8] = b[8]&0x3F | 0x80
	return "2.25." + new(big.Int).SetBytes(b[:]).String()
}

// ValidUID says whether s is a UID by PS3.5 section 9.1: at most 64 characters, components of digits without leading zeros, at least two of them.
func ValidUID(s string) bool {
	if len(s) > 64 || !strings.Contains(s, ".") {
		return false
	}
	for c := range strings.SplitSeq(s, ".") {
		if c == "" || len(c) > 1 && c[0] == '0' || strings.Trim(c, "0123456789") != "" {
			return false
		}
	}
	return true
}
