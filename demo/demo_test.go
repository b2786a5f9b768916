package demo

import (
	"bytes"
	"context"
	"testing"
	"time"
)

// opened starts the four hospitals and plays one story.
func played(t *testing.T, key string) *Demo {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	var out bytes.Buffer
	d, err := Open(ctx, Options{Dir: t.TempDir(), Out: &out})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	for _, p := range stories {
		if p.key == key {
			err = d.tell(ctx, p)
		}
	}
	t.Logf("%s", out.String())
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestTheVisit(t *testing.T) {
	played(t, "visit")
}
