package dimse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"time"
)

// Echo asks the peer whether it is there (C-ECHO).
func (a *Association) Echo() error {
	c, err := a.find(Verification, "")
	if err != nil {
		return err
	}
	answer, err := a.ask(c.id, &command{field: cEcho, class: Verification}, nil)
	if err != nil {
		return fmt.Errorf("C-ECHO: %w", err)
	}
	return answer.refused()
}

// ask sends a request and reads its one answer, which has no data set.
func (a *Association) ask(context byte, c *command, data io.Reader) (*command, error) {
	c.id = a.nextMessage()
	if err := a.wire.send(context, c, data); err != nil {
		return nil, err
	}
	answer, _, err := a.response(c)
	return answer, err
}

// response reads the next answer to c. An identifier that comes with it is left to be read.
func (a *Association) response(c *command) (*command, byte, error) {
	answer, context, err := a.wire.readCommand(a.wire.timing.Idle)
	if err != nil {
		return nil, 0, err
	}
	if answer.field != c.field|response || answer.id != c.id {
		return nil, 0, fmt.Errorf("command %04X, message %d, instead of the answer to %04X, message %d: %w",
			answer.field, answer.id, c.field, c.id, ErrPDU)
	}
	return answer, context, nil
}

// Instance is what is said of an instance beside its data set.
type Instance struct {
	Class    string // SOP Class UID
	UID      string // SOP Instance UID
	Transfer string // transfer syntax UID of the data set
}

// Store sends one instance (C-STORE): the data set in its transfer syntax, without file meta information. A failure
// that the peer tells is a [StatusError], and the association can go on; after another error it cannot.
// A warning is returned as its status.
func (a *Association) Store(i Instance, data io.Reader) (Status, error) {
	return a.store(i, data, "", 0)
}

func (a *Association) store(i Instance, data io.Reader, originator string, message uint16) (Status, error) {
	c, err := a.find(i.Class, i.Transfer)
	if err != nil {
		return 0, err
	}
	answer, err := a.ask(c.id, &command{field: cStore, class: i.Class, instance: i.UID, from: originator, fromID: message}, data)
	if err != nil {
		return 0, fmt.Errorf("C-STORE of %s: %w", i.UID, err)
	}
	return answer.status, answer.refused()
}

// Find asks for what matches an identifier (C-FIND) and calls yield with each answer. Identifiers here and in the other
// operations are data sets in Implicit VR Little Endian, the one transfer syntax that every peer must take. An error of
// yield stops the search with a C-CANCEL and is returned.
func (a *Association) Find(class string, identifier []byte, yield func(match []byte) error) error {
	ctx, c, err := a.query(cFind, class, "", identifier)
	if err != nil {
		return err
	}
	var stopped error
	for {
		answer, from, err := a.response(c)
		if err != nil {
			return fmt.Errorf("C-FIND: %w", err)
		}
		var match []byte
		if answer.dataSet {
			if match, err = a.wire.dataSet(from).small(); err != nil {
				return fmt.Errorf("C-FIND: %w", err)
			}
		}
		if answer.status&0xFFFE != StatusPending {
			return errors.Join(stopped, ignoreCanceled(answer, stopped))
		}
		if stopped != nil {
			continue
		}
		if stopped = yield(match); stopped != nil {
			if err := a.wire.send(ctx, &command{field: cCancel, id: c.id}, nil); err != nil {
				return errors.Join(stopped, err)
			}
		}
	}
}

func ignoreCanceled(answer *command, stopped error) error {
	if stopped != nil && answer.status == StatusCanceled {
		return nil
	}
	return answer.refused()
}

// query sends a request with an identifier.
func (a *Association) query(field uint16, class, to string, identifier []byte) (byte, *command, error) {
	context, err := a.find(class, ImplicitLittle)
	if err != nil {
		return 0, nil, err
	}
	c := &command{field: field, id: a.nextMessage(), class: class, to: to}
	if err := a.wire.send(context.id, c, bytes.NewReader(identifier)); err != nil {
		return 0, nil, err
	}
	return context.id, c, nil
}

// Progress counts the instances of a C-MOVE or C-GET.
type Progress struct{ Remaining, Completed, Failed, Warning int }

func (n *counts) progress() Progress {
	if n == nil {
		return Progress{}
	}
	return Progress{int(n.remaining), int(n.completed), int(n.failed), int(n.warning)}
}

