package export

import (
	"io"
	"strings"

	"consilium/lang"
	"consilium/registry"
)

// NumberColumn is the last column of everything that leaves: in each row the number of its export, as it stands in the hospital's log. CSV and REDCap have no other place for a mark that stays
// with the rows when the files beside them are lost.
func NumberColumn() registry.Column {
	return registry.Column{Name: "export_number", Kind: registry.Text, Label: lang.Phrase("registry.column.export_number", nil), Definition: lang.Phrase("registry.defined.export_number", nil)}
}

// Readme says in both languages what the archive is, who took it out, and what is in it.
func Readme(out io.Writer, t *Table) error {
	args := map[string]any{"mark": t.Mark, "number": t.Number, "rows": t.Rows, "patients": t.Patients, "columns": len(t.Columns), "waiver": t.Waiver}
	var b strings.Builder
	for _, l := range []lang.Language{lang.English, lang.Chinese} {
		b.WriteString(t.Title.In(l) + "\n\n")
		keys := []string{"mark", "extent", "agreed", "number", "care"}
		if t.Waiver != "" {
			keys[2] = "waived"
		}
		for _, key := range keys {
			b.WriteString(lang.Phrase("registry.readme."+key, args).In(l) + "\n")
		}
		b.WriteString("\n")
	}
	_, err := io.WriteString(out, b.String())
	return err
}
