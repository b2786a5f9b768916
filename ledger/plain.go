package ledger

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// ControlError says where in a new body a control character stands. Nobody types one: it comes from a damaged file or an attack, pages show nothing of it, and
// databases and programs that end a text at U+0000 cannot hold it.
type ControlError struct {
	Pointer string // RFC 6901, from the root of the body: "/says/text"
	Code    rune
}

func (e *ControlError) Error() string {
	return fmt.Sprintf("%s holds the control character U+%04X, which cannot be written here", e.Pointer, e.Code)
}

// Is makes the error one of [ErrBody].
func (e *ControlError) Is(target error) bool { return target == ErrBody }

// checkWritten is what a writer's body has to pass beyond the format: no control characters but tab, line feed and carriage return. A reader asks for less, for
// the format of entries is for ever: older releases wrote such bodies, and whoever refused one would wait for ever for what follows it.
func checkWritten(raw []byte) error {
	if !mayHoldControl(raw) {
		return nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(raw))
	for {
		token, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("%w: %w", ErrBody, err)
		}
		if token.Kind() != '"' {
			continue
		}
		if c, found := Control(token.String()); found {
			return &ControlError{string(d.StackPointer()), c}
		}
	}
}

// mayHoldControl tells, fast, whether a body may hold a control character: whether there is an escape of one, or one as it is.
func mayHoldControl(raw []byte) bool {
	for i := 0; i+1 < len(raw); i++ {
		switch next := raw[i+1]; raw[i] {
		case '\\':
			if next == 'u' || next == 'b' || next == 'f' {
				return true
			}
			i++ // what is escaped begins nothing
		case 0x7f:
			return true
		case 0xc2:
			if next < 0xa0 {
				return true
			}
		}
	}
	return false
}

// Control finds the first control character of a text but tab, line feed and carriage return: U+0000 to U+001F, U+007F to U+009F.
func Control(text string) (c rune, found bool) {
	i := strings.IndexFunc(text, func(r rune) bool {
		return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r >= 0x7f && r < 0xa0
	})
	if i < 0 {
		return 0, false
	}
	c, _ = utf8.DecodeRuneInString(text[i:])
	return c, true
}

// indexed is how many bytes of a text an index of every database can hold with room for the other columns: PostgreSQL wants less than 2,704 for all of them.
const indexed = 500

// Indexed cuts a text of an entry to what every database can index. A code or an id that is longer means nothing to anybody, and its entry must not stop the thread.
func Indexed(text string) string {
	if len(text) <= indexed {
		return text
	}
	end := indexed
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}
