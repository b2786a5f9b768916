package dimse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
)

// provided is one association as its provider sees it.
type provided struct {
	server   *Server
	wire     *wire
	caller   Caller
	contexts map[byte]presentation
	receives map[string]bool // classes that the caller takes on this association (C-GET)
	message  uint16
}

// run negotiates and then serves messages until the association ends; how it ended is the error.
func (a *provided) run(ctx context.Context, allowed bool) error {
	rq, err := a.requested()
	if err != nil {
		return err
	}
	a.caller.Title = rq.calling
	if !allowed {
		return rejectTooMany
	}
	if err := a.server.admits(a.caller, rq); err != nil {
		return err
	}
	if err := a.accept(rq); err != nil {
		return err
	}
	a.server.Log.Info("association", "from", a.caller.Title, "host", a.caller.Host, "contexts", len(a.contexts))
	for {
		c, context, err := a.wire.readCommand(a.wire.timing.Idle)
		if err != nil {
			return err
		}
		if err := a.perform(ctx, c, context); err != nil {
			return err
		}
	}
}

// requested reads the A-ASSOCIATE-RQ. A connection that asks for something else, or nothing, gets no more time.
func (a *provided) requested() (*associate, error) {
	kind, length, err := a.wire.next(a.wire.timing.Associate)
	if err != nil {
		return nil, err
	}
	if kind == typeAbort {
		return nil, io.EOF
	}
	if kind != typeAssociateRQ {
		return nil, fmt.Errorf("a PDU of type %d instead of a request: %w", kind, ErrPDU)
	}
	body, err := readBody(a.wire.r, length)
	if err != nil {
		return nil, slow(err)
	}
	return decodeAssociate(kind, body)
}

// admits says whether the caller may associate at all.
func (s *Server) admits(c Caller, rq *associate) error {
	switch {
	case rq.version&1 == 0:
		return rejectVersion
	case rq.application != applicationContext:
		return rejectContext
	case s.Title != "" && rq.called != s.Title:
		return rejectCalled
	case len(s.Remotes) == 0 && isLoopback(c.Host), slices.ContainsFunc(s.Remotes, func(r Remote) bool { return r.matches(c) }):
		return nil
	}
	return rejectCalling
}

func isLoopback(host string) bool {
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.Unmap().IsLoopback()
}

func (r Remote) matches(c Caller) bool {
	if r.Title != "" && r.Title != c.Title {
		return false
	}
	if r.Host == "" || r.Host == c.Host {
		return true
	}
	ip, err := netip.ParseAddr(c.Host)
	if err != nil {
		return false
	}
	if network, err := netip.ParsePrefix(r.Host); err == nil {
		return network.Contains(ip.Unmap())
	}
	want, err := netip.ParseAddr(r.Host)
	return err == nil && want.Unmap() == ip.Unmap()
}

// accept answers the request with what of it is agreed.
func (a *provided) accept(rq *associate) error {
	a.contexts, a.receives = map[byte]presentation{}, map[string]bool{}
	ac := &associate{answer: true, called: rq.called, calling: rq.calling, maxPDU: DefaultMaxPDU}
	for _, c := range rq.contexts {
		transfer, result := choose(c.abstract, c.transfers)
		if result == accepted {
			a.contexts[c.id] = presentation{id: c.id, abstract: c.abstract, transfers: []string{transfer}}
		} else {
			transfer = ImplicitLittle // it has no meaning in a refusal, yet must stand there
		}
		ac.contexts = append(ac.contexts, presentation{id: c.id, result: result, transfers: []string{transfer}})
	}
	for _, r := range rq.roles {
		if IsStorage(r.class) {
			a.receives[r.class] = r.scp
			ac.roles = append(ac.roles, r)
		}
	}
	if err := a.wire.peerTakes(rq.maxPDU); err != nil {
		return err
	}
	return a.wire.write(ac.encode())
}

// hangUp ends the connection as its end asks for.
func (a *provided) hangUp(err error) {
	var rejected RejectedError
	var aborted AbortError
	var last []byte
	switch {
	case errors.Is(err, errReleased):
		last = make([]byte, pduHeader+4)
		putPDUHeader(last, typeReleaseRP, 4)
		err = nil
	case errors.As(err, &rejected):
		last = rejected.encode()
	case errors.As(err, &aborted):
		if aborted.Source == abortByProvider {
			last = aborted.encode()
		}
	case errors.Is(err, ErrPDU):
		last = AbortError{abortByProvider, abortInvalidPDU}.encode()
	case errors.Is(err, io.EOF), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrUnexpectedEOF):
	default:
		last = AbortError{abortByProvider, abortNoReason}.encode()
	}
	if err != nil && !errors.Is(err, io.EOF) {
		a.server.Log.Warn("an association ended early", "from", a.caller.Title, "host", a.caller.Host, "error", plain(err))
	}
	a.wire.hangUp(last)
}

// plain is an error without what the network library says of addresses again.
func plain(err error) string {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return ErrSlow.Error()
	}
	return strings.TrimSpace(err.Error())
}

// perform does what one message asks for. Its error ends the association; what the peer may hear was answered.
func (a *provided) perform(ctx context.Context, c *command, id byte) error {
	agreed, ok := a.contexts[id]
	if !ok {
		return fmt.Errorf("a message in presentation context %d, which was not agreed: %w", id, ErrPDU)
	}
	switch {
	case c.field == cCancel: // of an operation that has ended in the meantime
		return nil
	case c.class != agreed.abstract && c.field != nAction:
		return a.decline(c, id, StatusNoSuchClass)
	case c.field == cEcho && c.class == Verification:
		return a.wire.send(id, c.answer(StatusSuccess), nil)
	case c.field == cStore && IsStorage(c.class):
		return receive(ctx, a.wire, c, id, agreed.transfers[0], a.keep)
	case c.field == cFind && (c.class == PatientRootFind || c.class == StudyRootFind),
		c.field == cMove && (c.class == PatientRootMove || c.class == StudyRootMove),
		c.field == cGet && (c.class == PatientRootGet || c.class == StudyRootGet):
		return a.query(ctx, c, agreed)
	case c.field == nAction && c.class == StorageCommitment:
		return a.commit(ctx, c, agreed)
	}
	return a.decline(c, id, StatusUnrecognized)
}

// decline answers a request that nobody here does.
func (a *provided) decline(c *command, id byte, s Status) error {
	if c.isResponse() {
		return fmt.Errorf("command %04X answers nothing: %w", c.field, ErrPDU)
	}
	if c.dataSet {
		if err := a.wire.dataSet(id).drain(); err != nil {
			return err
		}
	}
	return a.wire.send(id, c.answer(s), nil)
}

// keep stores one instance and tells the log of those that were not kept.
func (a *provided) keep(ctx context.Context, i Instance, data io.Reader) error {
	err := a.server.Archive.Store(ctx, a.caller, i, data)
	if err != nil {
		a.server.Log.Warn("an instance was not stored", "from", a.caller.Title, "instance", i.UID, "error", err)
	}
	return err
}
