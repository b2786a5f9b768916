package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// number is a float that may be written as NaN or Infinity, bare or as a string: a case that has to be refused holds such values.
type number float64

// UnmarshalJSON reads a JSON number, or a string that names one.
func (n *number) UnmarshalJSON(b []byte) error {
	text := strings.Trim(string(b), `"`)
	if text == "null" {
		*n = number(math.NaN())
		return nil
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil && !math.IsInf(f, 0) {
		return fmt.Errorf("%q is not a number", text)
	}
	*n = number(f)
	return nil
}

// decode reads JSON in which Python may have left NaN and Infinity bare.
func decode(raw []byte, into any) error {
	return json.Unmarshal(quoteWords(raw), into)
}

// quoteWords puts quotes around the bare words NaN, Infinity and -Infinity; strings are left alone.
func quoteWords(raw []byte) []byte {
	if !bytes.Contains(raw, []byte("NaN")) && !bytes.Contains(raw, []byte("Infinity")) {
		return raw
	}
	var out []byte
	inString := false
	for i := 0; i < len(raw); i++ {
		if inString && raw[i] == '\\' && i+1 < len(raw) {
			out = append(out, raw[i], raw[i+1])
			i++
			continue
		}
		if raw[i] == '"' {
			inString = !inString
		}
		if word := bareWord(raw[i:]); !inString && word != "" {
			out = append(append(append(out, '"'), word...), '"')
			i += len(word) - 1
			continue
		}
		out = append(out, raw[i])
	}
	return out
}

func bareWord(b []byte) string {
	for _, word := range []string{"NaN", "-Infinity", "Infinity"} {
		if bytes.HasPrefix(b, []byte(word)) {
			return word
		}
	}
	return ""
}
