package study

import (
	"slices"
	"strings"
	"testing"

	"consilium/pathway"
	"consilium/registry"
	"consilium/study/protocol"
)

// Every pack's template is a protocol without a mistake, in which each column is one of the registry's and each level one of that column's codes.
func TestTheTemplateIsMadeOfTheRegistrysOwnColumns(t *testing.T) {
	tried := 0
	for _, pack := range pathway.Shipped() {
		if pack.ID == "core" {
			continue
		}
		tried++
		p, err := protocol.Parse([]byte(Template(pack)), pack.ID)
		if err != nil {
			t.Errorf("%v\n%s", err, Template(pack))
			continue
		}
		columns := map[string]registry.Column{}
		for _, c := range registry.Columns(pack) {
			columns[c.Name] = c
		}
		v := p.Variable("technique")
		name := v.Value.Text
		if name == "" {
			name = v.Name
		}
		column, there := columns[name]
		for _, l := range v.Levels {
			known := slices.ContainsFunc(column.Choices, func(c registry.Choice) bool { return c.Code == l })
			if !there || len(column.Choices) > 0 && !known {
				t.Errorf("%s: %s has no code %q in the column %s", pack.ID, v.Name, l, name)
			}
			if !strings.Contains(Template(pack), l+" (") {
				t.Errorf("%s: the code %s stands without its name", pack.ID, l)
			}
		}
		for _, word := range []string{"age_at_opening", "sex_recorded", "guidance", "operator_case", "complications"} {
			if _, ok := columns[word]; !ok {
				t.Errorf("%s: the registry has no column %s", pack.ID, word)
			}
		}
		if len(p.Prose.Limits) > 0 || p.Privacy.MinPatients != protocol.DefaultMinPatients {
			t.Errorf("%s: %+v", pack.ID, p.Privacy)
		}
	}
	for id, levels := range map[string]string{"hfs-mvd": "levels: [microscopic, fully_endoscopic]", "hip-replacement": "levels: [posterior, daa]", "pelvic-abdominal-tumor": "levels: [interval, primary]"} {
		if i := slices.IndexFunc(pathway.Shipped(), func(p *pathway.Pack) bool { return p.ID == id }); i < 0 || !strings.Contains(Template(pathway.Shipped()[i]), levels) {
			t.Errorf("%s does not compare %s", id, levels)
		}
	}
	if tried < 5 {
		t.Errorf("%d packs were tried", tried)
	}
}
