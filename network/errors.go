package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"

	"consilium/lang"
	"consilium/ledger"
)

// The sorts of failure of a link.
var (
	// ErrIdentity: who answered could not prove to be the hospital that it should be.
	ErrIdentity = errors.New("the other side did not prove which hospital it is")
	// ErrProtocol: what came does not follow PROTOCOL.md.
	ErrProtocol = errors.New("the message does not follow the protocol")
	// ErrTooLarge: a message was announced larger than any may be. It was not read.
	ErrTooLarge = errors.New("the message is larger than allowed")
	// ErrInvitation: the code is not one, or not valid any more.
	ErrInvitation = errors.New("the invitation does not hold")
	// ErrNoPartner: the hospital is not a partner.
	ErrNoPartner = errors.New("the hospital is not a partner")
	// ErrFenced: a partner has newer entries of this node than itself, and no new key could be made yet.
	ErrFenced = errors.New("this node was rolled back and needs a new signing key")
	// ErrClosed: the network was closed.
	ErrClosed = errors.New("the network is closed")

	// ErrAddress: an address does not have the form host:port.
	ErrAddress = errors.New("an address has the form host:port")

	errReplaced = errors.New("a newer connection took the place of this one")
)

// Why a hospital refuses a connection. The codes travel: add, never rename.
const (
	refusedUnknown  = "unknown"    // the caller is no partner there
	refusedBlocked  = "blocked"    // it was one
	refusedIdentity = "identity"   // it did not prove its ID
	refusedInvite   = "invitation" // its invitation does not hold
	refusedProtocol = "protocol"   // it speaks another version
	refusedBusy     = "connected"  // there is a connection already
)

// RefusedError says which hospital refused the connection, and why.
type RefusedError struct {
	By   ledger.HospitalID
	Code string
}

func (e *RefusedError) Error() string {
	return fmt.Sprintf("hospital %s refused the connection: %s", e.By, e.Text().En)
}

// Text is the reason as people read it.
func (e *RefusedError) Text() lang.Text {
	return lang.Named("network.refusal", tidy(e.Code, 60))
}

// Explain says in both languages what went wrong with a partner's link.
func Explain(by ledger.HospitalID, err error) lang.Text {
	var refused *RefusedError
	var netErr net.Error
	switch {
	case err == nil:
		return lang.Text{}
	case errors.As(err, &refused):
		return lang.Phrase("network.fault.refused", map[string]any{"by": refused.By.String(), "why": refused.Text()})
	case errors.Is(err, ErrIdentity):
		return lang.Phrase("network.fault.identity", map[string]any{"by": by.String()})
	case errors.Is(err, ErrTooLarge), errors.Is(err, ErrProtocol):
		return lang.Phrase("network.fault.message", map[string]any{"error": err.Error()})
	case errors.Is(err, ErrFenced):
		return lang.Phrase("network.fault.fenced", nil)
	case errors.Is(err, os.ErrDeadlineExceeded), errors.Is(err, context.DeadlineExceeded), errors.As(err, &netErr) && netErr.Timeout():
		return lang.Phrase("network.fault.silent", nil)
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return lang.Phrase("network.fault.cut", nil)
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return lang.Phrase("network.fault.unreachable", map[string]any{"error": op.Error()})
	}
	return lang.Phrase("network.fault.stopped", map[string]any{"error": err.Error()})
}

// tidy makes foreign text fit to be stored and shown: valid, without controls, bounded.
func tidy(s string, most int) string {
	s = strings.Map(func(r rune) rune {
		if r < 0x20 || r == 0x7f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 || r == 0xfffd {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	for i := range s {
		if i >= most {
			return s[:i]
		}
	}
	return s
}
