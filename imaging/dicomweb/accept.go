package dicomweb

import (
	"mime"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// mediaRange is one thing that a client accepts (RFC 9110 section 12.5.1, PS3.18 section 8.7).
type mediaRange struct {
	kind     string  // multipart/related, application/dicom+json, …
	part     string  // the type parameter of multipart/related
	transfer string  // transfer-syntax; "" is not said, "*" is whatever it is kept in
	quality  float64 // 0 to 1
}

// accepts reads what a client accepts, best first. A request that says nothing accepts everything. The query parameter accept counts instead of the
// header (PS3.18 section 8.3.3.1).
func accepts(r *http.Request) ([]mediaRange, error) {
	text := strings.Join(r.Header.Values("Accept"), ",")
	if p := r.URL.Query().Get("accept"); p != "" {
		text = p
	}
	if strings.TrimSpace(text) == "" {
		return []mediaRange{{kind: "*/*", quality: 1}}, nil
	}
	var list []mediaRange
	for _, one := range splitQuoted(text) {
		if strings.TrimSpace(one) == "" {
			continue
		}
		kind, params, err := mime.ParseMediaType(withQuotes(one))
		if err != nil {
			return nil, &problem{http.StatusBadRequest, "the Accept header cannot be read"}
		}
		m := mediaRange{kind: kind, part: strings.ToLower(params["type"]), transfer: params["transfer-syntax"], quality: 1}
		if q, err := strconv.ParseFloat(params["q"], 64); err == nil {
			m.quality = q
		}
		if m.quality > 0 {
			list = append(list, m)
		}
	}
	slices.SortStableFunc(list, func(a, b mediaRange) int {
		switch {
		case a.quality > b.quality:
			return -1
		case a.quality < b.quality:
			return 1
		}
		return 0
	})
	return list, nil
}

// splitQuoted splits at the commas that stand outside of quotes.
func splitQuoted(s string) []string {
	var parts []string
	quoted, begin := false, 0
	for i, c := range s {
		switch {
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			parts, begin = append(parts, s[begin:i]), i+1
		}
	}
	return append(parts, s[begin:])
}

// withQuotes puts quotes around parameters that contain a slash or an asterisk, which many clients leave away though RFC 9110 asks for them.
func withQuotes(s string) string {
	pieces := strings.Split(s, ";")
	for i, p := range pieces[1:] {
		name, value, ok := strings.Cut(p, "=")
		if ok && !strings.HasPrefix(strings.TrimSpace(value), `"`) && strings.ContainsAny(value, "/*") {
			pieces[i+1] = name + `="` + strings.TrimSpace(value) + `"`
		}
	}
	return strings.Join(pieces, ";")
}

// covers reports whether a range with wildcards contains a type.
func covers(pattern, kind string) bool {
	if pattern == "*/*" || pattern == kind {
		return true
	}
	major, minor, _ := strings.Cut(pattern, "/")
	return minor == "*" && strings.HasPrefix(kind, major+"/")
}

// acceptsJSON reports whether metadata may be answered, and under which type.
func acceptsJSON(r *http.Request) (string, error) {
	list, err := accepts(r)
	if err != nil {
		return "", err
	}
	for _, m := range list {
		for _, kind := range []string{"application/dicom+json", "application/json"} {
			if covers(m.kind, kind) {
				return kind, nil
			}
		}
	}
	return "", notAcceptable("application/dicom+json")
}

func notAcceptable(offered ...string) error {
	return &problem{http.StatusNotAcceptable, "none of the accepted media types is available; offered: " + strings.Join(offered, ", ")}
}
