// Package saying is the forms with which something is said about a case: which fields a kind of entry has, how they are read, shown and filled in again for a
// correction, and what the form adds by itself. The pages that use them are in web/page/say and web/page/cases.
package saying
