package dimse

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// The values of Command Field (PS3.7 annex E). A response is its request with the highest bit set.
const (
	cStore       = 0x0001
	cGet         = 0x0010
	cFind        = 0x0020
	cMove        = 0x0021
	cEcho        = 0x0030
	nEventReport = 0x0100
	nAction      = 0x0130
	cCancel      = 0x0FFF
	response     = 0x8000
)

const (
	noDataSet   = 0x0101 // Command Data Set Type when nothing follows
	withDataSet = 0x0001
	maxCommand  = 16 << 10
)

// counts are the sub-operations of a C-MOVE or C-GET.
type counts struct{ remaining, completed, failed, warning uint16 }

// command is a command set (PS3.7 section 6.3.1): the elements of group 0000 that the services here use.
type command struct {
	field     uint16
	id        uint16 // Message ID of a request, Message ID Being Responded To of a response or a cancel
	dataSet   bool
	status    Status
	comment   string
	class     string // Affected or Requested SOP Class UID
	instance  string // Affected or Requested SOP Instance UID
	to        string // Move Destination
	from      string // Move Originator Application Entity Title
	fromID    uint16
	kind      uint16 // Event Type ID or Action Type ID
	counts    *counts
	requested bool // class and instance are the Requested ones (N-ACTION)
}

func (c *command) isResponse() bool { return c.field&response != 0 }

// answer begins the response to a request.
func (c *command) answer(s Status) *command {
	return &command{field: c.field | response, id: c.id, class: c.class, instance: c.instance, kind: c.kind, status: s}
}

// encode returns the command set in Implicit VR Little Endian with its group length, elements in order.
func (c *command) encode() []byte {
	b := make([]byte, 12, 256)
	class, instance := uint16(0x0002), uint16(0x1000)
	if c.requested && !c.isResponse() {
		b = appendText(b, 0x0003, c.class, 0)
	} else {
		b = appendText(b, class, c.class, 0)
	}
	b = appendNumber(b, 0x0100, c.field)
	if c.isResponse() || c.field == cCancel {
		b = appendNumber(b, 0x0120, c.id)
	} else {
		b = appendNumber(b, 0x0110, c.id)
	}
	b = appendText(b, 0x0600, c.to, ' ')
	switch c.field {
	case cStore, cFind, cMove, cGet:
		b = appendNumber(b, 0x0700, 0) // medium priority
	}
	kind := uint16(noDataSet)
	if c.dataSet {
		kind = withDataSet
	}
	b = appendNumber(b, 0x0800, kind)
	if c.isResponse() {
		b = appendNumber(b, 0x0900, uint16(c.status))
		b = appendText(b, 0x0902, shortComment(c.comment), ' ')
	}
	if c.requested && !c.isResponse() {
		b = appendText(b, 0x1001, c.instance, 0)
	} else {
		b = appendText(b, instance, c.instance, 0)
	}
	b = c.appendRest(b)
	binary.LittleEndian.PutUint16(b[2:], 0x0000)
	binary.LittleEndian.PutUint32(b[4:], 4)
	binary.LittleEndian.PutUint32(b[8:], uint32(len(b)-12))
	return b
}

func (c *command) appendRest(b []byte) []byte {
	switch c.field &^ response {
	case nEventReport:
		b = appendNumber(b, 0x1002, c.kind)
	case nAction:
		b = appendNumber(b, 0x1008, c.kind)
	}
	if n := c.counts; n != nil {
		if c.status == StatusPending || c.status == StatusCanceled {
			b = appendNumber(b, 0x1020, n.remaining)
		}
		b = appendNumber(b, 0x1021, n.completed)
		b = appendNumber(b, 0x1022, n.failed)
		b = appendNumber(b, 0x1023, n.warning)
	}
	if c.from != "" {
		b = appendText(b, 0x1030, c.from, ' ')
		b = appendNumber(b, 0x1031, c.fromID)
	}
	return b
}

// shortComment is as much as an Error Comment holds: 64 characters of the default repertoire.
func shortComment(s string) string {
	ascii := strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' || r == '\\' {
			return '?'
		}
		return r
	}, s)
	return ascii[:min(len(ascii), 64)]
}

func appendText(b []byte, element uint16, s string, pad byte) []byte {
	if s == "" {
		return b
	}
	b = appendHead(b, element, len(s)+len(s)%2)
	b = append(b, s...)
	if len(s)%2 == 1 {
		b = append(b, pad)
	}
	return b
}

func appendNumber(b []byte, element, n uint16) []byte {
	return binary.LittleEndian.AppendUint16(appendHead(b, element, 2), n)
}

func appendHead(b []byte, element uint16, length int) []byte {
	b = append(b, 0, 0)
	b = binary.LittleEndian.AppendUint16(b, element)
	return binary.LittleEndian.AppendUint32(b, uint32(length))
}

// decodeCommand reads a command set. Elements that the services here do not use are passed over.
func decodeCommand(b []byte) (*command, error) {
	c := &command{}
	fields := map[uint16]bool{}
	for len(b) > 0 {
		if len(b) < 8 || binary.LittleEndian.Uint16(b) != 0 {
			return nil, fmt.Errorf("a command set with an element outside of group 0000: %w", ErrPDU)
		}
		element, length := binary.LittleEndian.Uint16(b[2:]), binary.LittleEndian.Uint32(b[4:])
		if int64(length) > int64(len(b)-8) {
			return nil, fmt.Errorf("a command element of %d bytes where %d are left: %w", length, len(b)-8, ErrPDU)
		}
		if err := c.set(element, b[8:8+length]); err != nil {
			return nil, err
		}
		fields[element] = true
		b = b[8+length:]
	}
	if !fields[0x0100] || !fields[0x0800] || !fields[0x0110] && !fields[0x0120] {
		return nil, fmt.Errorf("a command set without field, message number or data set type: %w", ErrPDU)
	}
	return c, nil
}

func (c *command) set(element uint16, value []byte) error {
	switch element {
	case 0x0002, 0x0003:
		c.class = uid(value)
		c.requested = element == 0x0003
	case 0x1000, 0x1001:
		c.instance = uid(value)
	case 0x0600:
		c.to = title(value)
	case 0x0902:
		c.comment = title(value)
	case 0x1030:
		c.from = title(value)
	default:
		return c.setNumber(element, value)
	}
	return nil
}

func (c *command) setNumber(element uint16, value []byte) error {
	target := c.number(element)
	if target == nil {
		return nil
	}
	if len(value) != 2 {
		return fmt.Errorf("the command element (0000,%04x) has %d bytes instead of 2: %w", element, len(value), ErrPDU)
	}
	*target = binary.LittleEndian.Uint16(value)
	if element == 0x0800 {
		c.dataSet = *target != noDataSet
	}
	return nil
}

// number is where a numeric element is kept, or nil.
func (c *command) number(element uint16) *uint16 {
	switch element {
	case 0x0100:
		return &c.field
	case 0x0110, 0x0120:
		return &c.id
	case 0x0800:
		return new(uint16)
	case 0x0900:
		return (*uint16)(&c.status)
	case 0x1002, 0x1008:
		return &c.kind
	case 0x1031:
		return &c.fromID
	}
	if element < 0x1020 || element > 0x1023 {
		return nil
	}
	if c.counts == nil {
		c.counts = &counts{}
	}
	n := c.counts
	return []*uint16{&n.remaining, &n.completed, &n.failed, &n.warning}[element-0x1020]
}
