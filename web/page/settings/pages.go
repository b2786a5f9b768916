// Package settings shows what somebody keeps about themselves, and to those who may the people of the hospital and their privileges.
package settings

import (
	"consilium/access"
	"consilium/web/face"
)

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	return face.Pages{
		Routes: routes,
		Work:   newsWork,
		Nav:    []face.NavItem{{Key: "settings", URL: "/settings"}},
		Tabs: []face.Tab{{Key: "mine"}, {Key: "people", Show: func(q *face.Request) bool { return q.May(access.ManagePeople) }},
			{Key: "privileges", Show: mayGrant}},
	}
}

func routes(s *face.Site) {
	s.Handle("GET /settings", minePage)
	s.Handle("POST /settings/language", saveLanguage)
	s.Handle("POST /settings/news", readNews)
	s.Handle("POST /settings/deputy", nameDeputy)
	s.Handle("POST /settings/password", changePassword)
	s.Handle("POST /settings/passkeys/{id}/remove", removePasskey)
	s.Handle("POST /settings/sessions/{id}/end", endSession)
	s.Handle("POST /settings/sessions/end", endSessions)
	s.Handle("POST /settings/tokens", makeToken)
	s.Handle("POST /settings/tokens/{id}/revoke", revokeToken)
	s.Handle("GET /settings/people", peoplePage)
	s.Handle("GET /settings/people/new", newPersonPage)
	s.Handle("POST /settings/people/new", addPerson)
	s.Handle("GET /settings/people/{id}", personPage)
	s.Handle("POST /settings/people/{id}", changePerson)
	s.Handle("POST /settings/people/{id}/password", givePassword)
	s.Handle("GET /settings/privileges", privilegesPage)
	s.Handle("GET /settings/privileges/{id}", personPrivilegesPage)
	s.Handle("POST /settings/privileges/{id}", grantPrivilege)
	s.Handle("POST /settings/privileges/{id}/end/{privilege}", endPrivilege)
}
