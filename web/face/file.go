package face

import (
	"mime"
	"net/http"
	"slices"
	"time"

	"consilium/desk"
	"consilium/ledger"
)

// ServeFile answers with a file that a caller may see. Types that a browser may show by itself are shown; all others are saved, so that nothing that somebody
// attached runs as a page of ours.
func ServeFile(d *desk.Desk, w http.ResponseWriter, r *http.Request, caller desk.Caller, hash ledger.Hash) error {
	file, err := d.File(r.Context(), caller, hash)
	if err != nil {
		return err
	}
	defer file.Close()
	h := w.Header()
	h.Set("Content-Type", safeType(file.Type))
	h.Set("Content-Security-Policy", "default-src 'none'; sandbox")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("ETag", `"`+hash.String()+`"`)
	h.Set("Cache-Control", "private, no-cache")
	disposition := "attachment"
	if slices.Contains(shownTypes, file.Type) {
		disposition = "inline"
	}
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": file.Label}))
	http.ServeContent(w, r, "", time.Time{}, file)
	return nil
}

// shownTypes are those that a browser may show by itself: none of them can hold a script.
var shownTypes = []string{"image/png", "image/jpeg", "image/gif", "image/webp", "video/mp4", "video/webm", "text/plain"}

func safeType(t string) string {
	if slices.Contains(shownTypes, t) || t == "application/dicom" || t == "application/pdf" {
		return t
	}
	return "application/octet-stream"
}

// ServeJobFile gives the file that an import made to who may read what the import says, under the name that a person saves it by.
func ServeJobFile(d *desk.Desk, w http.ResponseWriter, r *http.Request, caller desk.Caller, id int64) error {
	f, content, err := d.JobFile(r.Context(), caller, id)
	if err != nil {
		return err
	}
	defer content.Close()
	w.Header().Set("Content-Type", f.Type)
	w.Header().Set("Content-Disposition", `attachment; filename="`+f.Name+`"`)
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}
