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
	case r >= ' ' && r <= '~':
		return float64(ascii[r-' ']) / 100
	case unicode.Is(unicode.Mn, r), r >= 0x200b && r <= 0x200f:
		return 0
	case strings.ContainsRune("·‘’", r):
		return 0.34
	case strings.ContainsRune("—…ÆæŒœ©½¼¾", r):
		return 1.01
	case strings.ContainsRune("−±×÷–“”•", r):
		return 0.66
	case r >= 0x2070 && r <= 0x209f: // raised and lowered digits
		return 0.62
	case r >= 0x370 && r < 0x3e0: // Greek
		return 0.9
	case r >= 0x180 && !(r >= 0x430 && r < 0x460): // Chinese and other full-width characters, signs, and letters whose width is not known
		return 1.02
	case r >= 0x180:
		return 0.85 // small Cyrillic letters
	case unicode.IsUpper(r):
		return 0.79
	default:
		return 0.66
	}
}

// ascii are the widths of the characters from space to tilde, in hundredths.
var ascii = [95]uint8{
	30, 31, 49, 66, 67, 102, 68, 32, 38, 38, 53, 69, 31, 68, 31, 38,
	68, 68, 68, 68, 68, 68, 68, 68, 68, 68, 31, 32, 69, 69, 69, 54,
	100, 72, 69, 76, 75, 63, 62, 78, 78, 29, 60, 70, 60, 94, 79, 80,
	67, 80, 67, 67, 68, 78, 72, 102, 71, 71, 66, 38, 38, 38, 49, 48,
	34, 59, 64, 60, 64, 61, 39, 64, 62, 26, 26, 58, 26, 91, 62, 63,
	64, 64, 40, 56, 35, 62, 59, 85, 58, 59, 58, 45, 35, 45, 69,
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

// strongWidth is about how wide a heavier label is.
func strongWidth(s string) float64 { return textWidth(s) * 1.07 }

// fitStrong shortens a heavier label to a width.
func fitStrong(s string, width float64) string { return fit(s, width/1.07) }

// wrap breaks a text into lines: between words where it has them, else wherever the width ends, as Chinese allows.
func wrap(s string, width float64) []string {
	var lines []string
	for s = strings.TrimSpace(clean(s)); textWidth(s) > width; {
		cut, used := 0, 0.0
		for i, r := range s {
			if used += runeWidth(r) * fontSize; used > width && i > 0 {
				cut = i
				break
			}
		}
		if cut == 0 {
			break
		}
		if at := strings.LastIndexByte(s[:cut+1], ' '); at > 0 {
			cut = at
		}
		lines = append(lines, strings.TrimSpace(s[:cut]))
		s = strings.TrimSpace(s[cut:])
	}
	if s != "" {
		lines = append(lines, s)
	}
	return lines
}

// wrapTo breaks a text into at most so many lines; the last one is shortened to fit.
func wrapTo(s string, width float64, most int) []string {
	lines := wrap(s, width)
	if len(lines) <= most {
		for i := range lines {
			lines[i] = fit(lines[i], width)
		}
		return lines
	}
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(clean(s)), lines[0]))
	for _, line := range lines[1 : most-1] {
		rest = strings.TrimSpace(strings.TrimPrefix(rest, line))
	}
	return append(lines[:most-1:most-1], fit(rest, width))
}
