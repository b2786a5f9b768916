package desk

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"mime"
	"strings"

	"consilium/imaging/dicom"
)

// Media types that decide what is done with a file.
const (
	typeDICOM = "application/dicom"
	typeAge   = "application/age"
	typeZip   = "application/zip"
	typeBytes = "application/octet-stream"
)

// content is what a file is by its bytes.
type content struct {
	media  string      // its type; "": the bytes do not tell
	image  *dicom.File // a DICOM file, also one that cannot be read to its end
	broken error       // why it cannot
	packed bool        // an archive that holds DICOM files, or that cannot be looked into
	zip    *zip.Reader // of a ZIP file
}

// Bounds of looking into archives: an archive that needs more is not looked into, and so is not attached.
const (
	headLength  = 33 << 10 // reaches the last of the signatures
	deepest     = 3        // archives within archives
	mostMembers = 100_000  // files of one archive
	beginning   = 64 << 10 // of a member that is no archive
	mostNested  = 64 << 20 // of a member that is one
)

// look tells what a file is. Neither its name nor what anybody says of it counts. DICOM comes first: its preamble may look like anything (PS3.10 section 7.1).
func look(src io.ReaderAt, size int64, depth int) content {
	head := make([]byte, min(size, headLength))
	if _, err := src.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return content{broken: err, packed: true}
	}
	if f, err := dicom.Read(src, size, dicom.Options{}); isDICOM(head, f, err) {
		return content{media: typeDICOM, image: f, broken: err}
	}
	if bytes.Contains(head, patientName) {
		return content{media: typeDICOM, broken: dicom.ErrNotDICOM}
	}
	c := content{media: signatureOf(head)}
	if z, err := openZIP(src, size); err == nil && len(z.File) > 0 {
		c.zip, c.packed = z, depth == deepest || len(z.File) > mostMembers || packs(z, depth)
		if c.media == "" {
			c.media = typeZip
		}
		return c
	}
	switch c.media {
	case typeZip: // it begins like one and is none that can be read
		c.packed = true
	case "application/gzip":
		c.packed = depth == deepest || gzipPacks(io.NewSectionReader(src, 0, size), depth)
	case "application/x-tar", "application/x-7z-compressed", "application/vnd.rar", "application/x-xz", "application/x-bzip2", "application/zstd", "application/x-iso9660-image":
		c.packed = true
	}
	return c
}

// patientName begins the patient's name in an explicit data set (PS3.5 section 7.1.2). A file that has it and cannot be read as DICOM has lost its beginning, and
// shows the name to whoever opens it.
var patientName = []byte("\x10\x00\x10\x00PN")

// isDICOM tells whether what the reader made of a file is DICOM. A file that says so is; without its header, one that has an attribute which images have.
func isDICOM(head []byte, f *dicom.File, err error) bool {
	if bytes.HasPrefix(head, []byte("DICM")) || len(head) >= 132 && string(head[128:132]) == "DICM" {
		return true
	}
	if f == nil || errors.Is(err, dicom.ErrNotDICOM) {
		return false
	}
	if len(f.Meta.Elements) > 0 {
		return true
	}
	for _, t := range []dicom.Tag{dicom.SOPClassUID, dicom.SOPInstanceUID, dicom.StudyInstanceUID, dicom.Modality, dicom.PatientName, dicom.PatientID} {
		if f.Dataset.Find(t) != nil {
			return true
		}
	}
	return false
}

// packs tells whether a ZIP file has a member that is DICOM or cannot be looked into.
func packs(z *zip.Reader, depth int) bool {
	for _, m := range z.File {
		if m.FileInfo().IsDir() {
			continue
		}
		r, err := m.Open()
		if err != nil || m.Flags&1 != 0 { // encrypted, or in a way that this program does not know
			return true
		}
		packed := streamPacks(r, depth)
		r.Close()
		if packed {
			return true
		}
	}
	return false
}

func gzipPacks(r io.Reader, depth int) bool {
	z, err := gzip.NewReader(r)
	return err != nil || streamPacks(z, depth)
}

// streamPacks tells the same of one member. Its beginning is enough, unless it is an archive itself.
func streamPacks(r io.Reader, depth int) bool {
	head, err := io.ReadAll(io.LimitReader(r, beginning))
	if err != nil {
		return true
	}
	c := look(bytes.NewReader(head), int64(len(head)), depth+1)
	if c.media != typeZip && c.media != "application/gzip" {
		return c.image != nil || c.media == typeDICOM || c.packed
	}
	rest, err := io.ReadAll(io.LimitReader(r, mostNested-beginning+1))
	if err != nil || len(rest) > mostNested-beginning {
		return true
	}
	whole := append(head, rest...)
	c = look(bytes.NewReader(whole), int64(len(whole)), depth+1)
	return c.image != nil || c.media == typeDICOM || c.packed
}

// signature is a media type and the bytes by which it is known.
type signature struct {
	at    int
	bytes string
	media string
}

// signatures are looked through from the top.
var signatures = []signature{
	{0, "%PDF-", "application/pdf"},
	{0, "\x89PNG\r\n\x1a\n", "image/png"},
	{0, "\xff\xd8\xff", "image/jpeg"},
	{0, "GIF87a", "image/gif"},
	{0, "GIF89a", "image/gif"},
	{0, "II*\x00", "image/tiff"},
	{0, "MM\x00*", "image/tiff"},
	{8, "WEBP", "image/webp"},
	{4, "ftyphei", "image/heic"},
	{4, "ftypmif1", "image/heic"},
	{4, "ftypavif", "image/avif"},
	{4, "ftypM4A", "audio/mp4"},
	{4, "ftyp", "video/mp4"},
	{0, "\x1a\x45\xdf\xa3", "video/webm"},
	{8, "AVI ", "video/x-msvideo"},
	{8, "WAVE", "audio/wav"},
	{0, "ID3", "audio/mpeg"},
	{0, "age-encryption.org/v1\n", typeAge},
	{0, "PK\x03\x04", typeZip},
	{0, "\x1f\x8b", "application/gzip"},
	{257, "ustar", "application/x-tar"},
	{0, "7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"},
	{0, "Rar!\x1a\x07", "application/vnd.rar"},
	{0, "\xfd7zXZ\x00", "application/x-xz"},
	{0, "BZh", "application/x-bzip2"},
	{0, "\x28\xb5\x2f\xfd", "application/zstd"},
	{32769, "CD001", "application/x-iso9660-image"},
}

func signatureOf(head []byte) string {
	for _, s := range signatures {
		if len(head) >= s.at && bytes.HasPrefix(head[s.at:], []byte(s.bytes)) {
			return s.media
		}
	}
	return ""
}

// mediaType is the type of a file: what its bytes tell, and only where they do not, what was said of it. Documents of offices are ZIP files, and more than that.
func (c content) mediaType(said string) string {
	said, _, err := mime.ParseMediaType(said)
	document := c.media == typeZip && strings.HasPrefix(said, "application/vnd.")
	switch {
	case err == nil && document:
		return said
	case c.media != "":
		return c.media
	case err != nil || said == typeDICOM || said == typeAge || said == typeZip || said == "application/pdf":
		return typeBytes
	}
	return said
}
