package dimse

import (
	"strings"

	"consilium/imaging/dicom"
)

// SOP classes of the services (PS3.4 annexes A, C and J).
const (
	Verification      = "1.2.840.10008.1.1"
	PatientRootFind   = "1.2.840.10008.5.1.4.1.2.1.1"
	PatientRootMove   = "1.2.840.10008.5.1.4.1.2.1.2"
	PatientRootGet    = "1.2.840.10008.5.1.4.1.2.1.3"
	StudyRootFind     = "1.2.840.10008.5.1.4.1.2.2.1"
	StudyRootMove     = "1.2.840.10008.5.1.4.1.2.2.2"
	StudyRootGet      = "1.2.840.10008.5.1.4.1.2.2.3"
	StorageCommitment = "1.2.840.10008.1.20.1"

	commitmentInstance = "1.2.840.10008.1.20.1.1"
)

// Transfer syntaxes that identifiers are sent in.
const (
	ImplicitLittle = string(dicom.ImplicitVRLittleEndian)
	ExplicitLittle = string(dicom.ExplicitVRLittleEndian)
	ExplicitBig    = string(dicom.ExplicitVRBigEndian)
)

// storageElsewhere are the storage classes that do not stand under the root of image storage (PS3.4 annexes B.5 and GG.3).
var storageElsewhere = map[string]bool{
	"1.2.840.10008.5.1.4.34.7": true, "1.2.840.10008.5.1.4.34.10": true, // RT beams and brachy delivery instructions
	"1.2.840.10008.5.1.4.38.1": true, "1.2.840.10008.5.1.4.39.1": true, // hanging protocol, color palette
	"1.2.840.10008.5.1.4.43.1": true, "1.2.840.10008.5.1.4.44.1": true, "1.2.840.10008.5.1.4.45.1": true, // implants
}

// IsStorage reports whether instances of the class are kept: every storage class of PS3.4, present and future, for they all
// stand under one root, and the few that stand elsewhere. A class that only one maker knows is not: nobody else could read it.
func IsStorage(class string) bool {
	return strings.HasPrefix(class, "1.2.840.10008.5.1.4.1.1.") || storageElsewhere[class]
}

// service says what a class of a query, or another that is not storage, is for.
func isService(class string) bool {
	switch class {
	case Verification, PatientRootFind, PatientRootMove, PatientRootGet, StudyRootFind, StudyRootMove, StudyRootGet, StorageCommitment:
		return true
	}
	return false
}

// choose returns the transfer syntax in which an acceptor takes a class, or why not. For storage it is the first that the peer
// named: it knows best how it has its images. For identifiers explicit little endian is preferred, because it names types.
func choose(class string, transfers []string) (string, result) {
	switch {
	case IsStorage(class):
		for _, t := range transfers {
			if dicom.TransferSyntax(t).Check() == nil { // what can be read can be kept
				return t, accepted
			}
		}
		return "", transferUnknown
	case isService(class):
		for _, want := range []string{ExplicitLittle, ImplicitLittle, ExplicitBig} {
			for _, t := range transfers {
				if t == want {
					return t, accepted
				}
			}
		}
		return "", transferUnknown
	}
	return "", abstractUnknown
}
