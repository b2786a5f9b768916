package casebook

import (
	"reflect"
	"testing"

	jsonv2 "github.com/go-json-experiment/json"

	"consilium/ledger"
)

// TestDecodeAgrees: the short way takes and refuses what the ledger's own does.
func TestDecodeAgrees(t *testing.T) {
	for _, value := range []string{`"left"`, `"7.40"`, `"a\"b\\c\u4e2d"`, `"王"`, `""`, `0`, `-3`, `41`, `9007199254740991`, `9007199254740992`, `-0`, `1.5`,
		`1e3`, `true`, `false`, `null`, `[]`, `["a","b"]`, `[1]`, `{"missing":"unknown"}`, `{"missing": "not_done"}`, `{"missing":"asleep"}`,
		`{"missing":"unknown","more":1}`, `{}`, `[[]]`} {
		says := []byte(`{"form":"f","values":{"x":` + value + `}}`)
		want, wantErr := ledger.Decode[Finding](says)
		var got Finding
		err := jsonv2.Unmarshal(says, &got, quickValues)
		if (err == nil) != (wantErr == nil) || err == nil && !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, %v; want %+v, %v", value, got.Values, err, want.Values, wantErr)
		}
	}
}
