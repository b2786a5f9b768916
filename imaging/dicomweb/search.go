package dicomweb

import (
	"bufio"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"consilium/imaging/archive"
	"consilium/imaging/dicom"
	"consilium/imaging/dicomjson"
)

// usual are the attributes that each level answers with when nobody asks for others (PS3.18 tables 10.6.3-3 to -5).
var usual = map[archive.Level][]dicom.Tag{
	archive.Studies: {dicom.SpecificCharacterSet, dicom.StudyDate, dicom.StudyTime, dicom.AccessionNumber, archive.InstanceAvailability, archive.ModalitiesInStudy,
		archive.ReferringPhysicianName, dicom.StudyDescription, dicom.PatientName, dicom.PatientID, dicom.PatientBirthDate, dicom.PatientSex,
		dicom.StudyInstanceUID, dicom.StudyID, archive.NumberOfStudyRelatedSeries, archive.NumberOfStudyRelatedInstance},
	archive.Series: {dicom.SpecificCharacterSet, dicom.Modality, dicom.SeriesDate, dicom.SeriesDescription, dicom.BodyPartExamined, dicom.StudyInstanceUID,
		dicom.SeriesInstanceUID, dicom.SeriesNumber, archive.NumberOfSeriesRelated, archive.PerformedProcedureStepDate, archive.PerformedProcedureStepTime, 0x00400275},
	archive.Instances: {dicom.SpecificCharacterSet, dicom.SOPClassUID, dicom.SOPInstanceUID, archive.InstanceAvailability, dicom.StudyInstanceUID,
		dicom.SeriesInstanceUID, dicom.InstanceNumber, dicom.Rows, dicom.Columns, dicom.BitsAllocated, dicom.NumberOfFrames, archive.AvailableTransferSyntaxUID},
}

// query is a search as its address says it.
type query struct {
	archive.Search
	include  []dicom.Tag
	all      bool // includefield=all
	warnings []string
}

// search is QIDO-RS at one level.
func (s *Server) search(level archive.Level) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		kind, err := acceptsJSON(r)
		if err != nil {
			return err
		}
		q, err := readQuery(r, level)
		if err != nil {
			return err
		}
		return s.found(w, r, q, kind)
	}
}

// found streams the answers. Nothing is sent before the first one, so that what is wrong can still be told.
func (s *Server) found(w http.ResponseWriter, r *http.Request, q *query, kind string) error {
	for _, text := range q.warnings {
		w.Header().Add("Warning", `299 `+r.Host+` "`+text+`"`)
	}
	include := q.included(r)
	base := s.base(r)
	out := bufio.NewWriterSize(w, 32<<10)
	var buffer []byte
	n := 0
	err := s.Archive.Search(r.Context(), q.Search, func(f *archive.Found) error {
		d, err := f.Dataset()
		if err != nil {
			return err
		}
		buffer = append(buffer[:0], ',')
		if n == 0 {
			w.Header().Set("Content-Type", kind)
			buffer[0] = '['
		}
		buffer = dicomjson.Append(buffer, q.part(d, f, include, base), nil)
		n++
		_, err = out.Write(buffer)
		return err
	})
	if err != nil {
		return err
	}
	if n == 0 {
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if err := out.WriteByte(']'); err != nil {
		return err
	}
	return out.Flush()
}

// included are the attributes that an answer has: those of its level, those of the levels above that the address did not name, and those asked for.
func (q *query) included(r *http.Request) map[dicom.Tag]bool {
	set := map[dicom.Tag]bool{archive.RetrieveURL: true}
	for level := archive.Studies; level <= q.Level; level++ {
		named := level == archive.Studies && r.PathValue("study") != "" || level == archive.Series && r.PathValue("series") != ""
		if level < q.Level && named {
			continue
		}
		for _, t := range usual[level] {
			set[t] = true
		}
	}
	for _, t := range q.include {
		set[t] = true
	}
	for _, m := range q.Match {
		set[m.Tag] = true
	}
	return set
}

// part is an answer cut down to what was asked for.
func (q *query) part(d *dicom.Dataset, f *archive.Found, include map[dicom.Tag]bool, base string) *dicom.Dataset {
	if !q.all {
		d.Elements = slices.DeleteFunc(d.Elements, func(e dicom.Element) bool { return !include[e.Tag] })
	}
	address := base + "/studies/" + f.Study
	if f.Series != "" {
		address += "/series/" + f.Series
	}
	if f.UID != "" {
		address += "/instances/" + f.UID
	}
	d.SetString(archive.RetrieveURL, address)
	return d
}

// readQuery reads the parameters of a search (PS3.18 section 8.3.4).
func readQuery(r *http.Request, level archive.Level) (*query, error) {
	params, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, &problem{http.StatusBadRequest, "the query cannot be read"}
	}
	q := &query{Search: archive.Search{Level: level}}
	for _, p := range []struct {
		name string
		tag  dicom.Tag
	}{{"study", dicom.StudyInstanceUID}, {"series", dicom.SeriesInstanceUID}} {
		if uid := r.PathValue(p.name); uid != "" {
			q.Match = append(q.Match, archive.Match{Tag: p.tag, Values: []string{uid}})
		}
	}
	for name, values := range params {
		if err := q.parameter(name, values); err != nil {
			return nil, err
		}
	}
	return q, nil
}

