package face

import (
	"encoding/csv"
	"strings"
)

// SendTable answers with a CSV that a spreadsheet reads as UTF-8. A cell that a spreadsheet would take for a formula is text.
func (q *Request) SendTable(name string, head []string, rows [][]string) error {
	h := q.W.Header()
	h.Set("Content-Type", "text/csv; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="`+name+`"`)
	if _, err := q.W.Write([]byte("\ufeff")); err != nil {
		return err
	}
	w := csv.NewWriter(q.W)
	if err := w.Write(head); err != nil {
		return err
	}
	for _, row := range rows {
		for i, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				row[i] = "'" + cell
			}
		}
		if err := w.Write(row); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}
