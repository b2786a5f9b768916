package dimse

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
)

// Proposal is a SOP class that a user wants to use, and the transfer syntaxes it can, best first.
type Proposal struct {
	Class     string
	Transfers []string
	// Provide asks that this side provides the class too: it receives instances on the same association (C-GET), or
	// reports storage commitment.
	Provide bool
}

// Peer says where and under which names an association is made.
type Peer struct {
	Address string // host and port
	Calling string // our AE title
	Called  string // theirs
	TLS     *tls.Config
	Timing  Timing
}

// Association is an agreed connection, for its user: one operation at a time. Close it with Release.
type Association struct {
	wire     *wire
	contexts []presentation // accepted ones, with their class and one transfer syntax
	message  uint16
	stop     func() bool // no longer closes the connection when the context ends
}

// Associate connects and negotiates. Ending ctx closes the connection at once. It returns a [RejectedError] or an
// [AbortError] if the peer said so. An association on which the peer accepted nothing is no error here: the operations say so.
func (p Peer) Associate(ctx context.Context, proposals []Proposal) (*Association, error) {
	if len(proposals) > maxContexts {
		return nil, fmt.Errorf("%d presentation contexts were to be proposed, an association has at most %d", len(proposals), maxContexts)
	}
	timing := p.Timing.withDefaults()
	dialing, cancel := context.WithTimeout(ctx, timing.Associate)
	defer cancel()
	var dialer interface {
		DialContext(ctx context.Context, network, address string) (net.Conn, error)
	} = &net.Dialer{}
	if p.TLS != nil {
		dialer = &tls.Dialer{Config: p.TLS}
	}
	conn, err := dialer.DialContext(dialing, "tcp", p.Address)
	if err != nil {
		return nil, fmt.Errorf("connecting to %s: %w", p.Address, err)
	}
	return p.negotiate(ctx, conn, proposals)
}

// negotiate is Associate on a connection that stands.
func (p Peer) negotiate(ctx context.Context, conn net.Conn, proposals []Proposal) (*Association, error) {
	a := &Association{wire: newWire(conn, p.Timing, DefaultMaxPDU)}
	a.stop = context.AfterFunc(ctx, func() { conn.Close() })
	rq := &associate{called: p.Called, calling: p.Calling, maxPDU: DefaultMaxPDU}
	for i, want := range proposals {
		rq.contexts = append(rq.contexts, presentation{id: byte(2*i + 1), abstract: want.Class, transfers: want.Transfers})
		if want.Provide && !slices.ContainsFunc(rq.roles, func(r role) bool { return r.class == want.Class }) {
			rq.roles = append(rq.roles, role{want.Class, false, true})
		}
	}
	err := a.wire.write(rq.encode())
	if err == nil {
		err = a.answered(rq)
	}
	if err != nil {
		a.stop()
		conn.Close()
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		return nil, fmt.Errorf("associating with %s at %s: %w", p.Called, p.Address, err)
	}
	return a, nil
}

// answered reads the peer's answer to a request.
func (a *Association) answered(rq *associate) error {
	kind, length, err := a.wire.next(a.wire.timing.Associate)
	if err != nil {
		return err
	}
	body, err := readBody(a.wire.r, length)
	if err != nil {
		return slow(err)
	}
	switch {
	case kind == typeAssociateRJ && length == 4:
		return RejectedError{body[1], body[2], body[3]}
	case kind == typeAbort && length == 4:
		return AbortError{body[2], body[3]}
	case kind != typeAssociateAC:
		_ = a.wire.write(AbortError{abortByProvider, abortUnexpectedPDU}.encode())
		return fmt.Errorf("a PDU of type %d instead of an answer: %w", kind, ErrPDU)
	}
	ac, err := decodeAssociate(kind, body)
	if err != nil {
		return err
	}
	for _, c := range ac.contexts {
		i := slices.IndexFunc(rq.contexts, func(p presentation) bool { return p.id == c.id })
		if i < 0 || c.result != accepted || len(c.transfers) != 1 || !slices.Contains(rq.contexts[i].transfers, c.transfers[0]) {
			continue
		}
		c.abstract = rq.contexts[i].abstract
		a.contexts = append(a.contexts, c)
	}
	return a.wire.peerTakes(ac.maxPDU)
}

// Transfers lists the transfer syntaxes that the peer accepted for a class.
func (a *Association) Transfers(class string) []string {
	var list []string
	for _, c := range a.contexts {
		if c.abstract == class {
			list = append(list, c.transfers[0])
		}
	}
	return list
}

// find returns the context for a class in a transfer syntax; "" is any.
func (a *Association) find(class, transfer string) (presentation, error) {
	for _, c := range a.contexts {
		if c.abstract == class && (transfer == "" || c.transfers[0] == transfer) {
			return c, nil
		}
	}
	return presentation{}, fmt.Errorf("the peer did not accept %s %s on this association: %w", class, transfer, ErrNotAccepted)
}

// ErrNotAccepted says that a SOP class, or a transfer syntax of it, was not agreed on.
var ErrNotAccepted = errors.New("not agreed with the peer")

func (a *Association) nextMessage() uint16 {
	a.message++
	return a.message
}

// Release ends the association in order. The connection is closed also if the peer does not answer.
func (a *Association) Release() error {
	defer a.close()
	rq := make([]byte, pduHeader+4)
	putPDUHeader(rq, typeReleaseRQ, 4)
	if err := a.wire.write(rq); err != nil {
		return fmt.Errorf("releasing the association: %w", err)
	}
	for {
		kind, length, err := a.wire.next(a.wire.timing.Associate)
		if err != nil {
			return fmt.Errorf("releasing the association: %w", err)
		}
		if kind == typeData && length <= a.wire.maxPDU { // what the peer had sent before it heard of the release
			if _, err := a.wire.r.Discard(int(length)); err != nil {
				return fmt.Errorf("releasing the association: %w", slow(err))
			}
			continue
		}
		if kind == typeReleaseRQ { // both at once (PS3.8 states 9 to 12)
			rp := make([]byte, pduHeader+4)
			putPDUHeader(rp, typeReleaseRP, 4)
			return a.wire.write(rp)
		}
		if kind != typeReleaseRP {
			return fmt.Errorf("a PDU of type %d instead of an answer to the release: %w", kind, ErrPDU)
		}
		return nil
	}
}

// Abort ends the association at once.
func (a *Association) Abort() {
	_ = a.wire.write(AbortError{abortByUser, abortNoReason}.encode())
	a.close()
}

func (a *Association) close() {
	a.stop()
	a.wire.conn.Close()
}
