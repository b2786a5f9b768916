package node

import (
	"context"
	"io/fs"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/jobs"
	"consilium/ledger"
	"consilium/node/command"
	"consilium/outreach"
	"consilium/record"
	"consilium/web/api"
	casesapi "consilium/web/api/cases"
	erasuresapi "consilium/web/api/erasures"
	filesapi "consilium/web/api/files"
	hospitalapi "consilium/web/api/hospital"
	importsapi "consilium/web/api/imports"
	networkapi "consilium/web/api/partners"
	staffapi "consilium/web/api/staff"
	visitsapi "consilium/web/api/visits"
	"consilium/web/face"
	"consilium/web/page/cases"
	erasurespage "consilium/web/page/erasures"
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

// Rooms are all that a node can do, one line for each. Their order is the order of the main menu, of the tabs of Settings and of the lists on Today.
func Rooms() []Room {
	return []Room{
		{Name: "today", Pages: []face.Pages{today.Pages()}},
		caseRoom(),
		historyRoom(),
		visitRoom(),
		registryRoom(),
		studyRoom(),
		{Name: "network", Pages: []face.Pages{partners.Pages()}, Operations: []func(*api.API){networkapi.Operations},
			Commands: []any{&command.Network{}}},
		peopleRoom(),
		{Name: "packs", Pages: []face.Pages{packs.Pages()}, Commands: []any{&command.Packs{}}},
		imageRoom(),
		{Name: "files", Operations: []func(*api.API){filesapi.Operations}},
		{Name: "upkeep", Needs: []string{"cases", "history"}, Pages: []face.Pages{upkeep.Pages()}, Operations: []func(*api.API){hospitalapi.Operations},
			Commands: []any{&command.Upkeep{}, &command.Load{}}},
		{Name: "statistics", Commands: []any{&command.Statistics{}}},
		labRoom(),
	}
}

// caseRoom is cases: what is said of them, shown, and asked by programs.
func caseRoom() Room {
	return Room{
		Name:        "cases",
		Threads:     []func(casebook.Packs) *record.Talk{casebook.Talk},
		Projections: []ledger.Projection{casebook.Projection()},
		Migrations:  []fs.FS{casebook.Migrations},
		Rules:       []Rule{{casebook.KindQuery, func(d *desk.Desk) access.Rule { return casebook.QueriesVariable(d.Packs) }}},
		Doubts: []Doubt{
			{casebook.Judged(), func(d *desk.Desk) casebook.Doubter { return casebook.Dates(d.Book, d.Now) }},
			{casebook.Confirms, func(d *desk.Desk) casebook.Doubter { return casebook.OddAnswers(d.Book, d.Packs) }},
		},
		Pages:      []face.Pages{cases.Pages(), say.Pages(), members.Pages(), erasurespage.Pages()},
		Operations: []func(*api.API){casesapi.Operations, erasuresapi.Operations},
		Commands:   []any{&command.Cases{}},
	}
}

// historyRoom takes over what a hospital recorded before it had the program.
func historyRoom() Room {
	return Room{
		Name:       "history",
		Needs:      []string{"cases"},
		Jobs:       []Job{{desk.ImportJob, func(d *desk.Desk) jobs.Worker { return d.Import }}},
		Operations: []func(*api.API){importsapi.Operations},
		Commands:   []any{&command.History{}},
	}
}

// visitRoom is experts' visits. Who is there on a visit stands to its cases, and operates by the privilege that the visit gave.
func visitRoom() Room {
	return Room{
		Name:        "visits",
		Needs:       []string{"cases"},
		Threads:     []func(casebook.Packs) *record.Talk{func(casebook.Packs) *record.Talk { return outreach.Talk() }},
		Projections: []ledger.Projection{outreach.Projection()},
		Relations:   []Relations{{"case", outreach.CaseRelations}},
		Doubts: []Doubt{
			{[]string{casebook.KindOperation}, func(d *desk.Desk) casebook.Doubter {
				return outreach.Theater{Own: d.ID, Book: d.Book, Packs: d.Packs, Now: d.Now}.Operators
			}},
			{[]string{casebook.KindScheduled}, func(d *desk.Desk) casebook.Doubter { return outreach.SchedulesInVisit(d.Book) }},
		},
		Pages:      []face.Pages{visits.Pages()},
		Operations: []func(*api.API){visitsapi.Operations},
	}
}

// peopleRoom is signing in, and the people of the hospital with their privileges.
func peopleRoom() Room {
	return Room{
		Name:       "people",
		Pages:      []face.Pages{signin.Pages(), settings.Pages()},
		Operations: []func(*api.API){staffapi.Operations},
		Commands:   []any{&command.People{}},
		Run:        []func(context.Context, *desk.Desk) error{sweep},
	}
}
