package figure

// Figure is anything here that can be shown on a page, handed out as a file for print, and read as rows.
type Figure interface {
	SVG() []byte
	PDF() []byte
	Table() Table
	draw() *drawing
}

// Sheet is what a figure lies on, and how those who do not see it are told of it.
type Sheet struct {
	ID            string  // unlike any other figure's on the page
	Title         string  // what is shown
	Desc          string  // what it says
	Width, Height float64 // in CSS pixels; 0 for what suits. The height grows where words need the room
	Theme         Theme   // Screen if it is left out; PDF takes fixed colors in any case
}

// sheet begins a drawing of the size asked for, or of the usual one.
func (s Sheet) sheet(width, height float64) *drawing {
	if s.Width > 0 && finite(s.Width) {
		width = max(s.Width, narrowest)
	}
	if s.Height > 0 && finite(s.Height) {
		height = s.Height
	}
	return &drawing{Sheet: s, width: min(width, widest), height: min(height, widest), theme: s.Theme.orScreen()}
}

// What a sheet's sides are kept within: less holds no words, more no printer and no page.
const narrowest, widest = 160.0, 14000.0
