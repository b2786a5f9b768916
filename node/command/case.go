package command

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
)

type caseCmd struct {
	Open   caseOpenCmd   `cmd:"" help:"Open a case. The body is that of case.opened (casebook/KINDS.md)."`
	Append caseAppendCmd `cmd:"" help:"Say something in a case: one entry, with files."`
	Show   caseShowCmd   `cmd:"" help:"Show a case as its entries fold."`
	List   caseListCmd   `cmd:"" help:"List cases."`
}

type caseOpenCmd struct {
	target
	Body string `help:"What is said, in JSON; - reads standard input." default:"-" placeholder:"JSON"`
}

func (c *caseOpenCmd) Run(ctx context.Context, p Program) error {
	body, err := readBody(c.Body)
	if err != nil {
		return err
	}
	return c.ask(ctx, p, func(api *client) error {
		var answer map[string]any
		if err := api.do(ctx, "POST", "/cases", body, &answer); err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(answer)
		}
		fmt.Println(answer["id"])
		return nil
	})
}

func readBody(text string) (json.RawMessage, error) {
	raw := []byte(text)
	if text == "-" {
		var err error
		if raw, err = io.ReadAll(io.LimitReader(os.Stdin, 2<<20)); err != nil {
			return nil, fmt.Errorf("reading standard input: %w", err)
		}
	}
	if !json.Valid(raw) {
		return nil, fmt.Errorf("the body is not JSON")
	}
	return raw, nil
}

type caseAppendCmd struct {
	target
	Case string   `arg:"" help:"The case's ID."`
	Kind string   `help:"What is said, such as case.opinion (casebook/KINDS.md)." required:""`
	Body string   `help:"In JSON; - reads standard input." default:"-" placeholder:"JSON"`
	Ref  []string `help:"Hashes of the entries that it is about."`
	At   string   `help:"When it happened: a date, perhaps partial." placeholder:"DATE"`
	File []string `help:"Files to attach." type:"existingfile"`
	For  string   `help:"What the files need of the patient's consent: images, recording." name:"scope"`
}

func (c *caseAppendCmd) Run(ctx context.Context, p Program) error {
	body, err := readBody(c.Body)
	if err != nil {
		return err
	}
	return c.ask(ctx, p, func(api *client) error {
		blobs := []map[string]any{}
		for _, path := range c.File {
			blob, err := api.upload(ctx, path, c.For)
			if err != nil {
				return err
			}
			blobs = append(blobs, blob)
		}
		var answer map[string]any
		err := api.do(ctx, "POST", "/cases/"+c.Case+"/entries", map[string]any{"kind": c.Kind, "body": body, "refs": nonNil(c.Ref), "at": c.At, "blobs": blobs}, &answer)
		if err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(answer)
		}
		fmt.Println(answer["hash"])
		return nil
	})
}

// upload sends a file and gives what an entry says of it.
func (c *client) upload(ctx context.Context, path, scope string) (map[string]any, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	mediaType := mediaTypeOf(f, path)
	var blob map[string]any
	if err := c.send(ctx, "POST", "/blobs", mediaType, f, &blob); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	blob["type"], blob["label"] = mediaType, filepath.Base(path)
	if scope != "" {
		blob["scope"] = scope
	}
	return blob, nil
}

// mediaTypeOf tells a DICOM file (PS3.10: "DICM" after a preamble of 128 bytes) from others.
func mediaTypeOf(f *os.File, path string) string {
	head := make([]byte, 512)
	n, _ := io.ReadFull(f, head)
	f.Seek(0, io.SeekStart)
	if n >= 132 && string(head[128:132]) == "DICM" {
		return "application/dicom"
	}
	if t := mime.TypeByExtension(filepath.Ext(path)); t != "" {
		return t
	}
	return http.DetectContentType(head[:n])
}

type caseShowCmd struct {
	target
	Case string `arg:"" help:"The case's ID."`
}

func (c *caseShowCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var answer map[string]any
		if err := api.do(ctx, "GET", "/cases/"+c.Case, nil, &answer); err != nil {
			return err
		}
		return PrintJSON(answer)
	})
}

type caseListCmd struct {
	target
	Verb    string `help:"Only cases at this verb (refer, consult, plan, …)."`
	Pathway string `help:"Only cases of this pathway."`
	Text    string `help:"Search, names only at home." name:"q"`
	Limit   int    `help:"At most so many." default:"50"`
}

func (c *caseListCmd) Run(ctx context.Context, p Program) error {
	return c.ask(ctx, p, func(api *client) error {
		var answer struct {
			Items []struct {
				ID      string `json:"id"`
				Title   string `json:"title"`
				Pathway string `json:"pathway"`
				Verb    string `json:"verb"`
				Next    string `json:"next"`
				Home    string `json:"home"`
			} `json:"items"`
			Next string `json:"next"`
		}
		err := api.do(ctx, "GET", "/cases"+query("verb", c.Verb, "pathway", c.Pathway, "q", c.Text, "limit", strconv.Itoa(c.Limit)), nil, &answer)
		if err != nil {
			return err
		}
		if c.JSON {
			return PrintJSON(answer)
		}
		var rows [][]string
		for _, item := range answer.Items {
			rows = append(rows, []string{item.ID, item.Title, item.Verb, item.Next, item.Home})
		}
		Table([]string{"CASE", "TITLE", "VERB", "NEXT", "HOME"}, rows)
		return nil
	})
}
