package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"consilium/node"
	"consilium/node/command"
	"consilium/store"
)

type initCmd struct {
	Data  string `help:"New data folder." required:"" placeholder:"DIR"`
	Name  string `help:"The hospital's name." required:""`
	Place string `help:"Where it is, in degrees." placeholder:"LAT,LON"`
	DB    string `help:"Keep the database on PostgreSQL instead of SQLite in the folder." name:"db" placeholder:"postgres://…"`
	Blobs string `help:"Keep files in a bucket of an S3 store instead of the folder: s3://BUCKET/PREFIX?endpoint=https://HOST&region=REGION. Its keys come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or from a file." placeholder:"s3://…"`
	Sheet string `help:"Write the recovery sheet to this file instead of showing it." placeholder:"FILE"`
	JSON  bool   `help:"Answer in JSON (needs --sheet)." name:"json"`
}

func (c *initCmd) Run(ctx context.Context) error {
	if c.JSON && c.Sheet == "" {
		return fmt.Errorf("the recovery sheet is shown once: with --json say with --sheet FILE where it goes")
	}
	h := node.Hospital{Name: c.Name, DB: c.DB, Blobs: c.Blobs}
	if err := c.place(&h); err != nil {
		return err
	}
	h, sheet, err := node.Init(ctx, c.Data, h, time.Now())
	if err != nil {
		return err
	}
	if c.Sheet != "" {
		if err := store.WriteFile(command.Absolute(c.Sheet), []byte(sheet)); err != nil {
			return fmt.Errorf("the hospital was made, but its recovery sheet could not be written, and it exists nowhere else: make the hospital again in an empty folder: %w", err)
		}
	}
	if c.JSON {
		return command.PrintJSON(map[string]any{"id": h.ID, "name": h.Name, "data": command.Absolute(c.Data), "sheet": c.Sheet})
	}
	if c.Sheet == "" {
		fmt.Fprintln(os.Stdout, sheet)
	}
	fmt.Printf("%s is ready in %s.\nNext: consilium user add --data %s --username NAME --name \"…\" --role administrator\n", h.Name, command.Absolute(c.Data), c.Data)
	return nil
}

func (c *initCmd) place(h *node.Hospital) error {
	if c.Place == "" {
		return nil
	}
	lat, lon, _ := strings.Cut(c.Place, ",")
	y, err1 := strconv.ParseFloat(strings.TrimSpace(lat), 64)
	x, err2 := strconv.ParseFloat(strings.TrimSpace(lon), 64)
	if err1 != nil || err2 != nil {
		return fmt.Errorf("--place %q: write LAT,LON in degrees, such as 31.23,121.47", c.Place)
	}
	h.Lat, h.Lon = &y, &x
	return nil
}

type idCmd struct {
	Data string `help:"Data folder of the hospital." default:"consilium-data" placeholder:"DIR"`
	JSON bool   `help:"Answer in JSON." name:"json"`
}

func (c *idCmd) Run() error {
	h, err := node.ReadHospital(c.Data)
	if err != nil {
		return err
	}
	if c.JSON {
		return command.PrintJSON(map[string]any{"id": h.ID, "name": h.Name})
	}
	fmt.Println(h.ID)
	return nil
}

type versionCmd struct{}

func (versionCmd) Run() error {
	fmt.Println("consilium", version)
	return nil
}
