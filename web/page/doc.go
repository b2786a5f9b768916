// Package page has no pages of its own: each folder in it is one group of pages, about one matter, and no group imports another. A group is a function Pages that
// lists its addresses on one screen and what it adds to what all share: the main menu, the tabs of Settings, the side of a case's page, Today.
//
// A handler reads the form, asks one room, and shows the result. How things look is package ui's, the frame around a page is package face's, who may do what is
// access's. The tests here open all groups together, in a browser's way.
package page
