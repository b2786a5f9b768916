package main

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"

	"consilium/lab/strength"
	"consilium/lab/volume"
)

// cranium is the real skull CT of Debian's invesalius-examples: 256 × 256 × 108 voxels of 0.957 × 0.957 × 1.5 mm.
const cranium = "/usr/share/doc/invesalius-examples/examples/Cranium.inv3"

// skullBlock is a block of the skull, 40 × 60 × 60 voxels (z, y, x), as the peer's figures in the issue have it. The whole CT is not read where memory is measured: writeBlock
// has put the block into a file before.
func skullBlock(file string) (*strength.Model, error) {
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	m := &strength.Model{Cells: [3]int{60, 60, 40}, Size: [3]float64{0.9570312, 0.9570312, 1.5}, Poisson: []float64{0.3}, Modulus: make([]float64, len(raw)/2)}
	for i := range m.Modulus {
		if hu := float64(int16(binary.LittleEndian.Uint16(raw[2*i:]))); hu >= 150 {
			m.Modulus[i] = 6850 * math.Pow(1.067*(150+32*(math.Floor((hu-150)/32)+0.5))/1000+0.131, 1.49)
		}
	}
	m.KeepLargest()
	return m, nil
}

// blockFile is where writeBlock puts it, in the folder of a run.
const blockFile = "skull-block.i16"

func writeBlock(file string) error {
	ct, err := volume.ReadInVesalius(cranium)
	if err != nil {
		return fmt.Errorf("the real CT (Debian: invesalius-examples): %w", err)
	}
	block, err := ct.Crop([3]int{69, 104, 2}, [3]int{60, 60, 40})
	if err != nil {
		return err
	}
	var raw []byte
	for _, hu := range block.Int16 {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(hu))
	}
	return os.WriteFile(file, raw, 0o600)
}
