// Command headct writes the CT of a real head as a ZIP of DICOM files, for the browser tests.
//
//	go run ./demo/headct FILE.zip SLICES DAY ACCESSION
package main

import (
	"fmt"
	"os"
	"strconv"

	"consilium/demo"
)

func main() {
	if err := write(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "headct:", err)
		os.Exit(1)
	}
}

func write(args []string) error {
	if len(args) != 4 {
		return fmt.Errorf("usage: headct FILE.zip SLICES DAY ACCESSION")
	}
	n, err := strconv.Atoi(args[1])
	if err != nil {
		return err
	}
	f, err := os.Create(args[0])
	if err != nil {
		return err
	}
	h := demo.HeadCT{Patient: "ZHOU^YANSHI", ID: "HC-DEMO-0001", Day: args[2], Accession: args[3], Slices: n, Double: true}
	if err := h.Zip(f); err != nil {
		return err
	}
	return f.Close()
}
