package export

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/parquet-go/parquet-go"

	"consilium/registry"
	"consilium/terms"
)

// rowsAtOnce is how many rows go into one row group: a few megabytes in memory.
const rowsAtOnce = 20_000

// Parquet writes the rows as a Parquet file: numbers, truth values and days as such, codes as dictionaries, compressed. Its columns stand in the order of their names, since
// a schema made at run time has no other. Labels and units are in the file's metadata, under the column's name.
func Parquet(out io.Writer, t *Table) error {
	group := parquet.Group{}
	options := []parquet.WriterOption{parquet.Compression(&parquet.Zstd), parquet.KeyValueMetadata("consilium.mark", oneLine(t.Mark))}
	for _, c := range t.Columns {
		group[c.Name] = parquet.Optional(leaf(c))
		options = append(options, parquet.KeyValueMetadata("label:"+c.Name, c.Label.En))
		if c.Unit != "" {
			options = append(options, parquet.KeyValueMetadata("unit:"+c.Name, c.Unit))
		}
	}
	schema := parquet.NewSchema(t.Name, group)
	w := parquet.NewGenericWriter[any](out, append(options, schema)...)
	places := make([]int, len(t.Columns))
	for at, path := range schema.Columns() {
		places[at] = place(t, path[0])
	}
	p := &packing{t: t, w: w, places: places}
	if err := t.Each(p.add); err != nil {
		return err
	}
	if err := p.flush(); err != nil {
		return err
	}
	return w.Close()
}

// leaf is the Parquet type of a column.
func leaf(c registry.Column) parquet.Node {
	switch c.Kind {
	case registry.Integer:
		return parquet.Int(64)
	case registry.Decimal:
		return parquet.Leaf(parquet.DoubleType)
	case registry.Bool:
		return parquet.Leaf(parquet.BooleanType)
	case registry.Date:
		return parquet.Date()
	}
	return parquet.Encoded(parquet.String(), &parquet.RLEDictionary)
}

// packing gathers rows until they make a row group.
type packing struct {
	t      *Table
	w      *parquet.GenericWriter[any]
	places []int // of each column of the file, where it stands in a row of ours
	rows   []parquet.Row
	n      int
}

func (p *packing) add(row []registry.Cell) error {
	out := make(parquet.Row, len(p.places))
	for at, from := range p.places {
		v, err := valueOf(p.t.Columns[from], row[from])
		if err != nil {
			return err
		}
		defined := 1
		if v.IsNull() {
			defined = 0
		}
		out[at] = v.Level(0, defined, at)
	}
	p.rows = append(p.rows, out)
	if len(p.rows) < 1_000 {
		return nil
	}
	return p.write()
}

func (p *packing) write() error {
	if _, err := p.w.WriteRows(p.rows); err != nil {
		return err
	}
	p.n += len(p.rows)
	p.rows = p.rows[:0]
	if p.n >= rowsAtOnce {
		return p.flushGroup()
	}
	return nil
}

func (p *packing) flush() error {
	if len(p.rows) == 0 {
		return nil
	}
	return p.write()
}

func (p *packing) flushGroup() error {
	p.n = 0
	return p.w.Flush()
}

// valueOf is a cell as the file holds it; null where it is missing.
func valueOf(c registry.Column, cell registry.Cell) (parquet.Value, error) {
	if cell.Why != "" || cell.Value == "" {
		return parquet.NullValue(), nil
	}
	switch c.Kind {
	case registry.Integer:
		v, err := strconv.ParseInt(cell.Value, 10, 64)
		return parquet.Int64Value(v), wrong(c, cell, err)
	case registry.Decimal:
		v, err := strconv.ParseFloat(cell.Value, 64)
		return parquet.DoubleValue(v), wrong(c, cell, err)
	case registry.Bool:
		return parquet.BooleanValue(cell.Value == "true"), nil
	case registry.Date:
		day, err := terms.ParseDay(cell.Value[:min(len(cell.Value), 10)], time.UTC)
		if err != nil {
			return parquet.NullValue(), nil // known to the month or the year: a day would be invented
		}
		return parquet.Int32Value(int32(day.Unix() / 86400)), nil
	}
	return parquet.ByteArrayValue([]byte(cell.Value)), nil
}

func wrong(c registry.Column, cell registry.Cell, err error) error {
	if err != nil {
		return fmt.Errorf("column %s holds %.40q, which is no %s", c.Name, cell.Value, c.Kind)
	}
	return nil
}
