package reference

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"consilium/lab/strength"
)

// feTolerance is the format's: relative to the largest value of the same kind.
const feTolerance = 1e-6

// ccxTolerance is what seven printed digits of CalculiX allow, of values of which it also accumulates the rounding.
const ccxTolerance = 2e-6

type feCase struct {
	Case     string     `json:"case"`
	Elements [3]int     `json:"elements_xyz"`
	Size     [3]number  `json:"element_size_mm"`
	Active   *int       `json:"active_elements"`
	Nodes    *int       `json:"active_nodes"`
	Material feMaterial `json:"material"`
	Want     feAnswer   `json:"reference"`
	CCX      *feCCX     `json:"ccx_C3D8"`
	Analytic feAnalytic `json:"analytic"`
	HUFile   string     `json:"hu_file"`
	HUShape  [3]int     `json:"hu_shape_zyx"`
	HUSum    string     `json:"hu_sha256"`
	Apparent *number    `json:"apparent_modulus_MPa"`
}

type feMaterial struct {
	E    *number  `json:"E_MPa"`
	Nu   *number  `json:"nu"`
	Rule string   `json:"rule"`
	Bins *int     `json:"bins"`
	EMMM []number `json:"E_min_mean_max_MPa"`
}

type feAnswer struct {
	Reaction []number  `json:"reaction_on_loaded_or_clamped_face_N"`
	MaxU     []number  `json:"max_abs_u_mm"`
	MeanU    []number  `json:"mean_u_mm"`
	L2       *number   `json:"u_l2_mm"`
	Energy   *number   `json:"strain_energy_Nmm"`
	Probes   []feProbe `json:"probes"`
	Tip      []int     `json:"tip_ijk"`
	TipU     []number  `json:"tip_u_mm"`
}

type feProbe struct {
	IJK [3]int   `json:"ijk"`
	U   []number `json:"u_mm"`
}

type feCCX struct {
	Reaction []number `json:"reaction_N"`
	MaxU     []number `json:"max_abs_u_mm"`
	L2       *number  `json:"u_l2_mm"`
}

// feAnalytic holds what is exact on any mesh. A beam's theories are not, and are left alone.
type feAnalytic struct {
	Reaction *number `json:"reaction_N"`
	Lateral  *number `json:"lateral_u_mm"`
}

func isFE(fields map[string]json.RawMessage) bool {
	return fields["case"] != nil && fields["elements_xyz"] != nil && fields["reference"] != nil
}

func checkFE(ctx context.Context, dir string, raw []byte, _ Options) ([]Row, error) {
	var c feCase
	if err := decode(raw, &c); err != nil {
		return nil, err
	}
	cmp := &comparison{row: Row{Case: c.Case}}
	m, face, err := c.model(dir)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Case, err)
	}
	s, err := strength.Solve(ctx, m, strength.Settings{Tolerance: 1e-11})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.Case, err)
	}
	if !s.Converged && s.Residual > 1e-9 {
		cmp.wrong("did not converge: residual %.1e after %d iterations; %s", s.Residual, s.Iterations, s.Reason)
	}
	c.compare(cmp, s, face)
	return []Row{cmp.done()}, nil
}

// beyond the reference's own size nothing is allocated before the block's file has been compared with it.
const mostElements = 40_000_000

// model builds the case and the face whose reaction is given: a plane (axis, index) of the lattice.
func (c *feCase) model(dir string) (*strength.Model, plane, error) {
	kind, rest := c.kind()
	m := &strength.Model{Cells: c.Elements}
	total := 1.0
	for a := range 3 {
		m.Size[a] = float64(c.Size[a])
		total *= float64(c.Elements[a])
		if c.Elements[a] < 1 {
			return nil, plane{}, fmt.Errorf("%d × %d × %d elements", c.Elements[0], c.Elements[1], c.Elements[2])
		}
	}
	if total > mostElements {
		return nil, plane{}, fmt.Errorf("%.0f elements; at most %d are checked", total, mostElements)
	}
	if err := c.material(m, dir); err != nil {
		return nil, plane{}, err
	}
	switch kind {
	case "cube":
		return m, squeeze(m, false), nil
	case "conf":
		return m, squeeze(m, true), nil
	case "clamp":
		return m, platens(m, -0.1), nil
	case "bone":
		return m, platens(m, -0.01*m.Size[2]*float64(m.Cells[2])), nil
	case "beam":
		return m, cantilever(m), nil
	}
	return nil, plane{}, fmt.Errorf("a case of the kind %q is not known (cube, conf, clamp, beam, bone): %s", kind, rest)
}

