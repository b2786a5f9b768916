package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"

	"consilium/lab/strength"
)

// ccxCases are solved by both. CalculiX runs with ITERATIVE SCALING: its direct solver needs minutes and gigabytes for the second, and ITERATIVE CHOLESKY stops
// early (displacements of bone are 42 % off), so its time means nothing.
var ccxCases = []string{"clamp40", "clamp60", "bone1"}

func compareStrength(ctx context.Context, s settings) error {
	fmt.Printf("\n| finite elements | elements | CalculiX s (processor) / MB | ours s (processor) / MB | times faster (by processor time) | its memory over ours | reaction apart | displacements apart |\n|---|---|---|---|---|---|---|---|\n")
	for _, name := range ccxCases {
		m, err := caseModel(s.dir, name)
		if err != nil {
			return err
		}
		if err := writeDeck(filepath.Join(s.dir, name+".inp"), m); err != nil {
			return err
		}
		var peer, own []cost
		var f figures
		for range s.runs {
			c, _, err := measured(ctx, s.dir, "ccx", "-i", name)
			if err != nil {
				return err
			}
			peer = append(peer, c)
			c, out, err := measured(ctx, s.dir, self(), "-child", name)
			if err != nil {
				return err
			}
			if err := json.Unmarshal(out, &f); err != nil {
				return err
			}
			own = append(own, c)
		}
		reaction, norm, err := readResult(filepath.Join(s.dir, name+".dat"), m)
		if err != nil {
			return err
		}
		p, o := middle(peer), middle(own)
		fmt.Printf("| %s, %d iterations | %d | %.2f (%.2f) / %.0f | %.2f (%.2f) / %.0f | %.1f (%.1f) | %.1f | %.1e | %.1e |\n", name, f.Iterations, f.Cells, p.wall, p.processor, p.megabytes, o.wall, o.processor, o.megabytes,
			p.wall/o.wall, p.processor/o.processor, p.megabytes/o.megabytes, math.Abs(reaction/f.Reaction-1), math.Abs(norm/f.Norm-1))
	}
	return nil
}

// middle is the median of each figure.
func middle(all []cost) cost {
	var wall, processor, megabytes []float64
	for _, c := range all {
		wall, processor, megabytes = append(wall, c.wall), append(processor, c.processor), append(megabytes, c.megabytes)
	}
	return cost{median(wall), median(processor), median(megabytes)}
}

// growthCases show how cost grows with elements: a solid cube up to 10 million elements, and bone refined.
var growthCases = []string{"clamp20", "clamp40", "clamp80", "clamp120", "clamp216", "bone1", "bone2", "bone3"}

func growStrength(ctx context.Context, s settings) error {
	fmt.Printf("\n| case | elements | unknowns | meshes | iterations | s | µs for an element | MB |\n|---|---|---|---|---|---|---|---|\n")
	for _, name := range growthCases {
		c, out, err := measured(ctx, s.dir, self(), "-child", name)
		if err != nil {
			return err
		}
		var f figures
		if err := json.Unmarshal(out, &f); err != nil {
			return err
		}
		fmt.Printf("| %s | %d | %d | %d | %d | %.1f (processor %.1f) | %.1f | %.0f |\n", name, f.Cells, f.Unknowns, f.Meshes, f.Iterations, f.Seconds, c.processor, 1e6*f.Seconds/float64(f.Cells), c.megabytes)
	}
	return nil
}

// writeDeck writes the model as CalculiX reads it: nodes by their number in the lattice plus one, a material for each modulus that occurs.
func writeDeck(file string, m *strength.Model) error {
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer f.Close()
	w := bufio.NewWriter(f)
	sets, used := deckCells(m)
	fmt.Fprintln(w, "*NODE, NSET=NALL")
	nx, ny := m.Cells[0]+1, m.Cells[1]+1
	for n, is := range used {
		if is {
			fmt.Fprintf(w, "%d,%.10g,%.10g,%.10g\n", n+1, float64(n%nx)*m.Size[0], float64(n/nx%ny)*m.Size[1], float64(n/nx/ny)*m.Size[2])
		}
	}
	number := 0
	for e, cells := range sets {
		number++
		fmt.Fprintf(w, "*ELEMENT, TYPE=C3D8, ELSET=E%d\n", number)
		for _, c := range cells {
			n := deckCorners(m, c)
			fmt.Fprintf(w, "%d,%d,%d,%d,%d,%d,%d,%d,%d\n", c+1, n[0], n[1], n[2], n[3], n[4], n[5], n[6], n[7])
		}
		fmt.Fprintf(w, "*MATERIAL, NAME=M%d\n*ELASTIC\n%.12g,%g\n*SOLID SECTION, ELSET=E%d, MATERIAL=M%d\n", number, e, m.Poisson[0], number, number)
	}
	fmt.Fprint(w, "*STEP\n*STATIC, SOLVER=ITERATIVE SCALING\n*BOUNDARY\n")
	for _, s := range m.Supports {
		if used[s.Node] {
			fmt.Fprintf(w, "%d,%d,%d,%.12g\n", s.Node+1, s.Axis+1, s.Axis+1, s.Value)
		}
	}
	fmt.Fprint(w, "*NODE PRINT, NSET=NALL\nU,RF\n*END STEP\n")
	return w.Flush()
}

// deckCells are the solid cells by their modulus, and which nodes they use.
func deckCells(m *strength.Model) (map[float64][]int, []bool) {
	sets := map[float64][]int{}
	used := make([]bool, (m.Cells[0]+1)*(m.Cells[1]+1)*(m.Cells[2]+1))
	for c, e := range m.Modulus {
		if e > 0 {
			sets[e] = append(sets[e], c)
			for _, n := range deckCorners(m, c) {
				used[n-1] = true
			}
		}
	}
	return sets, used
}

// deckCorners are a cell's nodes in C3D8's order, counted from one.
func deckCorners(m *strength.Model, c int) [8]int {
	i, j, k := c%m.Cells[0], c/m.Cells[0]%m.Cells[1], c/m.Cells[0]/m.Cells[1]
	nx, layer := m.Cells[0]+1, (m.Cells[0]+1)*(m.Cells[1]+1)
	n := 1 + i + nx*j + layer*k
	return [8]int{n, n + 1, n + nx + 1, n + nx, n + layer, n + layer + 1, n + layer + nx + 1, n + layer + nx}
}

// readResult is the reaction along z of the moved end, and the norm of all displacements, as CalculiX printed them.
func readResult(file string, m *strength.Model) (reaction, norm float64, err error) {
	f, err := os.Open(file)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	top := (m.Cells[0] + 1) * (m.Cells[1] + 1) * m.Cells[2]
	forces := false
	for lines := bufio.NewReader(f); ; {
		line, err := lines.ReadString('\n')
		var node int
		var v [3]float64
		if n, _ := fmt.Sscan(line, &node, &v[0], &v[1], &v[2]); n == 4 {
			if !forces {
				norm += v[0]*v[0] + v[1]*v[1] + v[2]*v[2]
			} else if node > top {
				reaction += v[2]
			}
		} else if len(line) > 7 && line[1:7] == "forces" {
			forces = true
		}
		if err == io.EOF {
			return reaction, math.Sqrt(norm), nil
		}
		if err != nil {
			return 0, 0, err
		}
	}
}
