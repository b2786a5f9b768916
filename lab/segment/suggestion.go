package segment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"

	"consilium/lab/volume"
)

// Model is a learned model that the hospital has installed itself: a program, such as an ONNX runtime, and the model's file. Nothing is downloaded, and nothing leaves the machine. The program is run as
// "Program Args… MODEL IN.nii OUT.nii"; OUT is a mask on the same grid, anything above one half belongs.
type Model struct {
	Program string   `json:"program"`
	Args    []string `json:"args,omitempty"`
	File    string   `json:"file"`
}

// Suggestion is what a model proposes. It is no segmentation until a person has looked at it and accepted it; whatever shows it says so, and by which model.
type Suggestion struct {
	Mask     *volume.Mask `json:"-"`
	Model    string       `json:"model"`  // name of its file
	SHA256   string       `json:"sha256"` // of its file: the version that proposed this
	Voxels   int          `json:"voxels"`
	Accepted string       `json:"accepted_by,omitempty"` // empty: nobody has
}

// ErrModel says that a model did not give a mask.
var ErrModel = errors.New("segment: the model gave no mask")

// Suggest runs the model on a scan. The context stops it.
func (m Model) Suggest(ctx context.Context, v *volume.Volume) (*Suggestion, error) {
	sum, err := hashOf(m.File)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	dir, err := os.MkdirTemp("", "consilium-model-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in, out := filepath.Join(dir, "in.nii"), filepath.Join(dir, "out.nii")
	if err := writeNIfTI(in, v); err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, m.Program, append(append([]string{}, m.Args...), m.File, in, out)...)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s: %w: %.200s", ErrModel, m.Program, err, text)
	}
	f, err := os.Open(out)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	defer f.Close()
	answer, err := volume.ReadNIfTI(f)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	if !answer.Same(v.Grid) {
		return nil, fmt.Errorf("%w: its answer lies on another grid than the scan", ErrModel)
	}
	mask := answer.Threshold(0.5, math.Inf(1))
	return &Suggestion{Mask: mask, Model: filepath.Base(m.File), SHA256: sum, Voxels: mask.Count()}, nil
}

func hashOf(file string) (string, error) {
	f, err := os.Open(file)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func writeNIfTI(name string, v *volume.Volume) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(v.WriteNIfTI(f), f.Close())
}
