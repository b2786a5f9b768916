package volume

import (
	"math"
	"slices"
)

// Stats are figures of the samples under a mask, in the volume's unit (HU for CT).
type Stats struct {
	Count     int     `json:"count"`
	NaN       int     `json:"nan"` // samples left out
	Mean      float64 `json:"mean"`
	SD        float64 `json:"sd"` // with n − 1; 0 for one sample
	Min       float64 `json:"min"`
	Median    float64 `json:"median"`
	P05       float64 `json:"p05"`
	P95       float64 `json:"p95"`
	Max       float64 `json:"max"`
	VolumeMM3 float64 `json:"volume_mm3"`
}

// Stats counts what lies under the mask, or everything if the mask is nil. Quantiles are those of Hyndman and Fan's type 1 (a sample, not a mean of two). Of no sample
// all figures are zero.
func (v *Volume) Stats(m *Mask) Stats {
	var values []float64
	nan := 0
	take := func(offset int) {
		if f := v.At(offset); f == f {
			values = append(values, f)
		} else {
			nan++
		}
	}
	if m == nil {
		values = make([]float64, 0, v.Voxels())
		for offset := range v.Voxels() {
			take(offset)
		}
	} else {
		values = make([]float64, 0, m.Count())
		m.Each(func(i, j, k int) bool { take(v.Offset(i, j, k)); return true })
	}
	s := Stats{Count: len(values), NaN: nan, VolumeMM3: float64(len(values)) * v.VoxelVolume()}
	if len(values) == 0 {
		return s
	}
	slices.Sort(values)
	s.fill(values)
	return s
}

func (s *Stats) fill(sorted []float64) {
	n := float64(len(sorted))
	for _, f := range sorted {
		s.Mean += f / n
	}
	squares := 0.0
	for _, f := range sorted {
		squares += (f - s.Mean) * (f - s.Mean)
	}
	if n > 1 {
		s.SD = math.Sqrt(squares / (n - 1))
	}
	quantile := func(p float64) float64 { return sorted[max(int(math.Ceil(p*n))-1, 0)] }
	s.Min, s.P05, s.Median, s.P95, s.Max = sorted[0], quantile(0.05), quantile(0.5), quantile(0.95), sorted[len(sorted)-1]
}
