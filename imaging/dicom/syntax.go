package dicom

import (
	"fmt"
	"strings"
)

// TransferSyntax is the UID that says how a data set is encoded (PS3.5 section 10, PS3.6 Annex A).
type TransferSyntax string

// Transfer syntaxes by name.
const (
	ImplicitVRLittleEndian TransferSyntax = "1.2.840.10008.1.2"
	ExplicitVRLittleEndian TransferSyntax = "1.2.840.10008.1.2.1"
	EncapsulatedNative     TransferSyntax = "1.2.840.10008.1.2.1.98"
	DeflatedExplicitVR     TransferSyntax = "1.2.840.10008.1.2.1.99"
	ExplicitVRBigEndian    TransferSyntax = "1.2.840.10008.1.2.2"
	JPEGBaseline           TransferSyntax = "1.2.840.10008.1.2.4.50"
	JPEGExtended           TransferSyntax = "1.2.840.10008.1.2.4.51"
	JPEGLossless           TransferSyntax = "1.2.840.10008.1.2.4.57"
	JPEGLosslessSV1        TransferSyntax = "1.2.840.10008.1.2.4.70"
	JPEGLSLossless         TransferSyntax = "1.2.840.10008.1.2.4.80"
	JPEGLSNearLossless     TransferSyntax = "1.2.840.10008.1.2.4.81"
	JPEG2000Lossless       TransferSyntax = "1.2.840.10008.1.2.4.90"
	JPEG2000               TransferSyntax = "1.2.840.10008.1.2.4.91"
	HTJ2KLossless          TransferSyntax = "1.2.840.10008.1.2.4.201"
	HTJ2KLosslessRPCL      TransferSyntax = "1.2.840.10008.1.2.4.202"
	HTJ2K                  TransferSyntax = "1.2.840.10008.1.2.4.203"
	RLELossless            TransferSyntax = "1.2.840.10008.1.2.5"
	DeflatedFrame          TransferSyntax = "1.2.840.10008.1.2.8.1"
)

// TransferSyntaxes are the syntaxes of images that people send, in the order in which a receiver prefers them.
var TransferSyntaxes = []TransferSyntax{
	ExplicitVRLittleEndian, ImplicitVRLittleEndian, JPEGLosslessSV1, JPEGLossless, JPEGLSLossless, JPEG2000Lossless, HTJ2KLossless, HTJ2KLosslessRPCL,
	RLELossless, DeflatedExplicitVR, DeflatedFrame, EncapsulatedNative, ExplicitVRBigEndian, JPEGBaseline, JPEGExtended, JPEGLSNearLossless, JPEG2000, HTJ2K,
	"1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.93", // JPEG 2000 part 2
	"1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.101", // MPEG-2
	"1.2.840.10008.1.2.4.102", "1.2.840.10008.1.2.4.103", "1.2.840.10008.1.2.4.104", "1.2.840.10008.1.2.4.105", "1.2.840.10008.1.2.4.106", // MPEG-4
	"1.2.840.10008.1.2.4.107", "1.2.840.10008.1.2.4.108", // HEVC
	"1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112", // JPEG XL
}

var syntaxNames = map[TransferSyntax]string{
	ImplicitVRLittleEndian: "Implicit VR Little Endian", ExplicitVRLittleEndian: "Explicit VR Little Endian",
	EncapsulatedNative: "Encapsulated Uncompressed Explicit VR Little Endian", DeflatedExplicitVR: "Deflated Explicit VR Little Endian",
	ExplicitVRBigEndian: "Explicit VR Big Endian", JPEGBaseline: "JPEG Baseline (Process 1)", JPEGExtended: "JPEG Extended (Process 2 and 4)",
	JPEGLossless: "JPEG Lossless (Process 14)", JPEGLosslessSV1: "JPEG Lossless (Process 14, Selection Value 1)",
	JPEGLSLossless: "JPEG-LS Lossless", JPEGLSNearLossless: "JPEG-LS Near-Lossless", JPEG2000Lossless: "JPEG 2000 (Lossless Only)",
	JPEG2000: "JPEG 2000", HTJ2KLossless: "HTJ2K (Lossless Only)", HTJ2KLosslessRPCL: "HTJ2K with RPCL Options (Lossless Only)",
	HTJ2K: "HTJ2K", RLELossless: "RLE Lossless", DeflatedFrame: "Deflated Image Frame Compression",
}

// Name is the syntax in words, its UID where it has none here.
func (s TransferSyntax) Name() string {
	if n, ok := syntaxNames[s]; ok {
		return n
	}
	return string(s)
}

// Explicit says whether elements carry their VR.
func (s TransferSyntax) Explicit() bool { return s != ImplicitVRLittleEndian }

// BigEndian says whether numbers stand with the high byte first.
func (s TransferSyntax) BigEndian() bool { return s == ExplicitVRBigEndian }

// Deflated says whether the whole data set is compressed (PS3.5 section A.5).
func (s TransferSyntax) Deflated() bool {
	return s == DeflatedExplicitVR || s == "1.2.840.10008.1.2.4.95" || s == "1.2.840.10008.1.2.4.205" // the last two refer to pixels by JPIP
}

// Encapsulated says whether pixel data stands in fragments (PS3.5 section A.4).
func (s TransferSyntax) Encapsulated() bool {
	switch s {
	case ImplicitVRLittleEndian, ExplicitVRLittleEndian, DeflatedExplicitVR, ExplicitVRBigEndian:
		return false
	}
	return true
}

// Check refuses what cannot be read: UIDs that the standard has not given to a transfer syntax. New compressions of the standard all encode the
// data set in the same way, so any UID of their range is read.
func (s TransferSyntax) Check() error {
	if _, ok := syntaxNames[s]; ok || strings.HasPrefix(string(s), "1.2.840.10008.1.2.4.") || strings.HasPrefix(string(s), "1.2.840.10008.1.2.8.") {
		return nil
	}
	return fmt.Errorf("%w %q is not known", ErrTransferSyntax, string(s))
}
