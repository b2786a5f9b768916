// Package waiver keeps the waivers of consent of a hospital: by which word of an ethics committee rows of patients who were never asked may be used, for which pathway, for what, and until when.
//
// Each waiver is a thread of its own that never leaves the hospital. It is granted and revoked by who answers for the patients, in signed entries that nobody corrects afterwards;
// a researcher chooses among those in force and makes none. Which rows a waiver opens is for package registry to say, and who may see it for package access.
package waiver
