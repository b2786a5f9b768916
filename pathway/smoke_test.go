package pathway

import (
	"os"
	"testing"
)

func TestSmoke(t *testing.T) {
	for _, id := range shippedIDs {
		src, err := os.ReadFile("packs/" + id + ".yaml")
		if err != nil {
			continue
		}
		p, err := Load(src, id+".yaml")
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		t.Log(id, len(p.Variables), len(p.Forms))
	}
}
