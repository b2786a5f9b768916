package command

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"consilium/lab/guide"
	"consilium/lab/surface"
)

type labGuideCmd struct {
	Design string `arg:"" name:"DESIGN.json" help:"The design: contact patch, slots, sleeves, settings (docs/lab.md)."`
	Bone   string `required:"" placeholder:"FILE" help:"The bone's closed surface: .stl, .ply, .3mf, .glb."`
	Model  bool   `help:"Make an anatomical model of the bone with the label instead of a guide."`
	Out    string `required:"" placeholder:"FILE" help:"Where it goes: .3mf or .stl for print."`
	Draft  bool   `help:"Write it although it has faults, to look at. Its title says DRAFT."`
	JSON   bool   `name:"json" help:"Say the report as JSON."`
}

type guideResult struct {
	guide.Report
	File   string `json:"file,omitempty"`
	SHA256 string `json:"sha256,omitempty"` // of the file: what designer and surgeon sign
}

// Run makes the guide or model, checks the finished mesh, and writes it if it has no fault. The file's hash is what two people sign before it is released.
func (c *labGuideCmd) Run() error {
	f, err := os.Open(c.Design)
	if err != nil {
		return err
	}
	defer f.Close()
	d, err := guide.Read(f)
	if err != nil {
		return fmt.Errorf("%s: %w", c.Design, err)
	}
	bone, err := surface.ReadFile(c.Bone)
	if err != nil {
		return err
	}
	make := guide.Make
	if c.Model {
		make = guide.Model
	}
	g, err := make(*d, bone)
	if err != nil {
		return err
	}
	r := guideResult{Report: g.Report}
	if len(r.Faults) == 0 || c.Draft {
		if err := r.write(g, c.Out); err != nil {
			return err
		}
	}
	if err := c.say(&r); err != nil {
		return err
	}
	if len(r.Faults) > 0 {
		return ErrSaid
	}
	return nil
}

func (r *guideResult) write(g *guide.Guide, name string) error {
	title := g.Design.Case
	if len(r.Faults) > 0 {
		title = "DRAFT " + title
	}
	if err := g.Mesh.WriteFile(name, title); err != nil {
		return err
	}
	raw, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(raw)
	r.File, r.SHA256 = name, hex.EncodeToString(sum[:])
	return nil
}

func (c *labGuideCmd) say(r *guideResult) error {
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(r)
	}
	fmt.Printf("%d triangles, %.1f cm³, closed: %v, thinnest wall %.2f mm\n", r.Topology.Triangles, r.Volume/1000, r.Topology.Watertight, r.ThinWall)
	if !c.Model {
		fmt.Printf("contact %.0f mm², %.2f to %.2f mm from the bone; undercut filled %.0f mm³; comes off with %.2f mm\n", r.Contact, r.Gap.Smallest, r.Gap.Largest, r.Undercut, r.TakeOff)
	}
	for _, m := range r.Dimensions {
		fmt.Printf("%s %s: %.2f to %.2f mm for %.2f\n", m.Sort, m.Name, m.Smallest, m.Largest, m.Wanted)
	}
	if r.File != "" {
		fmt.Printf("written: %s, SHA-256 %s\n", r.File, r.SHA256)
	}
	if len(r.Faults) > 0 {
		fmt.Fprintln(os.Stderr, "consilium: not printable:", strings.Join(r.Faults.English(), "; "))
	}
	return nil
}
