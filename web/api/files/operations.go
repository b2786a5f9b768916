// Package files takes files and gives them. It speaks bytes rather than JSON: a file is never held in memory.
package files

import (
	"consilium/desk"
	"consilium/web/api"
)

// operations are done on behalf of whoever calls the API.
type operations struct{ *api.API }

// Operations are everything of this group.
func Operations(s *api.API) {
	a := operations{s}
	s.Stream("POST", "/blobs", desk.ScopeWrite, "Keep a file, to attach it to an entry afterwards. The request's body is the file.", a.putBlob)
	s.Stream("GET", "/blobs/{sha256}", desk.ScopeRead, "Get a file that is attached to a thread which the caller may see", a.getBlob)
	api.Add(s, "POST", "/cases/{id}/images", desk.ScopeWrite, "File images in a case: de-identified, packed, with what their header says. A job.", a.fileImages)
	api.Add(s, "DELETE", "/archive/studies/{study}", desk.ScopeAdminister, "Destroy a study of the hospital's own archive", a.eraseStudy)
	api.Add(s, "GET", "/cases/{id}/images", desk.ScopeRead, "The jobs that filed images in a case, and what they refused", a.listFilings)
}
