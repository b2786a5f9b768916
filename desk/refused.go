package desk

import (
	"bufio"
	"context"
	"encoding/csv"
	"io"
	"slices"
	"strconv"

	"consilium/casebook"
	"consilium/jobs"
	"consilium/lang"
	"consilium/ledger"
	"consilium/terms/sheet"
)

// refusedRows writes the rows that an import refused into a table of their own, each with why, so that they can be put right there and imported again.
type refusedRows struct {
	ctx      context.Context
	blobs    Blobs
	language lang.Language

	columns []string
	keep    []int // places of the columns that are kept: not those that an earlier file of refused rows had added
	table   *csv.Writer
	out     *bufio.Writer
	pipe    *io.PipeWriter
	kept    chan keptFile
}

type keptFile struct {
	hash ledger.Hash
	size int64
	err  error
}

// added are the columns that a file of refused rows has beyond those of the table.
var added = []string{"why", "line", "text"}

func newRefused(ctx context.Context, blobs Blobs, l lang.Language) *refusedRows {
	return &refusedRows{ctx: ctx, blobs: blobs, language: l}
}

func (r *refusedRows) head(columns []string) {
	for i, name := range columns {
		if !slices.Contains(added, name) {
			r.keep, r.columns = append(r.keep, i), append(r.columns, name)
		}
	}
}

// begin opens the file: most imports have none.
func (r *refusedRows) begin() {
	in, out := io.Pipe()
	r.pipe, r.kept = out, make(chan keptFile, 1)
	go func() {
		hash, size, err := r.blobs.Put(r.ctx, in, 2*maxTable)
		in.CloseWithError(err)
		r.kept <- keptFile{hash, size, err}
	}()
	r.out = bufio.NewWriter(out)
	r.out.WriteString("\ufeff") // Excel takes a table without it for one of the local code page
	r.table = csv.NewWriter(r.out)
	r.table.Write(append(slices.Clone(r.columns), added...))
}

func (r *refusedRows) add(row sheet.Row, e *casebook.RowError) {
	if r.table == nil {
		r.begin()
	}
	var cells []string
	for _, i := range r.keep {
		cell := ""
		if i < len(row.Cells) {
			cell = row.Cells[i]
		}
		cells = append(cells, cell)
	}
	text := ""
	if row.Fault != "" {
		text = row.Raw
	}
	why := *e
	r.table.Write(append(cells, why.Tell().In(r.language), strconv.Itoa(row.Line), text))
}

// close ends the file and tells where it is kept; nil where no row was refused.
func (r *refusedRows) close() (*jobs.File, error) {
	if r.table == nil {
		return nil, nil
	}
	r.table.Flush()
	r.pipe.CloseWithError(r.out.Flush())
	kept := <-r.kept
	if kept.err != nil {
		return nil, kept.err
	}
	return &jobs.File{Hash: jobs.Hash(kept.hash), Size: kept.size, Type: "text/csv; charset=utf-8", Name: "refused.csv"}, nil
}
