// Package saying is the forms with which something is said in a thread: how the fields that a kind declares (package record) are read, shown and filled in again for a
// correction, and which of them are offered now. The pages that use them are in web/page/say and web/page/cases.
package saying
