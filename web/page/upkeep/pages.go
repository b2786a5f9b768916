// Package upkeep is for the node's administrator: how the node is, imports, jobs, backup and proof, what was refused or waits, who read what.
package upkeep

import (
	"consilium/access"
	"consilium/web/face"
)

// Pages are this group's addresses, and what it adds to what all groups share.
func Pages() face.Pages {
	may := func(a access.Action) func(*face.Request) bool { return func(q *face.Request) bool { return q.May(a) } }
	return face.Pages{Routes: routes, Work: healthWork, Tabs: []face.Tab{{Key: "import", Show: may(access.Import)}, {Key: "storage", Show: may(access.Administer)},
		{Key: "entries", Show: may(access.Administer)}, {Key: "log", Show: may(access.ReadAccessLog)}, {Key: "security", Show: may(access.ReadAccessLog)}, {Key: "glass", Show: may(access.ReviewBreak)}}}
}

func routes(s *face.Site) {
	s.Handle("GET /settings/import", importPage)
	s.Handle("POST /settings/import", orderImport)
	s.Handle("GET /settings/import/{job}", jobPage)
	s.Handle("POST /settings/import/{job}/cancel", cancelJob)
	s.Handle("POST /settings/import/{job}/again", importAgain)
	s.Handle("GET /settings/import/{job}/file", refusedFile)
	s.Handle("GET /settings/import-table/{table}", wizardPage)
	s.Handle("POST /settings/import-table/{table}", mapTable)
	s.Handle("GET /settings/storage", storagePage)
	s.Handle("POST /settings/storage/verify", verifyNow)
	s.Handle("POST /settings/storage/backup", backupNow)
	s.Handle("GET /settings/entries", entriesPage)
	s.Handle("GET /settings/log", logPage)
	s.Handle("GET /settings/log.csv", logExport)
	s.Handle("GET /settings/security", securityPage)
	s.Handle("GET /settings/security/{form}", securityExport)
	s.Handle("GET /settings/glass", glassPage)
	s.Handle("POST /settings/glass/{id}", reviewGlass)
}