// Move has the peer send what matches to the AE title to (C-MOVE). told may be nil; it hears how far it is.
func (a *Association) Move(class, to string, identifier []byte, told func(Progress)) (Progress, error) {
	_, c, err := a.query(cMove, class, to, identifier)
	if err != nil {
		return Progress{}, err
	}
	for {
		answer, from, err := a.response(c)
		if err != nil {
			return Progress{}, fmt.Errorf("C-MOVE: %w", err)
		}
		if done, err := a.moved(answer, from, told); done || err != nil {
			return answer.counts.progress(), err
		}
	}
}

// moved takes one answer of a C-MOVE or C-GET and reports whether it was the last.
func (a *Association) moved(answer *command, from byte, told func(Progress)) (bool, error) {
	if answer.dataSet { // the list of failed instances
		if _, err := a.wire.dataSet(from).small(); err != nil {
			return true, err
		}
	}
	if answer.status == StatusPending {
		if told != nil {
			told(answer.counts.progress())
		}
		return false, nil
	}
	if answer.status == StatusSomeFailed {
		return true, &StatusError{answer.status, fmt.Sprintf("%d of the instances were not sent", answer.counts.progress().Failed)}
	}
	return true, answer.refused()
}

// Get has the peer send what matches on this association (C-GET). keep is called for each instance and must have it safe
// before it returns; its error refuses that instance and the others go on.
func (a *Association) Get(ctx context.Context, class string, identifier []byte, keep func(ctx context.Context, i Instance, data io.Reader) error) (Progress, error) {
	_, c, err := a.query(cGet, class, "", identifier)
	if err != nil {
		return Progress{}, err
	}
	for {
		received, from, err := a.wire.readCommand(a.wire.timing.Idle)
		if err != nil {
			return Progress{}, fmt.Errorf("C-GET: %w", err)
		}
		if received.field == cStore {
			if err := a.take(ctx, received, from, keep); err != nil {
				return Progress{}, fmt.Errorf("C-GET: %w", err)
			}
			continue
		}
		if received.field != cGet|response || received.id != c.id {
			return Progress{}, fmt.Errorf("command %04X during a C-GET: %w", received.field, ErrPDU)
		}
		if done, err := a.moved(received, from, nil); done || err != nil {
			return received.counts.progress(), err
		}
	}
}

// take receives one instance of a C-GET.
func (a *Association) take(ctx context.Context, c *command, from byte, keep func(context.Context, Instance, io.Reader) error) error {
	transfer := ""
	for _, known := range a.contexts {
		if known.id == from {
			transfer = known.transfers[0]
		}
	}
	return receive(ctx, a.wire, c, from, transfer, keep)
}

// receive takes the data set of a C-STORE, hands it to keep, and answers with what came of it.
func receive(ctx context.Context, w *wire, c *command, from byte, transfer string, keep func(context.Context, Instance, io.Reader) error) error {
	if !c.dataSet {
		return w.send(from, withComment(c.answer(StatusCannotUnderstand), "no data set follows"), nil)
	}
	data := w.dataSet(from)
	err := keep(ctx, Instance{c.class, c.instance, transfer}, data)
	if drained := data.drain(); drained != nil {
		return drained // what was kept of half a data set was refused by its own end
	}
	status, comment := statusOf(err, StatusProcessing)
	return w.send(from, withComment(c.answer(status), comment), nil)
}

func withComment(c *command, comment string) *command {
	c.comment = comment
	return c
}

// Report tells a peer what came of its request for storage commitment (N-EVENT-REPORT).
func (a *Association) report(event uint16, data []byte) error {
	c, err := a.find(StorageCommitment, "")
	if err != nil {
		return err
	}
	return reportOn(a.wire, c.id, a.nextMessage(), event, data)
}

// reportOn sends an N-EVENT-REPORT and reads the answer.
func reportOn(w *wire, context byte, message, event uint16, data []byte) error {
	report := &command{field: nEventReport, id: message, class: StorageCommitment, instance: commitmentInstance, kind: event}
	if err := w.send(context, report, bytes.NewReader(data)); err != nil {
		return err
	}
	answer, _, err := w.readCommand(time.Minute)
	if err != nil {
		return err
	}
	if answer.field != nEventReport|response {
		return fmt.Errorf("command %04X instead of the answer to an N-EVENT-REPORT: %w", answer.field, ErrPDU)
	}
	return answer.refused()
}
