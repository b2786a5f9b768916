package pathway

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// Limits of a data dictionary: REDCap's largest projects have some thousands of fields.
const (
	maxRows       = 10_000
	maxDictionary = 32 << 20 // bytes
)

// dictionaryRow is one field of a dictionary, by the names of its columns, and the line on which it begins.
type dictionaryRow struct {
	line  int
	cells map[string]string
}

var errNoDictionary = errors.New(`this is no REDCap data dictionary: it needs the columns "Variable / Field Name" and "Field Type"`)

// read reads a dictionary whole or refuses it: one that is cut short would lose fields in silence.
func (d *draft) read(r io.Reader) ([]dictionaryRow, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxDictionary+1))
	if err != nil {
		return nil, fmt.Errorf("reading the data dictionary: %w", err)
	}
	if len(raw) > maxDictionary {
		return nil, fmt.Errorf("a data dictionary may have %d MiB at most", maxDictionary>>20)
	}
	text, err := d.decode(raw)
	if err != nil {
		return nil, err
	}
	in := csv.NewReader(strings.NewReader(text))
	in.FieldsPerRecord = -1
	header, err := in.Read()
	if err != nil {
		return nil, fmt.Errorf("reading the header of the data dictionary: %w", err)
	}
	if !slices.Contains(header, "Variable / Field Name") || !slices.Contains(header, "Field Type") {
		return nil, errNoDictionary
	}
	return dictionaryRows(in, header)
}

func dictionaryRows(in *csv.Reader, header []string) ([]dictionaryRow, error) {
	var rows []dictionaryRow
	for {
		record, err := in.Read()
		if err == io.EOF {
			return rows, nil
		}
		if err != nil {
			return nil, fmt.Errorf("reading the data dictionary: %w", err)
		}
		if len(rows) == maxRows {
			return nil, fmt.Errorf("a data dictionary may have %d rows at most", maxRows)
		}
		line, _ := in.FieldPos(0)
		row := dictionaryRow{line, map[string]string{}}
		for i, cell := range record {
			if i < len(header) {
				row.cells[header[i]] = strings.TrimSpace(cell)
			}
		}
		rows = append(rows, row)
	}
}

// decode gives the text of a file in UTF-8, UTF-16 or GB18030. What is none of these is refused: letters that were guessed wrong are rubbish in every label.
func (d *draft) decode(raw []byte) (string, error) {
	if raw, ok := bytes.CutPrefix(raw, []byte("\xef\xbb\xbf")); ok || utf8.Valid(raw) && !bytes.ContainsRune(raw, 0) {
		if !utf8.Valid(raw) {
			return "", errors.New("the data dictionary says that it is UTF-8 and is not: save it again as CSV UTF-8")
		}
		return string(raw), nil
	}
	for _, known := range []struct {
		name string
		encoding.Encoding
	}{{"UTF-16", unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)}, {"GB18030", simplifiedchinese.GB18030}} {
		if (known.name == "UTF-16") != bytes.ContainsRune(raw, 0) || known.name == "GB18030" && !paired(raw) {
			continue
		}
		text, err := known.NewDecoder().Bytes(raw)
		if err == nil && !bytes.ContainsRune(text, utf8.RuneError) && bytes.Contains(text, []byte("Field Type")) {
			d.note(1, "dictionary", "was read as %s: look whether the labels are right", known.name)
			return string(text), nil
		}
	}
	return "", errors.New("the data dictionary is neither UTF-8 nor UTF-16 nor GB18030: save it again as CSV UTF-8")
}

// paired tells whether nearly all bytes above 127 stand in pairs, as those of Chinese letters in GB18030 do. In a Western encoding they stand alone, among letters, and would
// be read as Chinese too.
func paired(raw []byte) bool {
	high, pairs := 0, 0
	for i := 0; i < len(raw); i++ {
		if raw[i] < 0x80 {
			continue
		}
		high++
		if i+1 < len(raw) && raw[i+1] >= 0xa1 {
			pairs++
			i++
		}
	}
	return pairs*10 >= high*9
}
