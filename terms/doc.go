// Package terms holds the words and measures that medicine has agreed on: code systems with their names in other
// programs, units with exact conversions, decimal numbers as they were written down, dates as precisely as they are
// known, sides and places of the body.
//
// Nothing here rounds unless it is asked to, and nothing is a float: a potassium of 4.10 stays 4.10. It holds no
// terminology content beyond what the shipped pathway packs name, and reads no clock, file or network.
//
// A [Label] is a name in both languages; package lang has the same fields, so lang.Text(label) shows it.
package terms

// Label is a name in English and in Simplified Chinese.
type Label struct {
	En string `json:"en"`
	Zh string `json:"zh"`
}
