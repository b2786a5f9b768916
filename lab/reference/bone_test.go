package reference

import (
	"context"
	"encoding/binary"
	"os"
	"path/filepath"
	"testing"

	"consilium/lab/volume"
)

// cranium is the skull CT that Debian's invesalius-examples ships.
func cranium(t *testing.T) *volume.Volume {
	t.Helper()
	v, err := volume.ReadInVesalius("/usr/share/doc/invesalius-examples/examples/Cranium.inv3")
	if err != nil {
		t.Fatalf("the real CT (Debian: invesalius-examples): %v", err)
	}
	return v
}

// TestRealBone computes a block of a real skull, moduli from its HU: the case's answers are those of an independent solver (scipy, direct) and of CalculiX.
func TestRealBone(t *testing.T) {
	ct := cranium(t)
	dir := t.TempDir()
	part, err := ct.Crop([3]int{121, 32, 10}, [3]int{20, 20, 12})
	if err != nil {
		t.Fatal(err)
	}
	var block []byte
	for _, hu := range part.Int16 {
		block = binary.LittleEndian.AppendUint16(block, uint16(hu))
	}
	text, err := os.ReadFile("testdata/fe-bone-10-32-121-12x20x20.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{"bone-10-32-121.i16": block, "fe-bone.json": text} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	seen := 0
	if _, err := Check(context.Background(), dir, Options{}, func(r Row) {
		seen++
		if !r.Passed {
			t.Errorf("%s: %v", r.Case, r.Wrong)
		}
	}); err != nil || seen != 1 {
		t.Errorf("%d cases: %v", seen, err)
	}
	block[100] ^= 1
	write(t, dir, "bone-10-32-121.i16", string(block))
	_, _ = Check(context.Background(), dir, Options{}, func(r Row) {
		if r.Passed {
			t.Error("another block passed")
		}
	})
}
