// Package record is the engine of what can be said: in a case, on a visit, in every thread that this program knows.
//
// A room that folds a kind of thread declares it as a [Thread]: which kinds of entries it has, and the state that they amount to. Each kind is
// one value ([Declare]): the body that it says, who may say it and as which [Act], the rule that what was said before must satisfy, its step in
// the fold, and its words. Nothing else has to change to add one.
//
// The engine does with every kind what must never differ between rooms. It stops a writer ([Stopped], [Unfit]) and marks the same thing at a
// reader ([Mark]); it decides what an entry that is late, doubted, erased, taken back or not in form still does; it follows corrections and
// custody; it writes the timeline ([Item]) and says who is to do what by when ([Task]).
//
// Promises: a fold depends on the entries alone, not on the clock, the database, the order in which entries came, or a pathway pack. A rule serves
// both sides: at the writer a mark is an error, at a reader it stands beside the entry, because hiding a fact harms.
//
// Who may say something is decided in package access, order and standing of entries in package ledger, pages and the API in package web.
package record
