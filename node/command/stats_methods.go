package command

import (
	"encoding/json"
	"fmt"
	"strings"

	"consilium/lang"
	"consilium/stats"
	"consilium/stats/analysis"
)

type statsMethodsCmd struct {
	Name string `arg:"" optional:"" help:"One method, to see the keys of its specification and the fields of its result."`
	JSON bool   `help:"Answer in JSON." name:"json"`
}

// Run lists all methods, or describes one.
func (c *statsMethodsCmd) Run() error {
	if c.Name == "" {
		return c.list()
	}
	m, found := analysis.Find(c.Name)
	if !found {
		if near := stats.Nearest(c.Name, analysis.Names()); near != "" {
			return fmt.Errorf("there is no method %q; did you mean %s?", c.Name, near)
		}
		return fmt.Errorf("there is no method %q; there are %s", c.Name, strings.Join(analysis.Names(), ", "))
	}
	if c.JSON {
		return PrintJSON(defined(m))
	}
	describe(defined(m))
	return nil
}

func (c *statsMethodsCmd) list() error {
	if c.JSON {
		items := []definedMethod{}
		for _, m := range analysis.Methods() {
			items = append(items, defined(m))
		}
		return PrintJSON(map[string]any{"items": items})
	}
	var rows [][]string
	for _, m := range analysis.Methods() {
		rows = append(rows, []string{m.Name, m.About})
	}
	Table([]string{"METHOD", "WHAT IT ANSWERS"}, rows)
	return nil
}

// definedMethod is a method with what exactly it computes, for a methods section.
type definedMethod struct {
	analysis.Description
	Definition string `json:"definition"`
}

func defined(m analysis.Method) definedMethod {
	return definedMethod{m.Describe(), lang.P(lang.English, "stats.definition."+m.Name, nil)}
}

// asJSON is a value as a specification has it; "" for none.
func asJSON(v any) string {
	if v == nil {
		return ""
	}
	var out strings.Builder
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // >= is what a person types
	if err := e.Encode(v); err != nil {
		return fmt.Sprint(v)
	}
	return strings.TrimSuffix(out.String(), "\n")
}

// describe prints what a method takes and gives.
func describe(d definedMethod) {
	fmt.Printf("%s: %s\n\n%s\n", d.Name, d.About, d.Definition)
	if d.Source != "" {
		fmt.Println("After:", d.Source)
	}
	fmt.Println()
	var rows [][]string
	for _, p := range d.Parameters {
		about := p.About
		if len(p.Choices) > 0 {
			about += " (" + strings.Join(p.Choices, ", ") + ")"
		}
		if len(p.Aliases) > 0 {
			about += "; also " + strings.Join(p.Aliases, ", ")
		}
		rows = append(rows, []string{p.Name, string(p.Kind), asJSON(p.Default), asJSON(p.Example), about})
	}
	Table([]string{"KEY", "TYPE", "DEFAULT", "EXAMPLE", "WHAT IT SAYS"}, rows)
	if len(d.Result) == 0 {
		return
	}
	fmt.Println()
	rows = nil
	for _, f := range d.Result {
		rows = append(rows, []string{f.Name, f.Type, f.About})
	}
	Table([]string{"RESULT", "TYPE", "WHAT IT IS"}, rows)
}
