package page

import (
	"slices"
	"testing"

	"consilium/casebook"
	"consilium/outreach"
	"consilium/record"
	"consilium/registry/waiver"
	"consilium/study"
	"consilium/web/face"
)

// components are where the kinds of entries that have a page or dialog of their own are said.
var components = map[string]string{
	"open": "GET /cases/new", "refer": "GET /cases/{id}/refer", "sign": "GET /cases/{id}/say/{kind}", "images": "GET /cases/{id}/images", "lab": "GET /cases/{id}/lab",
	"invitation": "GET /visits/new", "grants": "GET /visits/{id}/say/{kind}", "protocol": "GET /studies/new", "waivers": "GET /registry/{pathway}/waivers",
}

// TestEveryComponentIsThere: what a declaration leaves to a page of its own is said on a page that is there.
func TestEveryComponentIsThere(t *testing.T) {
	w := newWard(t)
	site, err := face.New(t.Context(), w.desk, groups()...)
	if err != nil {
		t.Fatal(err)
	}
	for _, talk := range []*record.Talk{casebook.Talk(nil), outreach.Talk(), study.Talk(), waiver.Talk()} {
		for _, k := range talk.Kinds {
			there := slices.ContainsFunc(site.Routes(), func(r face.Route) bool { return r.Pattern == components[k.Component] })
			if k.Component != "" && k.Component != record.ByNode && !there {
				t.Errorf("%s is said with the component %q, which no page has", k.Name, k.Component)
			}
		}
	}
}
