// Package nodetest runs several hospitals in one process for tests: real nodes with their own folders, keys, databases, listeners and staff, and
// links between them that a test cuts and joins. What people do goes through the JSON API with their own tokens, as it does from outside.
package nodetest
