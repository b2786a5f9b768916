package command

import (
	"fmt"
	"os"
	"strconv"

	"consilium/pathway"
)

type pathwayCmd struct {
	Check  pathwayCheckCmd  `cmd:"" help:"Check a pack: every fault with file, line and reason."`
	Adopt  pathwayAdoptCmd  `cmd:"" help:"Put a pack in force at this hospital, from the node's next start."`
	List   pathwayListCmd   `cmd:"" help:"List the packs in this program."`
	REDCap pathwayREDCapCmd `cmd:"" name:"redcap" help:"Draft a pack from a REDCap data dictionary."`
	Schema pathwaySchemaCmd `cmd:"" help:"Print the JSON Schema of a pack, for editors."`
}

type pathwayCheckCmd struct {
	File string `arg:"" help:"The pack (YAML)." type:"existingfile"`
	JSON bool   `help:"Answer in JSON." name:"json"`
}

func (c *pathwayCheckCmd) Run() error {
	issues, err := pathway.Check(c.File)
	if err != nil {
		return err
	}
	if c.JSON {
		if err := PrintJSON(map[string]any{"file": c.File, "issues": issues}); err != nil {
			return err
		}
	} else {
		for _, issue := range issues {
			fmt.Println(issue)
		}
	}
	if len(issues) > 0 {
		return ErrSaid
	}
	if !c.JSON {
		fmt.Println(c.File, "is a sound pack.")
	}
	return nil
}

type pathwayAdoptCmd struct {
	Data string `help:"Data folder of the hospital." default:"consilium-data" placeholder:"DIR"`
	File string `arg:"" help:"The pack (YAML)." type:"existingfile"`
}

func (c *pathwayAdoptCmd) Run(in Program) error {
	p, err := in.Adopt(c.Data, c.File)
	if err != nil {
		return err
	}
	fmt.Printf("%s %s (%s) was adopted; it acts from the node's next start.\n", p.ID, p.Version, p.Name.En)
	return nil
}

type pathwayListCmd struct {
	JSON bool `help:"Answer in JSON." name:"json"`
}

func (c *pathwayListCmd) Run() error {
	if c.JSON {
		items := []map[string]any{}
		for _, p := range pathway.Shipped() {
			items = append(items, map[string]any{"id": p.ID, "version": p.Version, "name": p.Name, "hash": fmt.Sprintf("%x", p.Hash())})
		}
		return PrintJSON(map[string]any{"items": items})
	}
	var rows [][]string
	for _, p := range pathway.Shipped() {
		rows = append(rows, []string{p.ID, p.Version, p.Name.En, p.Name.Zh, strconv.Itoa(len(p.Forms))})
	}
	Table([]string{"PACK", "VERSION", "NAME", "名称", "FORMS"}, rows)
	return nil
}

type pathwayREDCapCmd struct {
	File string `arg:"" help:"The data dictionary (CSV)." type:"existingfile"`
	ID   string `help:"The pack's name: small letters, digits, dashes." name:"id" required:""`
}

// Run prints the draft; what a person must still decide goes beside it.
func (c *pathwayREDCapCmd) Run() error {
	f, err := os.Open(c.File)
	if err != nil {
		return err
	}
	defer f.Close()
	draft, notes, err := pathway.FromREDCap(f, c.ID)
	if err != nil {
		return err
	}
	for _, note := range notes {
		fmt.Fprintln(os.Stderr, note)
	}
	_, err = os.Stdout.Write(draft)
	return err
}

type pathwaySchemaCmd struct{}

func (pathwaySchemaCmd) Run() error {
	fmt.Println(string(pathway.Schema()))
	return nil
}
