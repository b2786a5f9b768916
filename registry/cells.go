package registry

import (
	"encoding/json"
	"strings"
)

// readCells reads the cells of a row, as they were kept, into the places of their columns; columns that nobody wants are passed over. Most rows are an object of short texts without any escape,
// which is read as it stands, several times as fast as JSON in general; any other is read as that.
func readCells(raw string, place map[string]int, into []Cell) error {
	if plain, err := plainCells(raw, place, into); plain || err != nil {
		return err
	}
	var cells map[string]Cell
	if err := json.Unmarshal([]byte(raw), &cells); err != nil {
		return err
	}
	clear(into)
	for name, c := range cells {
		if at, wanted := place[name]; wanted {
			into[at] = c
		}
	}
	return nil
}

// plainCells reads an object of texts without escapes and spaces; not plain where it is another.
func plainCells(raw string, place map[string]int, into []Cell) (plain bool, err error) {
	rest, ok := strings.CutPrefix(raw, "{")
	if rest == "}" {
		return ok, nil
	}
	for ok {
		var name, text string
		if name, rest, ok = plainText(rest); !ok {
			break
		}
		if rest, ok = strings.CutPrefix(rest, ":"); !ok {
			break
		}
		if text, rest, ok = plainText(rest); !ok {
			break
		}
		if at, wanted := place[name]; wanted {
			if err := into[at].read(text); err != nil {
				return false, err
			}
		}
		if rest == "}" {
			return true, nil
		}
		rest, ok = strings.CutPrefix(rest, ",")
	}
	return false, nil
}

// plainText reads a text in quotation marks.
func plainText(s string) (text, rest string, ok bool) {
	if s == "" || s[0] != '"' {
		return "", s, false
	}
	end := strings.IndexByte(s[1:], '"')
	if end < 0 || strings.IndexByte(s[1:1+end], '\\') >= 0 {
		return "", s, false
	}
	return s[1 : 1+end], s[2+end:], true
}
