package dimse

import (
	"encoding/binary"
	"io"
	"strings"
)

// storeBack sends an instance to the caller of a C-GET. Between the sending and its answer the caller may send a C-CANCEL.
func (t *transfer) storeBack(i Instance, data io.Reader) (Status, error) {
	agreed, err := t.to.find(i.Class, i.Transfer)
	if err != nil {
		return 0, err
	}
	request := &command{field: cStore, id: t.to.nextMessage(), class: i.Class, instance: i.UID}
	if err := t.wire.send(agreed.id, request, data); err != nil {
		return 0, err
	}
	for {
		answer, _, err := t.wire.readCommand(t.wire.timing.Idle)
		if err != nil {
			return 0, err
		}
		if answer.field == cCancel {
			t.canceled = true
			continue
		}
		if answer.field != cStore|response || answer.id != request.id {
			return 0, AbortError{abortByProvider, abortUnexpectedPDU}
		}
		return answer.status, answer.refused()
	}
}

// failedList is the Failed SOP Instance UID List (0008,0058) of a C-MOVE or C-GET, as a data set. Explicit encoding gives a UID
// 16 bits of length; a list that is longer is cut, for the counts say how many failed.
func failedList(uids []string, transfer string) []byte {
	text := ""
	for n, uid := range uids {
		if len(text)+1+len(uid) > 0xFFF0 {
			break
		}
		if n > 0 {
			text += "\\"
		}
		text += uid
	}
	text += strings.Repeat("\x00", len(text)%2)
	if transfer == ExplicitBig {
		b := append([]byte{0x00, 0x08, 0x00, 0x58}, "UI"...)
		return append(binary.BigEndian.AppendUint16(b, uint16(len(text))), text...)
	}
	b := []byte{0x08, 0x00, 0x58, 0x00}
	if transfer == ExplicitLittle {
		b = binary.LittleEndian.AppendUint16(append(b, "UI"...), uint16(len(text)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(text)))
	}
	return append(b, text...)
}
