package command

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"consilium/lab/align"
	"consilium/lab/scan"
	"consilium/lab/space"
	"consilium/lab/surface"
)

type labRegisterCmd struct {
	Spec string `arg:"" name:"SPEC.json" help:"What is brought onto what: points, surface or volumes (docs/lab.md). Files are looked for beside it."`
	Out  string `placeholder:"RESULT.json" help:"Where the answer goes; without it to the standard output."`
}

// Run answers with the motion and its uncertainty.
func (c *labRegisterCmd) Run(ctx context.Context) error {
	f, err := os.Open(c.Spec)
	if err != nil {
		return err
	}
	defer f.Close()
	spec, err := align.ReadSpec(f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Spec, err)
	}
	answer, err := c.register(ctx, spec)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Spec, err)
	}
	text, err := json.MarshalIndent(answer, "", " ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	if c.Out == "" {
		_, err := os.Stdout.Write(text)
		return err
	}
	return os.WriteFile(c.Out, text, 0o600)
}

func (c *labRegisterCmd) register(ctx context.Context, spec *align.Spec) (*align.Answer, error) {
	start := space.Still
	if spec.Start != nil {
		start = *spec.Start
	}
	switch spec.Kind {
	case "surface":
		return c.toSurface(ctx, spec, start)
	case "volumes":
		return c.volumes(ctx, spec, start)
	}
	fit, err := align.Points(spec.Source, spec.Measured, spec.Weights, spec.Sigma)
	if err != nil {
		return nil, err
	}
	answer, err := spec.Answer(fit.Fit)
	if err != nil {
		return nil, err
	}
	answer.Points = &align.PointsAnswer{FRE: fit.FRE, ExpectedFRE: fit.Expected, Residuals: fit.Residuals, Spread: fit.Spread, Swap: fit.Swap}
	return answer, nil
}

func (c *labRegisterCmd) toSurface(ctx context.Context, spec *align.Spec, start space.Pose) (*align.Answer, error) {
	file := c.beside(spec.Surface)
	raw, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	mesh, err := surface.Read(filepath.Ext(file), raw)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	s, err := align.NewSurface(mesh.Points, mesh.Triangles)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	restarts := spec.Restarts
	if restarts == 0 {
		restarts = 8
	}
	fit, err := s.Fit(ctx, spec.Source, start, align.SurfaceSettings{Outliers: spec.Outliers, Restarts: restarts})
	if err != nil {
		return nil, err
	}
	answer, err := spec.Answer(fit.Fit)
	if err != nil {
		return nil, err
	}
	answer.Surface = &align.SurfaceFacts{Converged: fit.Converged, Iterations: fit.Iterations, Residual: fit.Residual, Rejected: fit.Rejected, Restarts: fit.Restarts, Agreeing: fit.Agreeing}
	return answer, nil
}

func (c *labRegisterCmd) volumes(ctx context.Context, spec *align.Spec, start space.Pose) (*align.Answer, error) {
	fixed, err := scan.Open(ctx, c.beside(spec.Fixed), scan.Options{})
	if err != nil {
		return nil, err
	}
	moving, err := scan.Open(ctx, c.beside(spec.Moving), scan.Options{})
	if err != nil {
		return nil, err
	}
	fit, err := align.Volumes(ctx, fixed.Volume, moving.Volume, start, align.VolumesSettings{Samples: spec.Samples})
	if err != nil {
		return nil, err
	}
	answer, err := spec.Answer(fit.Fit)
	if err != nil {
		return nil, err
	}
	answer.Volumes = &align.VolumesFacts{Converged: fit.Converged, Information: fit.Information, Before: fit.Before, Overlap: fit.Overlap}
	return answer, nil
}

// beside is a file that the specification names.
func (c *labRegisterCmd) beside(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(filepath.Dir(c.Spec), name)
}
