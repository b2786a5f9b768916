package saying

import (
	"consilium/pathway"
	"consilium/web/face"
)

// Pathways are the packs that a case can be opened with.
func Pathways(q *face.Request) []*pathway.Pack {
	newest := map[string]bool{}
	var list []*pathway.Pack
	for _, p := range q.Desk.AllPacks() {
		if !p.Abstract && !newest[p.ID] {
			newest[p.ID] = true
			list = append(list, q.Desk.Packs(p.ID, ""))
		}
	}
	return list
}
