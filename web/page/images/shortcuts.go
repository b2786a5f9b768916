package images

import (
	"slices"
	"strconv"

	"github.com/a-h/templ"
)

// shortcut is a key and what it does; its name is a phrase of images.key.
type shortcut struct{ Key, Name string }

// shortcuts are the keys of the viewer; the first ones stand at the foot of the page.
func shortcuts() []shortcut {
	return []shortcut{{"↑ ↓", "slice"}, {"1 – 5", "window"}, {"L", "length"}, {"C", "cobb"}, {"K", "key"}, {"Space", "cine"}, {"PgUp PgDn", "ten"}, {"A", "angle"},
		{"R", "region"}, {"M", "mpr"}, {"P", "prior"}, {"I", "mip"}, {"Z", "zoom"}, {"G", "pan"}, {"H", "marks"}, {"Ctrl Z, Ctrl Y", "undo"}, {"?", "all"}}
}

// nowAttributes tell the script what is on the screen.
func (w viewerView) nowAttributes() templ.Attributes {
	if w.Now == nil {
		return nil
	}
	return templ.Attributes{"data-study": strconv.Itoa(w.Now.Study), "data-series": strconv.Itoa(w.Now.Series), "data-at": strconv.Itoa(w.Now.At)}
}

// quiet tells whether a button shows its icon only: its name is there for who listens.
func quiet(name string) bool {
	return slices.Contains([]string{"scroll", "cross", "window", "zoom", "pan", "cine", "rectangle", "arrow", "invert", "reset", "undo", "redo", "remove", "keys"}, name)
}
