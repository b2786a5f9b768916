package command

import (
	"context"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"consilium/lab/reference"
)

type labCmd struct {
	Register labRegisterCmd `cmd:"" help:"Registration: points, points to a surface, scan to scan, each with its uncertainty."`
	IGTL     labIGTLCmd     `cmd:"" name:"igtl" help:"OpenIGTLink: show, listen, record a path against a plan. Simulation, not control of a robot."`
	FE       labFECmd       `cmd:"" name:"fe" help:"Strength: voxel finite elements from a CT, by a specification."`
	Surface  labSurfaceCmd  `cmd:"" help:"Surface of what is at or above a threshold, smoothed, thinned, measured and written for print or view."`
	Segment  labSegmentCmd  `cmd:"" help:"Which voxels belong to what: by HU, seeds, shape; parts that touch are split."`
	Plan     labPlanCmd     `cmd:"" help:"Measure a plan: angles of the leg, wedges, implants against the bone, achieved beside planned."`
	Guide    labGuideCmd    `cmd:"" help:"A cutting guide or an anatomical model for print, checked on the finished mesh."`
	Check    labCheckCmd    `cmd:"" help:"Compute every case of a folder and compare with the results that stand there."`
}

type labCheckCmd struct {
	Dir string `arg:"" name:"DIR" help:"Folder with case files: fe-*.json, registration.json, isosurface.json."`
	CT  string `name:"ct" placeholder:"FILE" help:"The CT that the surfaces of isosurface.json are computed from."`
}

// Run prints a line for each case and the count at the end; a case that fails is said with what was wrong, and the others go on.
func (c *labCheckCmd) Run(ctx context.Context) error {
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	passed, failed := 0, 0
	unknown, err := reference.Check(ctx, c.Dir, reference.Options{CT: c.CT}, func(r reference.Row) {
		word := "ok"
		passed++
		if !r.Passed {
			word = "FAILED"
			passed--
			failed++
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%.2f s\t%s\n", word, r.File, r.Case, r.Seconds, r.Worst)
		for _, w := range r.Wrong {
			fmt.Fprintf(out, "\t\t\t\t  %s\n", w)
		}
	})
	out.Flush()
	if len(unknown) > 0 {
		fmt.Printf("not a case of the lab: %s\n", strings.Join(unknown, ", "))
	}
	if err != nil {
		return err
	}
	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		return ErrSaid
	}
	return nil
}
