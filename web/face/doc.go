// Package face is what all pages have in common: the request and who it comes from, its form and the guard in front of it, the frame around a page, names of people
// and hospitals as the reader reads them, drafts, live notices, faults as pages; and the case as its reader sees it, for the pages about one.
//
// [New] makes the pages of a node out of what its rooms bring ([Pages]). The package promises that no handler runs before the request was guarded: a visitor who has
// not signed in reaches public pages only, and a form that does not come from a page of ours changes nothing. What a page says is the group's own; how it looks is
// package ui's.
package face
