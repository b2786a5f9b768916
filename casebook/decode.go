package casebook

import (
	"bytes"
	"strconv"
	"sync"

	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"consilium/pathway"
)

// quickValues is a shorter way to the answers of forms than the ledger's own, of which a case has thousands. What it takes and refuses is the same.
var quickValues = jsonv2.WithUnmarshalers(jsonv2.UnmarshalFromFunc(readValue))

// missing are the values without an answer, as they are written in nearly every entry.
var missing = sync.OnceValue(func() map[string]pathway.Value {
	m := map[string]pathway.Value{}
	for _, r := range pathway.MissingReasons() {
		m[`{"missing":"`+r.Code+`"}`] = pathway.Missing(r.Code)
	}
	return m
})

// readValue reads text, small whole numbers, yes and no, and the usual form of a missing value by itself, and leaves the rest to the value's own reader.
func readValue(d *jsontext.Decoder, v *pathway.Value) error {
	raw, err := d.ReadValue()
	if err != nil {
		return err
	}
	switch raw.Kind() {
	case '"':
		if text := raw[1 : len(raw)-1]; bytes.IndexByte(text, '\\') < 0 {
			*v = pathway.String(string(text))
			return nil
		}
	case '0':
		if n, err := strconv.ParseInt(string(raw), 10, 32); err == nil {
			*v = pathway.Int(n)
			return nil
		}
	case '{':
		if m, ok := missing()[string(raw)]; ok {
			*v = m
			return nil
		}
	}
	return v.UnmarshalJSON(raw)
}
