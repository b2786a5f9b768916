// Package demo is four invented hospitals in one process, and four stories played between them.
//
// Each hospital is a real node with its own folder, keys, database, ports and people; they talk mutual TLS on loopback. The stories speak through
// the JSON API with bearer tokens, as people's own programs do, and are the end-to-end tests of the whole program at once.
//
// The women's hospital of the second story is a campus of Western University Hospital. The stories lie in the past: all four nodes share a clock
// that is set forward with the story and shows the real time at its end, so that entries carry the dates on which they would have been written.
package demo
