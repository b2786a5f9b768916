package network

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"

	"consilium/ledger"
)

const (
	protocolVersion = 1
	exporterLabel   = "EXPORTER-consilium-invite"
)

func (n *Network) greeting(taken mark) hello {
	s := n.o.Self
	return hello{Protocol: protocolVersion, Hospital: n.self(), Link: &s.Statement, Seal: s.Seal, Name: s.Name, Place: s.Place, Taken: taken, Glances: true}
}

// guard puts deadlines, the bandwidth limit and counters under a connection. Waits for bandwidth end with ctx.
func (n *Network) guard(ctx context.Context, raw net.Conn) *guardedConn {
	return &guardedConn{Conn: raw, ctx: ctx, idle: n.o.Idle, in: limiter(n.o.BytesPerSecond), out: limiter(n.o.BytesPerSecond)}
}

// call opens a link to a partner: TLS, our hello, theirs.
func (n *Network) call(ctx context.Context, p Partner, raw *guardedConn) (*tls.Conn, hello, error) {
	conn := tls.Client(raw, n.tls)
	stop := context.AfterFunc(ctx, func() { raw.Close() })
	defer stop()
	fail := func(err error) (*tls.Conn, hello, error) {
		raw.Close()
		if cause := context.Cause(ctx); cause != nil {
			err = cause
		}
		return nil, hello{}, err
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		return fail(fmt.Errorf("opening TLS: %w", err))
	}
	state := conn.ConnectionState()
	ours := n.greeting(p.taken)
	if p.invite != nil {
		exporter, err := state.ExportKeyingMaterial(exporterLabel, nil, 32)
		if err != nil {
			return fail(fmt.Errorf("tying the invitation to the connection: %w", err))
		}
		proof := proveInvite(p.invite, exporter, p.Hospital, n.self())
		ours.Invite = &proof
	}
	if err := writeFrame(conn, encodeFrame(frameHello, ours)); err != nil {
		return fail(fmt.Errorf("saying hello: %w", err))
	}
	theirs, err := readHello(conn, frameHello, frameRefusal)
	if err != nil {
		return fail(err)
	}
	key, err := linkKey(state)
	if err == nil {
		err = theirs.prove(key)
	}
	if err == nil && theirs.Hospital != p.Hospital {
		err = fmt.Errorf("%w: it is hospital %s", ErrIdentity, theirs.Hospital)
	}
	if err == nil {
		err = supersedes(p.link, theirs.Link)
	}
	if err != nil {
		return fail(err)
	}
	return conn, theirs, nil
}

// readHello reads the other side's hello, or the refusal that came in its place. Nothing else is read from somebody whom nobody knows yet.
func readHello(conn net.Conn, allowed ...frameType) (hello, error) {
	f, err := readFrame(conn, allowed...)
	if err != nil {
		return hello{}, fmt.Errorf("waiting for hello: %w", err)
	}
	if f.kind == frameRefusal {
		r, err := decodeFrame[refusal](f)
		if err != nil {
			return hello{}, err
		}
		return hello{}, &RefusedError{By: r.Hospital, Code: r.Code}
	}
	h, err := decodeFrame[hello](f)
	if err == nil && h.Protocol != protocolVersion {
		err = fmt.Errorf("%w: version %d is not known here", ErrProtocol, h.Protocol)
	}
	return h, err
}

// admit answers a call: who is it, and is it a partner. Whoever is not is told so, and who told it.
func (n *Network) admit(ctx context.Context, conn *tls.Conn) (hello, Partner, error) {
	if err := conn.HandshakeContext(ctx); err != nil {
		return hello{}, Partner{}, fmt.Errorf("opening TLS: %w", err)
	}
	theirs, err := readHello(conn, frameHello)
	if err != nil {
		return theirs, Partner{}, n.refuse(conn, refusedProtocol, err)
	}
	state := conn.ConnectionState()
	key, err := linkKey(state)
	if err == nil {
		err = theirs.prove(key)
	}
	if err != nil {
		return theirs, Partner{}, n.refuse(conn, refusedIdentity, err)
	}
	if theirs.Hospital == n.self() {
		return theirs, Partner{}, n.refuse(conn, refusedIdentity, fmt.Errorf("%w: it has our own ID", ErrIdentity))
	}
	p, code, err := n.recognize(ctx, conn, state, theirs)
	if err != nil {
		return theirs, Partner{}, n.refuse(conn, code, err)
	}
	return theirs, p, nil
}

// recognize finds the partner that a proven hello belongs to, by way of an invitation where it brings one. The code says why there is none.
func (n *Network) recognize(ctx context.Context, conn net.Conn, state tls.ConnectionState, h hello) (p Partner, code string, why error) {
	err := n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) (err error) {
		p, err = PartnerOf(ctx, tx, h.Hospital)
		if errors.Is(err, ErrNoPartner) {
			if code, why, err = n.introduce(ctx, tx, conn, state, h); code != "" || err != nil {
				return err
			}
			p, err = PartnerOf(ctx, tx, h.Hospital)
		}
		if err != nil {
			return err
		}
		code, why = "", nil
		if p.State == Blocked {
			code, why = refusedBlocked, fmt.Errorf("hospital %s is blocked: %w", h.Hospital, ErrNoPartner)
		} else if e := supersedes(p.link, h.Link); e != nil {
			code, why = refusedIdentity, e
		}
		return nil
	})
	if err != nil {
		return p, "", err
	}
	return p, code, why
}

// introduce makes a partner of an unknown caller with a good invitation, and notes any other one for the administrator.
func (n *Network) introduce(ctx context.Context, tx ledger.Tx, conn net.Conn, state tls.ConnectionState, h hello) (code string, why, err error) {
	code, why = refusedUnknown, fmt.Errorf("hospital %s: %w", h.Hospital, ErrNoPartner)
	if h.Invite != nil {
		exporter, err := state.ExportKeyingMaterial(exporterLabel, nil, 32)
		if err != nil {
			return "", nil, fmt.Errorf("tying the invitation to the connection: %w", err)
		}
		code, why = refusedInvite, redeem(ctx, tx, h, exporter, n.self(), n.o.Now())
		if why == nil {
			return "", nil, nil
		}
		if !errors.Is(why, ErrInvitation) {
			return "", nil, why
		}
	}
	return code, why, noteCaller(ctx, tx, h, conn.RemoteAddr().String(), n.o.Now())
}

// refuse tells the caller why, as far as it still listens.
func (n *Network) refuse(conn net.Conn, code string, why error) error {
	if code == "" {
		return why // our own trouble is not the caller's business
	}
	_ = writeFrame(conn, encodeFrame(frameRefusal, refusal{Hospital: n.self(), Code: code}))
	return why
}
