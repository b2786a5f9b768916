package reference

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"consilium/stats"
)

// largest is the longest data set that is read, so that a wrong file does not fill the memory.
const largest = 4 << 30

// ReadCase reads the JSON of one case.
func ReadCase(r io.Reader) (Case, error) {
	var c Case
	raw, err := io.ReadAll(io.LimitReader(r, 64<<20))
	if err != nil {
		return c, err
	}
	if err := json.Unmarshal(raw, &c); err != nil {
		return c, &stats.Error{Method: "case", Problem: stats.Invalid, Detail: fmt.Sprintf("it is not a case in JSON: %v", err)}
	}
	if c.Method == "" {
		return c, &stats.Error{Method: "case", Problem: stats.Invalid, Variable: c.ID, Detail: "it names no method", Advice: `Write {"method": …, "dataset": …, "spec": {…}}`}
	}
	return c, nil
}

// ReadTable reads comma-separated values (RFC 4180) with a header. A column is of numbers if each of its fields is one, or empty, or NA.
func ReadTable(r io.Reader) (*stats.Table, error) {
	rows := csv.NewReader(bufio.NewReaderSize(io.LimitReader(r, largest), 1<<20))
	rows.ReuseRecord = true
	header, err := rows.Read()
	if err != nil {
		return nil, broken(err)
	}
	columns := make([]column, len(header))
	for j, name := range header {
		columns[j].name = strings.TrimPrefix(strings.Clone(name), "\ufeff")
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, broken(err)
		}
		for j, field := range row {
			columns[j].add(field)
		}
	}
	t := &stats.Table{}
	for _, c := range columns {
		t.Columns = append(t.Columns, stats.Column{Name: c.name, Numbers: c.numbers, Texts: c.texts})
	}
	return t, nil
}

func broken(err error) error {
	return &stats.Error{Method: "data", Problem: stats.Invalid, Detail: "the table cannot be read: " + err.Error()}
}

// column is of numbers until a field is not one; then what was read becomes words.
type column struct {
	name    string
	numbers []float64
	texts   []string
	words   map[string]string // one copy of each word
}

func (c *column) add(field string) {
	if c.texts != nil {
		c.texts = append(c.texts, c.word(field))
		return
	}
	if len(field) == 0 || field == "NA" {
		c.numbers = append(c.numbers, math.NaN())
		return
	}
	if v, ok := short(field); ok {
		c.numbers = append(c.numbers, v)
		return
	}
	v, err := strconv.ParseFloat(field, 64)
	if err == nil {
		c.numbers = append(c.numbers, v)
		return
	}
	c.become(field)
}

// become turns the numbers read so far back into words, and adds the first field that is not a number.
func (c *column) become(field string) {
	c.texts, c.words = make([]string, 0, len(c.numbers)+1), map[string]string{}
	for _, v := range c.numbers {
		if math.IsNaN(v) {
			c.texts = append(c.texts, "")
		} else {
			c.texts = append(c.texts, strconv.FormatFloat(v, 'g', -1, 64))
		}
	}
	c.numbers = nil
	c.texts = append(c.texts, c.word(field))
}

func (c *column) word(field string) string {
	if field == "NA" {
		return ""
	}
	w, ok := c.words[field]
	if !ok {
		w = strings.Clone(field) // the reader uses its memory again
		c.words[w] = w
	}
	return w
}

// short reads a decimal of at most 15 digits, which a float64 division by a power of ten rounds correctly (Clinger 1990): most fields are such.
func short(field string) (float64, bool) {
	digits, point, whole := field, -1, int64(0)
	if negative := field[0] == '-'; negative {
		digits = field[1:]
	}
	if len(digits) == 0 || len(digits) > 16 {
		return 0, false
	}
	count := 0
	for i := range len(digits) {
		switch b := digits[i]; {
		case b >= '0' && b <= '9':
			whole = whole*10 + int64(b-'0')
			count++
		case b == '.' && point < 0:
			point = i
		default:
			return 0, false
		}
	}
	if count == 0 || count > 15 {
		return 0, false
	}
	v := float64(whole)
	if point >= 0 {
		v /= powers[len(digits)-1-point]
	}
	if field[0] == '-' {
		v = -v
	}
	return v, true
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}
