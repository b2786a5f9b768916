package security

import (
	"bufio"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"consilium/ledger"
)

// line is a row as one line of JSON. Field names are for other programs: add, never rename.
type line struct {
	Place  int64           `json:"place"`
	AtMS   int64           `json:"at_ms"`
	At     string          `json:"at"`
	Event  Event           `json:"event"`
	By     ledger.PersonID `json:"by"`
	About  ledger.PersonID `json:"about"`
	Detail string          `json:"detail"`
	Origin string          `json:"origin"`
	Hash   string          `json:"hash"`
}

// WriteJSON writes a row as a line of JSON.
func WriteJSON(w io.Writer, r Row, hash Hash) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(line{r.Place, r.At.UnixMilli(), r.At.UTC().Format(time.RFC3339Nano), r.Event, r.By, r.About, r.Detail, r.Origin, hex.EncodeToString(hash[:])})
}

// enterprise is the number of structured data in RFC 5424 section 7.2.2; 32473 is the one that documents may use (RFC 5612), for this project has none.
const enterprise = "consilium@32473"

// facility is "log audit" (RFC 5424, table 1).
const facility = 13

// WriteSyslog writes a row as a message of RFC 5424, one to a line.
func WriteSyslog(w io.Writer, host string, r Row, hash Hash) error {
	_, err := fmt.Fprintf(w, "<%d>1 %s %s consilium - %s [%s place=\"%d\" by=\"%s\" about=\"%s\" origin=\"%s\" hash=\"%x\"] %s\n", facility*8+r.Event.severity(),
		r.At.UTC().Format("2006-01-02T15:04:05.000Z"), name(host), name(string(r.Event)), enterprise, r.Place, value(string(r.By)), value(string(r.About)), value(r.Origin), hash,
		tidy(r.Detail))
	return err
}

// name is a text as PRINTUSASCII of at most 32 characters, "-" for none.
func name(s string) string {
	s = strings.Map(func(c rune) rune {
		if c < 33 || c > 126 {
			return -1
		}
		return c
	}, s)
	if s == "" {
		return "-"
	}
	return s[:min(len(s), 32)]
}

// value is a PARAM-VALUE: quote, backslash and bracket are escaped (RFC 5424 section 6.3.3).
func value(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, `]`, `\]`).Replace(tidy(s))
}

// mostLine bounds a line of an export: every field of a row is bounded too.
const mostLine = 16 << 10

// ReadJSON reads an export of JSON lines and follows its chain from the first row. It gives the head; the error wraps ErrBroken and names the row where the chain breaks.
func ReadJSON(r io.Reader) (place int64, hash Hash, err error) {
	var c checker
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), mostLine)
	for lines.Scan() {
		var l line
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return c.place, c.hash, fmt.Errorf("row %d: %w: %w", c.place+1, ErrBroken, err)
		}
		raw, err := hex.DecodeString(l.Hash)
		if err != nil || len(raw) != len(c.hash) {
			return c.place, c.hash, fmt.Errorf("row %d: %w: it has no hash", c.place+1, ErrBroken)
		}
		row := Row{Place: l.Place, At: time.UnixMilli(l.AtMS), Event: l.Event, By: l.By, About: l.About, Detail: l.Detail, Origin: l.Origin}
		if err := c.next(row, Hash(raw)); err != nil {
			return c.place, c.hash, err
		}
	}
	if err := lines.Err(); err != nil {
		return c.place, c.hash, errors.Join(ErrBroken, err)
	}
	return c.place, c.hash, nil
}
