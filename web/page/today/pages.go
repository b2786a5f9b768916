// Package today is the first page: what waits for the reader, as the rooms tell it.
package today

import "consilium/web/face"

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	return face.Pages{
		Routes: func(s *face.Site) { s.Handle("GET /{$}", todayPage) },
		Nav:    []face.NavItem{{Key: "today", URL: "/"}},
	}
}
