// Package registry turns cases that were worked on anyway into rows that a statistician can use: one row for each operation, one column for each variable of the
// pathway and of each follow-up, each missing value with its reason.
//
// Rows are a fold of the case's entries and the pack, kept in a table: a correction, an erasure or a withdrawn consent acts on the row at once. Nothing is typed twice,
// and nothing is typed here. A free text is no column, because it may name somebody; people and cases stand under pseudonyms of this hospital, and days are counted from
// the operation unless the hospital's policy says otherwise.
//
// A [Frame] is rows as somebody may see them; package export writes it for other programs. Who may see which rows is decided in package access; what is computed of them
// is packages stats and study.
package registry
