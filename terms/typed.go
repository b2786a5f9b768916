package terms

import (
	"regexp"
	"strings"
	"time"

	"golang.org/x/text/width"
)

// typedForms are how people type dates: digits alone, or parts between signs or the words of Chinese dates; a day may have a time of day behind it.
var typedForms = []*regexp.Regexp{
	regexp.MustCompile(`^(\d{4})(?:(\d{2})(?:(\d{2})(?:(\d{2})(\d{2}))?)?)?$`),
	regexp.MustCompile(`^(\d{4})(?:[-/.年 ]\s*(\d{1,2})(?:[-/.月 ]\s*(\d{1,2})日?(?:[T ]\s*(\d{1,2})[:时](\d{2})分?)?)?)?[年月]?$`),
}

// typedLayouts are the forms that are kept, by how many parts are known.
var typedLayouts = map[int]string{1: "2006", 2: "2006-01", 3: time.DateOnly, 5: "2006-01-02 15:04"}

// Typed brings a date as people type it, 2026/11/21, 20261121, 2026年11月21日 or 2026-11-21T8:05, into the one form that fields keep: 2026, 2026-11, 2026-11-21 or
// 2026-11-21 08:05. What is no such date, and a day that the calendar does not have, is given back as it is. The browser's island of dates follows the same rules.
func Typed(s string) string {
	text := strings.TrimSpace(width.Narrow.String(s))
	for _, form := range typedForms {
		m := form.FindStringSubmatch(text)
		if m == nil {
			continue
		}
		parts := strings.Fields(strings.Join(m[1:], " "))
		for i := 1; i < len(parts); i++ {
			if len(parts[i]) == 1 {
				parts[i] = "0" + parts[i]
			}
		}
		layout := typedLayouts[len(parts)]
		out := strings.Join(parts[:min(len(parts), 3)], "-")
		if len(parts) == 5 {
			out += " " + parts[3] + ":" + parts[4]
		}
		if t, err := time.Parse(layout, out); err == nil && t.Year() >= 1 {
			return out
		}
	}
	return s
}
