package figure

import (
	"strings"
	"unicode"
)

// textWidth is about how wide a label is drawn, in pixels, and rather too much than too little: the real font is not
// known here. The shares of the font size are those of Inter and Noto Sans SC, rounded up.
func textWidth(s string) float64 {
	em := 0.0
	for _, r := range s {
		em += runeWidth(r)
	}
	return em * fontSize
}

func runeWidth(r rune) float64 {
	switch {
	case unicode.Is(unicode.Mn, r):
		return 0
	case r >= 0x1100 && (r <= 0x115f || r >= 0x2e80 && r <= 0xa4cf || r >= 0xac00 && r <= 0xd7a3 || r >= 0xf900 && r <= 0xfaff ||
		r >= 0xfe30 && r <= 0xfe6f || r >= 0xff00 && r <= 0xff60 || r >= 0x1f000):
		return 1.02 // Chinese and other full-width characters
	case strings.ContainsRune("ijl.,:;|!'·", r):
		return 0.31
	case strings.ContainsRune(" ftr()[]-/", r):
		return 0.42
	case strings.ContainsRune("mwMW%@—…", r):
		return 0.95
	case unicode.IsUpper(r):
		return 0.74
	case unicode.IsDigit(r):
		return 0.66
	default:
		return 0.62
	}
}

// fit shortens a label to a width, with an ellipsis for what is left out.
func fit(s string, width float64) string {
	if textWidth(s) <= width {
		return s
	}
	runes := []rune(s)
	for n := len(runes) - 1; n > 0; n-- {
		if short := strings.TrimRight(string(runes[:n]), " ") + "…"; textWidth(short) <= width {
			return short
		}
	}
	return "…"
}

// clamp moves a label's middle so that all of it lies between left and right.
func clamp(middle, width, left, right float64) float64 {
	return max(min(middle, right-width/2), left+width/2)
}
