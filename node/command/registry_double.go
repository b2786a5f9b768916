package command

import (
	"context"
	"fmt"
	"os"
	"text/tabwriter"
)

type registryDoubleCmd struct {
	target
	Pathway string `arg:"" help:"The pathway, such as hfs-mvd."`
}

// registryDouble is how far two people agree who entered the same forms.
type registryDouble struct {
	Pathway   string                `json:"pathway"`
	Forms     int                   `json:"forms"`
	Variables []registryConcordance `json:"variables"`
	Again     []registryPlace       `json:"again"`
}

type registryPlace struct {
	Case      string `json:"case"`
	Operation int    `json:"operation"`
}

type registryConcordance struct {
	Variable string `json:"variable"`
	Kind     string `json:"kind"`
	Forms    int    `json:"forms"`
	Same     int    `json:"same"`
	Kappa    *struct {
		Value float64 `json:"value"`
		SE    float64 `json:"se"`
	} `json:"kappa,omitempty"`
	Limits *struct {
		Pairs int     `json:"pairs"`
		Mean  float64 `json:"mean"`
		SD    float64 `json:"sd"`
		Low   float64 `json:"low"`
		High  float64 `json:"high"`
	} `json:"limits,omitempty"`
	Open []struct {
		registryPlace
		First  string    `json:"first"`
		Second string    `json:"second"`
		Says   [2]string `json:"says"`
	} `json:"open"`
}

func (c *registryDoubleCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var d registryDouble
		if err := api.do(ctx, "GET", registryPath(c.Pathway, "double"), nil, &d); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(d)
		}
		return d.print()
	})
}

func (d registryDouble) print() error {
	fmt.Printf("%d forms entered twice\n", d.Forms)
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	for _, v := range d.Variables {
		agree := ""
		if k := v.Kappa; k != nil {
			agree = fmt.Sprintf("kappa %.2f (SE %.2f)", k.Value, k.SE)
		}
		if l := v.Limits; l != nil {
			agree = fmt.Sprintf("difference %.4g, limits %.4g to %.4g, %d pairs", l.Mean, l.Low, l.High, l.Pairs)
		}
		fmt.Fprintf(w, "%s\t%d of %d the same at first\t%d still not\t%s\n", v.Variable, v.Same, v.Forms, len(v.Open), agree)
	}
	for _, v := range d.Variables {
		for _, o := range v.Open {
			fmt.Fprintf(w, "still not the same: case %s, operation %d\t%s\t%s\t%s\n", o.Case, o.Operation, v.Variable, o.Says[0], o.Says[1])
		}
	}
	for _, a := range d.Again {
		fmt.Fprintf(w, "to enter a second time: case %s, operation %d\n", a.Case, a.Operation)
	}
	return w.Flush()
}
