// Package casebook says what can be said about a case, what each saying may follow, and what all of it amounts to.
//
// Every kind of entry of a case is declared in one place beside its body (package record): its name, what its body must have, the rule that what was
// said before must satisfy, who may say it, its step in the fold and its words. kinds.go lists them; nothing else has to change to add one.
// KINDS.md lists them with an example body each.
//
// [Fold] reads a thread and gives a [Case]: a pure value that depends on the entries alone, not on the clock, the database, the
// order in which entries came, or a pathway pack. [Projection] keeps what lists need of it in tables; [List], [Tasks] and
// [Relations] read those. Who a patient is stands in tables of its own ([SetIdentity]) which never leave the home hospital.
//
// Decisions:
//
//   - One rule serves both sides. At the writer a mark is an error ([record.Stopped]); at a reader it is a mark on the entry
//     ("operated without a signed plan"), because hiding a fact harms. What a fact says counts whatever its marks; an act that answers
//     another entry (accept, sign, close) and may not do so is shown, marked, and changes nothing.
//   - A reader judges by what stands earlier in folding order, not by what the writer had seen: it is the same at every node and
//     needs no history of who knew what. A mark is not an accusation; the page shows the dates.
//   - Form values are checked by the pack for the writer only. A reader without the pack folds the same case. What the effect needs
//     of a pack (when follow-ups are due) is written into the operation's entry by [Prepare].
//   - A signature is of the plan's entry. A plan that was amended or retracted afterwards is no longer the one that was signed; a new
//     version is an entry of its own. Two versions that had not seen each other are a dispute: neither can be signed until a version names both.
//   - A signature, an acceptance or a closing has effect by its header alone, so erasing its words does not undo it. A signature taken back after
//     the operation does not make the operation unsigned.
//   - Of what a doubted key said (a fork), facts count and are marked; signatures, acceptances, closings and reopenings do not, until they are
//     said again.
//   - A date without a time is noon in Greenwich wherever an instant is needed, so that it is the same day in nearly every zone.
//   - A case that was opened from a hospital's own history ([Opened.History]) may hold operations without a plan: they were done before.
package casebook
