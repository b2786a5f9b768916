// Package figure draws the figures of pages, reports and studies as SVG and as PDF: values in, bytes out.
//
// What every figure promises: the same values give the same bytes; no text is cut off at an edge or lies on other text; it
// has a title and a description for those who do not see it; its numbers are at hand as rows ([Table]); any
// text may stand in a label, and any number among the values: what is not a number is left out, and what lies beyond an axis is cut off
// at its edge. On a page it takes the colors of the page through CSS variables, so that it follows the theme; with [Paper] it stands
// alone, for a download or print. It uses attributes only, no style element, so that a strict content security
// policy lets it through. Colors are never the only sign: dashes, shapes and hollow marks tell the same.
//
// It writes no words of its own: labels, dates and numbers arrive in the reader's language. Only where no text is given for a
// number is one written, in digits. Which statistic belongs into a figure, and what it is, is decided by those who compute it:
// curves, intervals and limits arrive as columns.
//
// # For whom which figure
//
//   - [Line]: what became of one patient or center, on pages
//   - [Survival]: Kaplan-Meier curves and cumulative incidence, with numbers at risk
//   - [Forest], [Funnel]: what several studies, hospitals or subgroups found, and whether small ones found something else
//   - [CenterFunnel], [Cusum], [RunChart]: how centers compare, and how one goes on over time
//   - [Balance]: how alike groups were before they were compared
//   - [Agreement]: how far two measurements of the same things agree
//   - [Calibration], [Decision]: whether predictions come true, and what they are worth
//
// # How it is made
//
// A figure first decides its layout and becomes a drawing: shapes and words in pixels, in the order of painting. SVG and PDF
// are written from that one list, so that they cannot differ in what they show. A [Figure] has all three: SVG, PDF and Table.
//
// PDF is written here (ISO 32000-1, version 1.7), because a few operators are all that figures need. Its text is
// text, to be searched and copied, in a font that is built in and of which each file embeds the glyphs that it shows: the letters of Inter and the
// Chinese of Noto Sans SC, as on the pages (font/README.md). Not chosen were the fonts that every reader is supposed to have
// (Helvetica, and Adobe's names for Chinese): journals and print shops refuse files without their fonts, hospital computers without
// the Asian font pack show empty boxes, and Helvetica has neither ≥ nor τ. Characters that the font lacks appear as a box.
// One CSS pixel is three quarters of a point, so that text of 11 pixels is set in 8.25 points; a column of a journal
// (84 mm) is about 318 pixels, a page (174 mm) about 658.
package figure
