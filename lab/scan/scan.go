package scan

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"consilium/lab/volume"
)

// ErrNoImages says that a folder holds no image with a place in the patient.
var ErrNoImages = errors.New("scan: no images")

// Options choose among what a folder holds.
type Options struct {
	Series string // Series Instance UID; may be empty if there is one series only
}

// Scan is a volume, what had to be done to make it, and where it came from.
type Scan struct {
	Volume *volume.Volume
	Report volume.Report
	Origin *Origin // nil if the scan was not DICOM
}

// Open reads a scan. The kind of file is told by its ending; a folder, or a file with another ending, is DICOM.
func Open(ctx context.Context, path string, o Options) (*Scan, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	name := strings.ToLower(filepath.Base(path))
	switch {
	case info.IsDir():
		return openDICOM(ctx, path, o)
	case strings.HasSuffix(name, ".nii") || strings.HasSuffix(name, ".nii.gz"):
		return openNIfTI(path)
	case strings.HasSuffix(name, ".inv3"):
		v, err := volume.ReadInVesalius(path)
		if err != nil {
			return nil, err
		}
		return plain(v), nil
	}
	return openDICOM(ctx, path, o)
}

func openNIfTI(path string) (*Scan, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	v, err := volume.ReadNIfTI(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return plain(v), nil
}

// plain is a scan whose file held a volume already: nothing had to be done.
func plain(v *volume.Volume) *Scan {
	return &Scan{Volume: v, Report: volume.Report{Slices: v.Size[2], Float: v.Int16 == nil, Anisotropy: v.Spacing[2] / min(v.Spacing[0], v.Spacing[1])}}
}
