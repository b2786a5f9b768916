package api

import (
	"cmp"
	"slices"
)

// PageIn asks for a page of a list.
type PageIn struct {
	After string `query:"after" doc:"The next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" doc:"At most so many, in an order that nothing changes; left out: all of them"`
}

// PageOf is the page of a list that is asked for. Pages go by a name of each item that never changes, so nothing is lost and nothing comes twice while the list does.
func PageOf[A, B any](list []A, in PageIn, name func(A) string, view func(A) B) Items[B] {
	if in.After == "" && in.Limit == 0 {
		return Items[B]{Items: Each(list, view)}
	}
	list = slices.DeleteFunc(slices.Clone(list), func(a A) bool { return name(a) <= in.After })
	slices.SortFunc(list, func(a, b A) int { return cmp.Compare(name(a), name(b)) })
	if in.Limit == 0 || in.Limit >= len(list) {
		return Items[B]{Items: Each(list, view)}
	}
	return Items[B]{Items: Each(list[:in.Limit], view), Next: name(list[in.Limit-1])}
}
