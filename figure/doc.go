// Package figure draws the figures of pages and reports as SVG: values in, bytes out.
//
// What every figure promises: the same values give the same bytes; no text is cut off at an edge or lies on other text of
// the axes; it has a title and a description for those who do not see it; its numbers are at hand as rows ([Table]);
// any text may stand in a label. On a page it takes the colors of the page through CSS variables, so that it follows the
// theme; with [Paper] it stands alone, for a download or print. It uses attributes only, no style
// element, so that a strict content security policy lets it through.
//
// It writes no words of its own: labels, dates and numbers arrive in the reader's language. Which statistic belongs into
// a figure is decided by those who compute it.
package figure
