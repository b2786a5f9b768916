package report

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// numbers are the fields of an answer as a table of two columns: single values, and lists of a few.
func numbers(written json.RawMessage) Sheet {
	var v any
	s := Sheet{Head: []string{"", ""}}
	if json.Unmarshal(written, &v) == nil {
		s.add("", v)
	}
	return s
}

// mostRows of an answer are shown: a longer one is for programs.
const mostRows = 60

func (s *Sheet) add(name string, v any) {
	if len(s.Rows) >= mostRows {
		return
	}
	switch v := v.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(v)) {
			s.add(strings.TrimPrefix(name+" · "+strings.ReplaceAll(key, "_", " "), " · "), v[key])
		}
	case []any:
		if len(v) == 0 || len(v) > 12 {
			return
		}
		if _, flat := v[0].(float64); !flat {
			for i, e := range v {
				s.add(fmt.Sprintf("%s %d", name, i+1), e)
			}
			return
		}
		var cells []string
		for _, e := range v {
			cells = append(cells, written(e))
		}
		s.Rows = append(s.Rows, []string{name, strings.Join(cells, "; ")})
	default:
		s.Rows = append(s.Rows, []string{name, written(v)})
	}
}

func written(v any) string {
	switch v := v.(type) {
	case float64:
		return strings.ReplaceAll(strconv.FormatFloat(v, 'g', 5, 64), "-", "−")
	case nil:
		return "–"
	}
	return fmt.Sprint(v)
}