// kind is the letters that a case begins with.
func (c *feCase) kind() (kind, rest string) {
	end := strings.IndexFunc(c.Case, func(r rune) bool { return r < 'a' || r > 'z' })
	if end < 0 {
		end = len(c.Case)
	}
	return c.Case[:end], c.Case[end:]
}

var caseMaterial = regexp.MustCompile(`~([0-9.eE+-]+),([0-9.eE+-]+)`)

// material fills the cells: one material for all, or a block of HU by the rule in the file.
func (c *feCase) material(m *strength.Model, dir string) error {
	m.Modulus = make([]float64, m.Cells[0]*m.Cells[1]*m.Cells[2])
	if c.Material.Rule != "" || c.HUFile != "" {
		return c.bone(m, dir)
	}
	var e, nu float64
	switch named := caseMaterial.FindStringSubmatch(c.Case); {
	case c.Material.E != nil && c.Material.Nu != nil:
		e, nu = float64(*c.Material.E), float64(*c.Material.Nu)
	case named != nil:
		e, _ = strconv.ParseFloat(named[1], 64)
		nu, _ = strconv.ParseFloat(named[2], 64)
	default:
		return errors.New("no material: neither E_MPa and nu nor ~E,nu in the case's name")
	}
	for i := range m.Modulus {
		m.Modulus[i] = e
	}
	m.Poisson = []float64{nu}
	return nil
}

// rule is how a block of HU becomes moduli.
type rule struct{ threshold, width, slope, intercept, a, b, nu float64 }

const figure = `([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)`

// ruleParts find the rule's numbers in its sentence.
var ruleParts = []struct {
	pattern *regexp.Regexp
	into    func(*rule) []*float64
}{
	{regexp.MustCompile(`HU >= ` + figure), func(r *rule) []*float64 { return []*float64{&r.threshold} }},
	{regexp.MustCompile(`\)/` + figure + `\)`), func(r *rule) []*float64 { return []*float64{&r.width} }},
	{regexp.MustCompile(`rho = ` + figure + `\*HU_b/1000 \+ ` + figure), func(r *rule) []*float64 { return []*float64{&r.slope, &r.intercept} }},
	{regexp.MustCompile(`E = ` + figure + `\*rho\^` + figure), func(r *rule) []*float64 { return []*float64{&r.a, &r.b} }},
	{regexp.MustCompile(`nu ` + figure), func(r *rule) []*float64 { return []*float64{&r.nu} }},
}

func readRule(text string) (rule, error) {
	var r rule
	for _, part := range ruleParts {
		found := part.pattern.FindStringSubmatch(text)
		if found == nil {
			return r, fmt.Errorf("the material's rule has no %q: %s", part.pattern, text)
		}
		for i, at := range part.into(&r) {
			v, err := strconv.ParseFloat(found[i+1], 64)
			if err != nil {
				return r, err
			}
			*at = v
		}
	}
	return r, nil
}

// modulus is that of a voxel; 0 where there is no bone.
func (r rule) modulus(hu float64) float64 {
	if hu < r.threshold {
		return 0
	}
	middle := r.threshold + r.width*(math.Floor((hu-r.threshold)/r.width)+0.5)
	return r.a * math.Pow(r.slope*middle/1000+r.intercept, r.b)
}

func (c *feCase) bone(m *strength.Model, dir string) error {
	r, err := readRule(c.Material.Rule)
	if err != nil {
		return err
	}
	m.Poisson = []float64{r.nu}
	if c.HUShape != [3]int{m.Cells[2], m.Cells[1], m.Cells[0]} {
		return fmt.Errorf("a block of %v (z, y, x) for %v elements (x, y, z)", c.HUShape, m.Cells)
	}
	raw, err := os.ReadFile(filepath.Join(dir, filepath.Base(c.HUFile)))
	if err != nil {
		return err
	}
	if len(raw) != 2*len(m.Modulus) {
		return fmt.Errorf("%s has %d bytes, %d voxels of two bytes are %d", c.HUFile, len(raw), len(m.Modulus), 2*len(m.Modulus))
	}
	if got := sha256.Sum256(raw); c.HUSum != "" && hex.EncodeToString(got[:]) != c.HUSum {
		return fmt.Errorf("%s is not the block that the case was made from (SHA-256)", c.HUFile)
	}
	for i := range m.Modulus {
		m.Modulus[i] = r.modulus(float64(int16(binary.LittleEndian.Uint16(raw[2*i:]))))
	}
	if strings.Contains(c.Material.Rule, "largest") {
		m.KeepLargest()
	}
	return nil
}
