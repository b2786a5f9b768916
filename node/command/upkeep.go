package command

import (
	"context"
	"fmt"
	"os"
	"strings"

	"consilium/desk"
	"consilium/lang"
)

type backupCmd struct {
	target
	To             string `help:"Folder for the copy. A second backup to the same place copies only what is new." required:"" placeholder:"DIR"`
	Recipient      string `help:"To whom it is closed: a recipient of age (age1…), whose identity is kept elsewhere." xor:"to" placeholder:"AGE1…"`
	PassphraseFile string `help:"Or a file whose first line is a passphrase of at least 12 letters." xor:"to" type:"existingfile" placeholder:"FILE"`
}

func (c *backupCmd) Run(ctx context.Context, p Program) error {
	passphrase, err := FirstLine(c.PassphraseFile)
	if err != nil {
		return err
	}
	return c.ask(ctx, p, func(api *client) error {
		var answer struct {
			To      string      `json:"to"`
			Without []lang.Text `json:"without,omitempty"`
		}
		if err := api.do(ctx, "POST", "/backup", map[string]any{"to": Absolute(c.To), "recipient": c.Recipient, "passphrase": passphrase}, &answer); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(answer)
		}
		fmt.Printf("Copied to %s, closed. Without its passphrase or identity nobody opens it, you neither. Prove it with: consilium restore --check\n", Absolute(c.To))
		for _, left := range answer.Without {
			fmt.Println("Not in it: " + left.En)
		}
		return nil
	})
}

// FirstLine is the first line of a file that holds a secret; of no file it is empty.
func FirstLine(path string) (string, error) {
	if path == "" {
		return "", nil
	}
	raw, err := os.ReadFile(path)
	line, _, _ := strings.Cut(string(raw), "\n")
	return strings.TrimRight(line, "\r"), err
}

type verifyCmd struct {
	target
	Thread string `arg:"" optional:"" help:"One thread; without it, all."`
	Deep   bool   `help:"Of all threads: also compare lists and searches with what the entries fold to."`
}

func (c *verifyCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var report desk.VerifyReport
		deep := ""
		if c.Deep {
			deep = "true"
		}
		if err := api.do(ctx, "GET", "/verify"+query("thread", c.Thread, "deep", deep), nil, &report); err != nil {
			return err
		}
		if c.JSON {
			if err := PrintJSON(report); err != nil {
				return err
			}
		} else {
			fmt.Printf("%d threads, %d entries (%d erased), %d files\n", report.Threads, report.Entries, report.Erased, report.Files)
			for _, b := range report.Breaks {
				fmt.Println("BROKEN  " + b)
			}
		}
		if len(report.Breaks) > 0 {
			return ErrSaid
		}
		if !c.JSON {
			fmt.Println("Everything holds that was looked at.")
			for _, line := range report.NotProved {
				fmt.Println("Not proved: " + line)
			}
		}
		return nil
	})
}
