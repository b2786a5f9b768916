// Package sheet reads tables as hospitals export them: text in any of the usual encodings, cells between any of the usual separators, some rows short, long or broken.
//
// It promises that every line of the file is accounted for: a row is either given whole, or given with its fault; nothing is passed over but lines in which nothing stands.
// An open quotation mark costs its own line and not the rest of the file. What it guessed, encoding and separator, it says ([Form]); whoever takes
// the table in shows that and asks. What the cells mean is left to others. Quotation follows RFC 4180.
package sheet
