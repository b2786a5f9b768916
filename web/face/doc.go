// Package face is what the pages and the JSON API have in common in front of the desk: who a request comes from, and how a file is answered.
package face
