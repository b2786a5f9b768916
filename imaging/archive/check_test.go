package archive

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"consilium/store/storetest"
)

func TestCheckFindsWhatIsLost(t *testing.T) {
	o := storetest.SQLite(t, Migrations)
	a := over(t, storetest.Open(t, o))
	var list []Entry
	for i := range 3 {
		list = append(list, mustKeep(t, a, image(t, fmt.Sprint("1.2.3.", i), nil)))
	}
	file := func(e Entry) string {
		name := hex.EncodeToString(e.Blob[:])
		return filepath.Join(o.Dir, "blobs", name[:2], name[2:4], name)
	}
	if r, err := a.Check(t.Context(), true); err != nil || r.Instances != 3 || len(r.Lost) != 0 {
		t.Fatalf("%+v %v", r, err)
	}
	if err := os.Remove(file(list[0])); err != nil {
		t.Fatal(err)
	}
	raw := read(t, file(list[1]))
	raw[len(raw)-1] ^= 1
	if err := os.WriteFile(file(list[1]), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	if r, err := a.Check(t.Context(), false); err != nil || len(r.Lost) != 1 || r.Lost[0].UID != list[0].UID {
		t.Errorf("%+v %v", r, err)
	}
	if r, err := a.Check(t.Context(), true); err != nil || len(r.Lost) != 2 || r.Lost[1].UID != list[1].UID || r.Lost[1].Why != "its file has changed" {
		t.Errorf("%+v %v", r, err)
	}
}
