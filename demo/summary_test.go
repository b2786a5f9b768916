package demo

import (
	"context"
	"strings"
	"testing"

	"consilium/ledger"
)

// TestCompareNamesWhatDiffers gives two hospitals threads that are not alike.
func TestCompareNamesWhatDiffers(t *testing.T) {
	a, b := &hospital{site: site{name: "A"}, id: ledger.HospitalID{1}}, &hospital{site: site{name: "B"}, id: ledger.HospitalID{2}}
	d := &Demo{hospitals: []*hospital{a, b}}
	id := ledger.ThreadID{7}
	both, only := []ledger.HospitalID{a.id, b.id}, []ledger.HospitalID{a.id}
	for _, c := range []struct {
		name        string
		here, there map[ledger.ThreadID]held
		want        string
	}{
		{"alike", map[ledger.ThreadID]held{id: {"case", 3, "x", both, nil}}, map[ledger.ThreadID]held{id: {"case", 3, "x", both, nil}}, ""},
		{"of one hospital", map[ledger.ThreadID]held{id: {"case", 3, "x", only, nil}}, nil, ""},
		{"not there", map[ledger.ThreadID]held{id: {"case", 3, "x", both, nil}}, nil, "not at B"},
		{"other entries", map[ledger.ThreadID]held{id: {"case", 3, "x", both, nil}}, map[ledger.ThreadID]held{id: {"case", 4, "y", both, nil}}, "3 entries at A, 4 at B"},
		{"at a stranger", map[ledger.ThreadID]held{id: {"case", 3, "x", only, nil}}, map[ledger.ThreadID]held{id: {"case", 3, "x", only, nil}}, "takes no part"},
		{"at a guest", map[ledger.ThreadID]held{id: {"case", 3, "x", only, []ledger.HospitalID{b.id}}}, map[ledger.ThreadID]held{id: {"case", 3, "x", only, []ledger.HospitalID{b.id}}}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := d.compare([]map[ledger.ThreadID]held{c.here, c.there})
			if c.want == "" && len(got) > 0 || c.want != "" && !strings.Contains(strings.Join(got, "|"), c.want) {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// breaks changes one byte of what a hospital keeps; its summary must not hold then.
func (d *Demo) breaks(t *testing.T, h *hospital) {
	t.Helper()
	err := h.node.Desk().DB.Update(t.Context(), func(ctx context.Context, tx ledger.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE entry SET signature = zeroblob(64) WHERE place = (SELECT MAX(place) FROM entry)`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := d.Sum(t.Context())
	if err != nil || sum.Holds || len(sum.Faults) == 0 || !strings.Contains(sum.Faults[0], h.name) {
		t.Errorf("after a byte was changed: %v, %v, %v", sum.Holds, sum.Faults, err)
	}
}
