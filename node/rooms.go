package node

import (
	"consilium/web/face"
	"consilium/web/page/cases"
	"consilium/web/page/members"
	"consilium/web/page/packs"
	"consilium/web/page/partners"
	"consilium/web/page/say"
	"consilium/web/page/settings"
	"consilium/web/page/signin"
	"consilium/web/page/today"
	"consilium/web/page/upkeep"
	"consilium/web/page/visits"
)

// pages are the groups of pages, in the order of the main menu and of Settings.
func pages() []face.Pages {
	return []face.Pages{today.Pages(), cases.Pages(), say.Pages(), members.Pages(), visits.Pages(), partners.Pages(), signin.Pages(), settings.Pages(), packs.Pages(), upkeep.Pages()}
}
