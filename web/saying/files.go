package saying

import (
	"slices"
	"strings"

	"consilium/access"
	"consilium/ledger"
	"consilium/web/face"
	"consilium/web/saying/attach"
)

// maxFiles is how many files one entry can hold.
const maxFiles = ledger.MaxBlobs

// TakeFiles puts the files of a form on disk: those that came with it, and those that came with an earlier try.
func (e *Form) TakeFiles() error {
	e.takeKept()
	if e.Q.MultipartForm == nil || !e.Kind.Attach {
		return nil
	}
	for name, headers := range e.Q.MultipartForm.File {
		variable, _ := strings.CutPrefix(name, "v.")
		if variable == name {
			variable = ""
		}
		for _, h := range headers {
			if h.Size == 0 && h.Filename == "" {
				continue
			}
			if len(e.blobs) == maxFiles {
				e.Fault("_files", "case.fault.toomany")
				return nil
			}
			ref, err := attach.Put(e.Q, h, face.MaxUpload)
			if err != nil {
				return err
			}
			ref.Scope = e.scopeOf(ref)
			e.keep(attach.File{Ref: ref, Variable: variable})
		}
	}
	return nil
}

// takeKept takes the files that came with an earlier try, or that the draft speaks of.
func (e *Form) takeKept() {
	for _, token := range e.In[attach.Field] {
		if k, ok := attach.Open(e.Q, token); ok {
			e.keep(k)
		}
	}
}

// scopeOf is the consent that a file needs to leave: what its kind says, and otherwise by what it is. A signed paper names the patient.
func (e *Form) scopeOf(ref ledger.BlobRef) string {
	switch {
	case e.Kind.Scope != "":
		return e.Kind.Scope
	case slices.Contains(e.In["holds"], "consent"):
		return string(access.Identity)
	case strings.HasPrefix(ref.Type, "video/"), strings.HasPrefix(ref.Type, "audio/"):
		return string(access.Recording)
	case strings.HasPrefix(ref.Type, "image/"), ref.Type == attach.TypeDICOM:
		return string(access.Images)
	}
	return ""
}

func (e *Form) keep(k attach.File) {
	if slices.ContainsFunc(e.blobs, func(b ledger.BlobRef) bool { return b.Hash == k.Ref.Hash }) {
		return
	}
	e.blobs = append(e.blobs, k.Ref)
	if k.Variable != "" {
		e.Media[k.Variable] = append(e.Media[k.Variable], k.Ref.Hash.String())
	}
}

// keptFiles are the files so far, as hidden fields that nobody else can make: a hash alone gives no right to a file.
func (e *Form) keptFiles() (list []string) {
	of := map[string]string{}
	for variable, hashes := range e.Media {
		for _, h := range hashes {
			of[h] = variable
		}
	}
	for _, b := range e.blobs {
		list = append(list, attach.File{Ref: b, Variable: of[b.Hash.String()]}.Token(e.Q))
	}
	return list
}
