package rehearse

import (
	"context"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"consilium/ledger"
	"consilium/ledger/ledgertest"
	"consilium/study/protocol"
	"consilium/study/rows"
)

// known is what R found; see ../testdata/README.md.
type known struct {
	Rows, Hospitals int
	LeftOut         []string `json:"left_out"`
	Analyses        []struct {
		ID, Method, Refused string
		Rows                int
		LeftOut             []string `json:"left_out"`
		Estimates           []Estimate
	}
}

func load(t testing.TB, name string) (*protocol.Protocol, []byte, *rows.File) {
	t.Helper()
	src, err := os.ReadFile("../testdata/protocols/" + name + ".yaml")
	if err != nil {
		t.Fatal(err)
	}
	p, err := protocol.Parse(src, name+".yaml")
	if err != nil {
		t.Fatal(err)
	}
	in, err := os.Open("../testdata/rows/" + name + ".csv")
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	f, err := rows.Read(in, rows.Reading{Words: []string{"center"}})
	if err != nil {
		t.Fatal(err)
	}
	return p, src, f
}

// network is a stage of real ledgers in files of the test.
func network(t testing.TB) *Network {
	return &Network{Open: func(context.Context, string) (ledger.DB, func(string) string, error) {
		return ledgertest.Open(t), nil, nil
	}}
}

func names(t testing.TB) (list []string) {
	files, err := filepath.Glob("../testdata/protocols/*.yaml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no protocols to compare with", err)
	}
	for _, f := range files {
		list = append(list, strings.TrimSuffix(filepath.Base(f), ".yaml"))
	}
	return list
}

func TestRAgreesPooledAndFederated(t *testing.T) {
	for _, name := range names(t) {
		t.Run(name, func(t *testing.T) {
			p, src, f := load(t, name)
			got, err := Run(t.Context(), p, src, f, Options{Center: "center", Stage: network(t)})
			if err != nil {
				t.Fatal(err)
			}
			raw, err := os.ReadFile("../testdata/results/" + name + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want known
			if err := json.Unmarshal(raw, &want); err != nil {
				t.Fatal(err)
			}
			if got.Rows != want.Rows || got.Hospitals != want.Hospitals || !slices.Equal(got.LeftOut, want.LeftOut) {
				t.Errorf("%d rows of %d hospitals without %v; R had %d of %d without %v", got.Rows, got.Hospitals, got.LeftOut, want.Rows, want.Hospitals, want.LeftOut)
			}
			if got.Difference > 1e-8 {
				t.Errorf("network and all rows together differ by %g", got.Difference)
			}
			for i, w := range want.Analyses {
				g := got.Analyses[i]
				if w.Refused != "" {
					if g.ID != w.ID || g.Refused == "" || g.Pooled != nil {
						t.Errorf("%s was not refused: %+v", w.ID, g)
					}
					continue
				}
				if g.ID != w.ID || g.Rows != w.Rows || !slices.Equal(g.LeftOut, w.LeftOut) || g.Refused != "" {
					t.Errorf("%s: %d rows without %v, refused %q; R had %d without %v", w.ID, g.Rows, g.LeftOut, g.Refused, w.Rows, w.LeftOut)
					continue
				}
				agree(t, w.ID+" pooled", w.Method, g.Pooled, w.Estimates)
				agree(t, w.ID+" federated", w.Method, g.Federated, w.Estimates)
			}
		})
	}
}

func agree(t *testing.T, what, method string, got *Estimates, want []Estimate) {
	t.Helper()
	for _, w := range want {
		i := slices.IndexFunc(got.Estimates, func(e Estimate) bool { return e.Name == w.Name })
		if i < 0 {
			t.Errorf("%s has no %s", what, w.Name)
			continue
		}
		tolerance := 1e-6
		if method == "mixed_logistic" || w.Name == "tau2" {
			tolerance = 1e-4
		}
		close := func(a, b float64) bool { return math.Abs(a-b) <= 1e-9+tolerance*math.Abs(b) }
		if g := got.Estimates[i]; !close(g.Estimate, w.Estimate) || w.SE != nil && (g.SE == nil || !close(*g.SE, *w.SE)) {
			t.Errorf("%s: %s is %v, of R %v", what, w.Name, g, w)
		}
	}
}
