// Package lang says things to a reader in the reader's language: English or Simplified Chinese.
//
// It has three parts. A [Text] holds something that was written in both languages, such as the name of a
// scale in a pathway pack. A phrase, asked for with [P], is something that the program says, and stands in
// a file under phrases/. The functions for dates, numbers and durations write values the way each language does.
// What one person wrote is never translated: it does not pass through here.
//
// # Adding phrases
//
// Each room of the program has two files of its own, with the same keys in both:
//
//	phrases/<room>.en.toml
//	phrases/<room>.zh.toml
//
// They are embedded when the program is built; nothing has to be registered. Tables nest, and a key is the path
// with dots, so this is the key "case.sign.button":
//
//	[case.sign]
//	button = "Sign the plan"
//
// Keys begin with the room's name, so that rooms cannot collide. A phrase may have parts that are filled in:
//
//	greeting = "Good morning, {{.name}}"
//
//	lang.P(l, "case.greeting", map[string]any{"name": "Ann"})
//
// A phrase that depends on a count has a table with one and other in English, and other alone in Chinese.
// The argument named count chooses the form; every integer is written with the reader's grouping:
//
//	[case.files]
//	one   = "{{.count}} file"
//	other = "{{.count}} files"
//
// The words id, description, hash, leftdelim, rightdelim, zero, one, two, few, many, other are taken by this
// form and cannot be the last part of a key. A [Text] and a time among the arguments are written in the language too.
//
// A key that is missing, or an argument that was not given, shows the key itself on the page. The tests of this
// package fail when a key stands in one language only, when the two languages take different arguments, or when a key is doubled.
package lang