func (q *query) parameter(name string, values []string) (err error) {
	switch strings.ToLower(name) {
	case "limit":
		q.Limit, err = whole(name, values)
		if err == nil && q.Limit == 0 {
			err = &problem{http.StatusBadRequest, "limit must be at least 1"}
		}
		return err
	case "offset":
		q.Offset, err = whole(name, values)
		return err
	case "includefield":
		return q.includes(values)
	case "fuzzymatching":
		if slices.ContainsFunc(values, func(v string) bool { return strings.EqualFold(v, "true") }) {
			q.warnings = append(q.warnings, "The fuzzymatching parameter is not supported. Only literal matching has been performed.")
		}
		return nil
	case "accept", "charset", "emptyvaluematching", "multiplevaluematching", "includeprivate":
		return nil
	}
	tag, ok := dicom.ParseTag(name)
	if !ok && strings.Contains(name, ".") {
		q.warnings = append(q.warnings, "Attributes of sequences are not matched: "+quotable(name))
		return nil
	}
	if !ok {
		return &problem{http.StatusBadRequest, fmt.Sprintf("%q is neither a parameter nor an attribute", name)}
	}
	if !archive.Searchable(q.Level, tag) {
		q.warnings = append(q.warnings, "This attribute is not matched: "+quotable(name))
		return nil
	}
	q.Match = append(q.Match, archive.Match{Tag: tag, Values: separate(tag, values)})
	return nil
}

// quotable keeps what may stand in the quotes of a header.
func quotable(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '"' || r == '\\' {
			return '?'
		}
		return r
	}, s)
}

// separate splits lists: UIDs and modalities may be several, with commas or backslashes between them.
func separate(tag dicom.Tag, values []string) []string {
	e, _ := dicom.Lookup(tag)
	if e.VR != dicom.UI && e.VR != dicom.CS {
		return values
	}
	var all []string
	for _, v := range values {
		all = append(all, strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == '\\' })...)
	}
	return all
}

func whole(name string, values []string) (int, error) {
	n, err := strconv.Atoi(values[len(values)-1])
	if err != nil || n < 0 {
		return 0, &problem{http.StatusBadRequest, name + " must be a whole number"}
	}
	return n, nil
}

// path tells an attribute of a sequence by the attributes that lead to it, with points between (PS3.18 section 8.3.4.1).
func path(name string) (quoted string, ok bool) {
	for part := range strings.SplitSeq(name, ".") {
		if _, ok := dicom.ParseTag(part); !ok {
			return "", false
		}
	}
	return quotable(name), strings.Contains(name, ".")
}

func (q *query) includes(values []string) error {
	for _, v := range values {
		for name := range strings.SplitSeq(v, ",") {
			if name == "all" {
				q.all = true
				continue
			}
			tag, ok := dicom.ParseTag(name)
			if path, ok := path(name); ok {
				q.warnings = append(q.warnings, "Attributes of sequences are not added by themselves: "+path)
				continue
			}
			if !ok {
				return &problem{http.StatusBadRequest, fmt.Sprintf("includefield: %q is no attribute", name)}
			}
			q.include = append(q.include, tag)
		}
	}
	return nil
}
