// Package partners shows the network: partner hospitals, how their links are, invitations.
package partners

import "consilium/web/face"

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	return face.Pages{Routes: routes, Work: partnerWork, Nav: []face.NavItem{{Key: "network", URL: "/network"}}}
}

func routes(s *face.Site) {
	s.Handle("GET /network", networkPage)
	s.Handle("GET /network/{hospital}", partnerPage)
	s.Handle("POST /network/partners", addPartner)
	s.Handle("POST /network/invite", invite)
	s.Handle("POST /network/accept", acceptCode)
	s.Handle("POST /network/call", callPartners)
	s.Handle("POST /network/{hospital}/accept", acceptCaller)
	s.Handle("POST /network/{hospital}/ignore", ignoreCaller)
	s.Handle("POST /network/{hospital}/block", blockPartner)
	s.Handle("POST /network/{hospital}/remove", removePartner)
}
