package command

import (
	"reflect"
	"testing"

	"consilium/imaging/dimse"
)

func TestRemotesAsTyped(t *testing.T) {
	for text, want := range map[string]dimse.Remote{
		"CT1@10.0.0.1":           {Title: "CT1", Host: "10.0.0.1"},
		"*@10.2.0.0/16":          {Host: "10.2.0.0/16"},
		"*":                      {},
		"PACS@10.0.0.2:104":      {Title: "PACS", Host: "10.0.0.2", Address: "10.0.0.2:104"},
		"PACS@10.0.0.2:2762+tls": {Title: "PACS", Host: "10.0.0.2", Address: "10.0.0.2:2762", TLS: true},
		"PACS@[::1]:104":         {Title: "PACS", Host: "::1", Address: "[::1]:104"},
	} {
		got, err := ReadRemotes([]string{text})
		if err != nil || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Errorf("%s: %+v %v", text, got, err)
		}
	}
	for _, wrong := range []string{"", "@10.0.0.1", "SEVENTEENLETTERS_@10.0.0.1"} {
		if got, err := ReadRemotes([]string{wrong}); err == nil {
			t.Errorf("%q: %+v", wrong, got)
		}
	}
}
