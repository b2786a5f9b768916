package strength

import (
	"bufio"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestAgainstCalculiX solves a sponge with a modulus that varies a hundredfold, two Poisson's ratios, a displaced end and a load, here and with CalculiX's
// direct solver, on the same mesh. CalculiX prints seven digits. (Its ITERATIVE CHOLESKY is wrong on such models and is never used.)
func TestAgainstCalculiX(t *testing.T) {
	m := porous(rand.New(rand.NewPCG(11, 12)), [3]int{9, 8, 10})
	m.platens(-0.2)
	m.each(0, 9, func(ijk [3]int, node int) {
		if ijk[2] > 2 && ijk[2] < 8 {
			m.Loads = append(m.Loads, Load{node, 1, 0.7})
		}
	})
	s := solve(t, m, 1e-12)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "m.inp"), []byte(deck(s)), 0o600); err != nil {
		t.Fatal(err)
	}
	run := exec.Command("ccx", "-i", "m")
	run.Dir = dir
	if out, err := run.CombinedOutput(); err != nil {
		t.Fatalf("ccx (Debian: calculix-ccx): %v\n%s", err, out)
	}
	f, err := os.Open(filepath.Join(dir, "m.dat"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	scale, seen := length(s.Displacement)/math.Sqrt(float64(s.Nodes())), 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var node int
		var u [3]float64
		if n, _ := fmt.Sscan(lines.Text(), &node, &u[0], &u[1], &u[2]); n != 4 {
			continue
		}
		seen++
		for a := range 3 {
			if got := s.Displacement[3*(node-1)+a]; math.Abs(got-u[a]) > 1e-6*scale {
				t.Fatalf("node %d, axis %d: %.9g, CalculiX %.9g", node, a, got, u[a])
			}
		}
	}
	if seen != s.Nodes() {
		t.Errorf("CalculiX gave %d of %d nodes", seen, s.Nodes())
	}
}

// deck is the model as CalculiX reads it; node n here is n+1 there.
func deck(s *Solution) string {
	var b strings.Builder
	m, f := s.Model, s.fine
	b.WriteString("*NODE, NSET=NALL\n")
	for n := range f.nodes() {
		p := f.position(m, n)
		fmt.Fprintf(&b, "%d,%.10g,%.10g,%.10g\n", n+1, p[0], p[1], p[2])
	}
	var materials strings.Builder
	for cell := range f.cells {
		at := f.place(cell)
		c := f.corners(at[0], at[1], at[2])
		fmt.Fprintf(&b, "*ELEMENT, TYPE=C3D8, ELSET=E%d\n%d", cell, cell+1)
		for _, n := range []int{0, 1, 3, 2, 4, 5, 7, 6} {
			fmt.Fprintf(&b, ",%d", c[n]+1)
		}
		fmt.Fprintf(&materials, "\n*MATERIAL, NAME=M%d\n*ELASTIC\n%.12g,%.12g\n*SOLID SECTION, ELSET=E%d, MATERIAL=M%d", cell, f.modulus[cell], m.Poisson[f.ratio[cell]], cell, cell)
		b.WriteByte('\n')
	}
	b.WriteString(strings.TrimPrefix(materials.String(), "\n"))
	b.WriteString("\n*STEP\n*STATIC, SOLVER=SPOOLES\n")
	for _, v := range m.Supports {
		if n := f.index[v.Node]; n >= 0 {
			fmt.Fprintf(&b, "*BOUNDARY\n%d,%d,%d,%.12g\n", n+1, v.Axis+1, v.Axis+1, v.Value)
		}
	}
	for _, v := range m.Loads {
		if n := f.index[v.Node]; n >= 0 {
			fmt.Fprintf(&b, "*CLOAD\n%d,%d,%.12g\n", n+1, v.Axis+1, v.Force)
		}
	}
	b.WriteString("*NODE PRINT, NSET=NALL\nU\n*END STEP\n")
	return b.String()
}
