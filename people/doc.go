// Package people knows who works at one hospital, what they may do there by role and privilege, and whether
// somebody at the door is who they say.
//
// A person is a random id ([ledger.PersonID]) that stands in signed entries for ever; names, roles and credentials stand
// in tables of this hospital and never travel by themselves. Visitors from other hospitals, patients and
// systems have an id and a [Kind] too. A [Task] says who is to do what by when.
//
// What it promises about secrets: passwords are kept as argon2id, session and API tokens as SHA-256 of 256 random bits;
// an unknown user and a wrong password take the same time and give the same answer; attempts are limited per
// username and per address. Secrets come from the system's random source, never from a given one.
//
// Whether a person may see or do something in a thread is decided in package access, from roles, privileges and
// relations. Cookies, pages and addresses of requests belong to package web.
//
// Functions take the transaction, which the caller owns, and the time. Slow hashing stands apart from writing
// ([SignIn.Hash], then [SavePassword]), so that no transaction waits for it.
package people
