package dimse

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"consilium/imaging/dicom"
)

// applicationContext is the only one there is (PS3.7 annex A).
const applicationContext = "1.2.840.10008.3.1.1.1"

// Item types of A-ASSOCIATE (PS3.8 section 9.3.2, PS3.7 annex D.3).
const (
	itemApplication = 0x10
	itemProposed    = 0x20
	itemAnswered    = 0x21
	itemAbstract    = 0x30
	itemTransfer    = 0x40
	itemUser        = 0x50
	itemMaxLength   = 0x51
	itemClassUID    = 0x52
	itemRole        = 0x54
	itemVersion     = 0x55
)

// result says what became of a proposed presentation context (PS3.8 table 9-18); others than these mean refused too.
type result byte

const (
	accepted        result = 0
	abstractUnknown result = 3
	transferUnknown result = 4
)

const (
	maxContexts      = 128
	maxItemsPerThing = 512 // transfer syntaxes of one context, roles of one association
)

// presentation is one presentation context, as proposed (Transfers) or as answered (Result, one Transfer).
type presentation struct {
	id        byte
	abstract  string
	transfers []string
	result    result
}

// role is what each side may be for a SOP class (PS3.7 annex D.3.3.4).
type role struct {
	class    string
	scu, scp bool
}

// associate is an A-ASSOCIATE-RQ or -AC.
type associate struct {
	answer          bool
	version         uint16
	called, calling string
	application     string
	contexts        []presentation
	maxPDU          uint32 // what its sender can receive; 0 means no limit
	class, release  string // implementation class UID and version name
	roles           []role
}

// encode returns the whole PDU.
func (a *associate) encode() []byte {
	b := make([]byte, pduHeader+68, 1024)
	binary.BigEndian.PutUint16(b[6:], 1)
	copy(b[10:26], padTitle(a.called))
	copy(b[26:42], padTitle(a.calling))
	b = appendItem(b, itemApplication, []byte(applicationContext))
	for _, c := range a.contexts {
		b = a.appendContext(b, c)
	}
	b = appendItem(b, itemUser, a.userInformation())
	kind := byte(typeAssociateRQ)
	if a.answer {
		kind = typeAssociateAC
	}
	putPDUHeader(b, kind, len(b)-pduHeader)
	return b
}

func (a *associate) appendContext(b []byte, c presentation) []byte {
	body := []byte{c.id, 0, 0, 0}
	kind := byte(itemProposed)
	if a.answer {
		kind = itemAnswered
		body[2] = byte(c.result)
	} else {
		body = appendItem(body, itemAbstract, []byte(c.abstract))
	}
	for _, t := range c.transfers {
		body = appendItem(body, itemTransfer, []byte(t))
	}
	return appendItem(b, kind, body)
}

func (a *associate) userInformation() []byte {
	var length [4]byte
	binary.BigEndian.PutUint32(length[:], a.maxPDU)
	user := appendItem(nil, itemMaxLength, length[:])
	user = appendItem(user, itemClassUID, []byte(dicom.Implementation))
	for _, r := range a.roles {
		body := binary.BigEndian.AppendUint16(nil, uint16(len(r.class)))
		body = append(body, r.class...)
		user = appendItem(user, itemRole, append(body, bit(r.scu), bit(r.scp)))
	}
	return appendItem(user, itemVersion, []byte(dicom.ImplementationVersion))
}

func bit(on bool) byte {
	if on {
		return 1
	}
	return 0
}

func padTitle(title string) string { return fmt.Sprintf("%-16.16s", title) }

func appendItem(b []byte, kind byte, body []byte) []byte {
	b = append(b, kind, 0)
	b = binary.BigEndian.AppendUint16(b, uint16(len(body)))
	return append(b, body...)
}

// decodeAssociate reads what follows the header of an A-ASSOCIATE-RQ or -AC. Items of an unknown type are passed over, as
// PS3.8 section 9.3.1 asks.
func decodeAssociate(kind byte, body []byte) (*associate, error) {
	if len(body) < 68 {
		return nil, fmt.Errorf("an A-ASSOCIATE of %d bytes: %w", len(body), ErrPDU)
	}
	a := &associate{answer: kind == typeAssociateAC, version: binary.BigEndian.Uint16(body),
		called: title(body[4:20]), calling: title(body[20:36])}
	err := eachItem(body[68:], func(kind byte, item []byte) error {
		switch kind {
		case itemApplication:
			a.application = uid(item)
		case itemProposed, itemAnswered:
			return a.decodeContext(item)
		case itemUser:
			return eachItem(item, a.decodeUser)
		}
		return nil
	})
	return a, err
}

func (a *associate) decodeContext(item []byte) error {
	if len(item) < 4 || item[0]%2 == 0 {
		return fmt.Errorf("a presentation context without an odd number: %w", ErrPDU)
	}
	if len(a.contexts) == maxContexts {
		return fmt.Errorf("more than %d presentation contexts: %w", maxContexts, ErrPDU)
	}
	c := presentation{id: item[0], result: result(item[2])}
	for _, other := range a.contexts {
		if other.id == c.id {
			return fmt.Errorf("two presentation contexts with the number %d: %w", c.id, ErrPDU)
		}
	}
	err := eachItem(item[4:], func(kind byte, sub []byte) error {
		switch {
		case kind == itemAbstract:
			c.abstract = uid(sub)
		case kind == itemTransfer && len(c.transfers) < maxItemsPerThing:
			c.transfers = append(c.transfers, uid(sub))
		}
		return nil
	})
	a.contexts = append(a.contexts, c)
	return err
}

func (a *associate) decodeUser(kind byte, sub []byte) error {
	switch kind {
	case itemMaxLength:
		if len(sub) != 4 {
			return fmt.Errorf("a maximum length of %d bytes: %w", len(sub), ErrPDU)
		}
		a.maxPDU = binary.BigEndian.Uint32(sub)
	case itemClassUID:
		a.class = uid(sub)
	case itemVersion:
		a.release = uid(sub)
	case itemRole:
		if len(sub) < 4 || int(binary.BigEndian.Uint16(sub)) != len(sub)-4 {
			return fmt.Errorf("a role selection of %d bytes: %w", len(sub), ErrPDU)
		}
		if len(a.roles) < maxItemsPerThing {
			a.roles = append(a.roles, role{uid(sub[2 : len(sub)-2]), sub[len(sub)-2] == 1, sub[len(sub)-1] == 1})
		}
	}
	return nil
}

// eachItem walks items of type, reserved byte, length and value.
func eachItem(b []byte, f func(kind byte, item []byte) error) error {
	for len(b) > 0 {
		if len(b) < 4 || int(binary.BigEndian.Uint16(b[2:])) > len(b)-4 {
			return fmt.Errorf("an item that is longer than what holds it: %w", ErrPDU)
		}
		length := int(binary.BigEndian.Uint16(b[2:]))
		if err := f(b[0], b[4:4+length]); err != nil {
			return err
		}
		b = b[4+length:]
	}
	return nil
}

// uid drops the padding that some peers add to UIDs.
func uid(b []byte) string { return string(bytes.TrimRight(b, "\x00 ")) }

// title is an AE title without the spaces around it, which mean nothing (PS3.8 table 9-11).
func title(b []byte) string { return strings.Trim(string(b), " \x00") }
