// Package ledger keeps threads of signed entries: the one idea that the rest of Consilium is built on.
//
// A thread is a unit of sharing (a case, a visit, a study, a course, a directory). An entry is one thing that was said in
// it by one person for whom one hospital vouches. Entries are signed, chained by hash and never changed; whoever holds the
// same entries of a thread reads the same [Log] from them, in the same order, on every node. FORMAT.md beside this file is
// the format byte by byte.
//
// The way in is [Book.Append] (said here) and [Book.Receive] (said elsewhere); the way out is [Book.Log], from which every
// other room folds what it needs. The pure part of the package ([Thread], [Log]) needs neither database nor clock.
package ledger
