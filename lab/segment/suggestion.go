package segment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"consilium/lab/volume"
)

// Model is a learned model that the hospital has installed itself: a program, such as a script around an ONNX runtime, and the file with the model's weights. Nothing is downloaded, and nothing leaves
// the machine. The program is run as "Program Args… FILE IN.nii OUT.nii"; IN is the scan in HU (NIfTI-1, without a name of the patient), OUT a mask on the same grid, in which what is above one half belongs.
type Model struct {
	Name    string   `json:"name"`            // as people choose it
	Version string   `json:"version"`         // as its maker calls it
	About   string   `json:"about,omitempty"` // what it finds, on which images it was made and tried
	Program string   `json:"program"`         // an absolute path
	Args    []string `json:"args,omitempty"`
	File    string   `json:"file"` // an absolute path

	SHA256 string `json:"-"` // of the file when the settings were read: what people were offered is what is run
}

// Suggestion is what a model proposes. It is no segmentation until a person has looked at it and accepted it; whatever shows it says so, and by which model.
type Suggestion struct {
	Mask   *volume.Mask
	SHA256 string // of the model's file
	Voxels int
}

// ErrModel says that a model did not give a mask.
var ErrModel = errors.New("segment: the model gave no mask")

const (
	mostModelTime = time.Hour        // that a model may take
	modelGoes     = 10 * time.Second // that it has to end after it was told to
	mostModelSays = 2000             // bytes of what it prints
	mostSettings  = 1 << 16          // bytes of a file that describes a model
)

// ReadModels reads files that each describe a model as JSON, and the hash of each model's own file.
func ReadModels(files []string) (list []Model, err error) {
	for _, name := range files {
		m, err := readModel(name)
		if err != nil {
			return nil, fmt.Errorf("model %s: %w", name, err)
		}
		if slices.ContainsFunc(list, func(o Model) bool { return o.Name == m.Name }) {
			return nil, fmt.Errorf("model %s: %q stands twice", name, m.Name)
		}
		list = append(list, m)
	}
	return list, nil
}

func readModel(name string) (m Model, err error) {
	f, err := os.Open(name)
	if err != nil {
		return m, err
	}
	defer f.Close()
	d := json.NewDecoder(io.LimitReader(f, mostSettings))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return m, err
	}
	if m.Name == "" || m.Version == "" || len(m.Name)+len(m.Version) > 60 || len(m.About) > 500 {
		return m, errors.New("it needs a name and a version, together of at most 60 bytes, and about of at most 500")
	}
	if !filepath.IsAbs(m.Program) || !filepath.IsAbs(m.File) {
		return m, errors.New("program and file are absolute paths")
	}
	m.SHA256, err = hashOf(m.File)
	return m, err
}

// Suggest runs the model on a scan. The context stops it, and so does an hour.
func (m Model) Suggest(ctx context.Context, v *volume.Volume) (*Suggestion, error) {
	sum, err := hashOf(m.File)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrModel, err)
	}
	if m.SHA256 != "" && m.SHA256 != sum {
		return nil, fmt.Errorf("%w: its file is another one than when this node began; the node has to be started again", ErrModel)
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
	if err := m.run(ctx, dir, in, out); err != nil {
		return nil, err
	}
	mask, err := readMask(out, v)
	if err != nil {
		return nil, err
	}
	return &Suggestion{Mask: mask, SHA256: sum, Voxels: mask.Count()}, nil
}

// run runs the program. It is given none of the node's own settings, among which are passwords.
func (m Model) run(ctx context.Context, dir, in, out string) error {
	ctx, end := context.WithTimeout(ctx, mostModelTime)
	defer end()
	said := &saying{}
	cmd := exec.CommandContext(ctx, m.Program, append(slices.Clone(m.Args), m.File, in, out)...)
	cmd.Dir, cmd.WaitDelay, cmd.Stdout, cmd.Stderr = dir, modelGoes, said, said
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "TMPDIR=" + dir, "LANG=C.UTF-8"}
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w: %s: %w: %s", ErrModel, filepath.Base(m.Program), err, said.text)
	}
	return nil
}

// saying keeps the beginning of what a program prints.
type saying struct{ text []byte }

func (s *saying) Write(p []byte) (int, error) {
	s.text = append(s.text, p[:min(len(p), mostModelSays-len(s.text))]...)
	return len(p), nil
}

func readMask(name string, v *volume.Volume) (*volume.Mask, error) {
	f, err := os.Open(name)
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
	return answer.Threshold(0.5, math.Inf(1)), nil
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
