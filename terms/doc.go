// Package terms holds the measures that medicine has agreed on: units with exact conversions, decimal numbers as they were written down, dates as precisely as they
// are known.
//
// Nothing here rounds, and nothing is a float: a potassium of 4.10 stays 4.10. It reads no clock, file or network.
//
// A [Label] is a name in both languages; package lang has the same fields, so lang.Text(label) shows it.
package terms

// Label is a name in English and in Simplified Chinese.
type Label struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}
