package face

import (
	"consilium/figure"
	"consilium/web/ui"
)

// FigureTable shows the rows of a figure under a caption; words: all columns hold words, else all but the first hold numbers.
func FigureTable(caption string, rows figure.Table, words bool) ui.TableView {
	t := ui.TableView{Caption: caption}
	for i, head := range rows.Head {
		t.Columns = append(t.Columns, ui.Column{Label: head, Numeric: i > 0 && !words})
	}
	for _, row := range rows.Rows {
		var cells []ui.Cell
		for _, text := range row {
			cells = append(cells, ui.Cell{Text: text})
		}
		t.Rows = append(t.Rows, ui.TableRow{Cells: cells})
	}
	return t
}
