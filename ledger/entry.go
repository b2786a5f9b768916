package ledger

import (
	"crypto/ed25519"
	"crypto/sha256"
	"errors"
	"fmt"
)

const entryContext = "consilium entry 1\x00"

// ErrSignature says that an entry was not signed by the key it names.
var ErrSignature = errors.New("the signature does not fit the header")

// ErrBodyHash says that a body is not the one that was signed.
var ErrBodyHash = errors.New("the body is not the one that the header names")

// Wire is an entry as it is stored and travels. Raw header bytes are what is signed and hashed: nothing is re-encoded to verify.
type Wire struct {
	Header    []byte
	Signature []byte
	Body      []byte // nil: erased, or not here yet
}

// Size is how many bytes the entry holds.
func (w Wire) Size() int { return len(w.Header) + len(w.Signature) + len(w.Body) }

// Entry is a wire that was read and proved by itself: form, signature, body. Whether it fits its thread is [Thread.Admit]'s to say.
type Entry struct {
	Header
	Wire Wire
	Hash Hash
	body *Body
}

// HasBody tells whether the body is here.
func (e *Entry) HasBody() bool { return e.Wire.Body != nil }

// Content gives the body. It is an error when the body is not here.
func (e *Entry) Content() (*Body, error) {
	if e.body == nil {
		return nil, fmt.Errorf("entry %s: the body is not here: %w", e.Hash.Short(), ErrBody)
	}
	return e.body, nil
}

func hashEntry(header []byte) Hash {
	h := sha256.New()
	h.Write([]byte(entryContext))
	h.Write(header)
	return Hash(h.Sum(nil))
}

func sumBody(raw []byte) Hash { return sha256.Sum256(raw) }

func signable(header []byte) []byte { return append([]byte(entryContext), header...) }

// sign finishes an entry: the body is encoded, hashed into the header, and the header signed.
func (s Signer) sign(h Header, body Body) (*Entry, error) {
	e, sum, err := s.seal(h, body)
	if err != nil {
		return nil, err
	}
	e.Wire.Signature = <-sum.made
	return e, nil
}

// signature is one that is being made.
type signature struct {
	entry *Entry
	made  <-chan []byte
}

// seal finishes an entry but for its signature, which is made meanwhile: an entry's hash covers the header alone.
func (s Signer) seal(h Header, body Body) (*Entry, signature, error) {
	raw, err := body.encode()
	if err != nil {
		return nil, signature{}, err
	}
	if err := body.check(); err != nil {
		return nil, signature{}, err
	}
	h.Body = sumBody(raw)
	h.Hospital, h.Key = s.Hospital(), s.Key()
	h.Speaks = nil
	if h.Seq == 1 {
		h.Speaks = &s.Statement
	}
	if err := h.check(); err != nil {
		return nil, signature{}, fmt.Errorf("%w: %w", ErrHeader, err)
	}
	header := h.encode()
	if len(header) > MaxHeader {
		return nil, signature{}, fmt.Errorf("%w: %d bytes are more than %d", ErrHeader, len(header), MaxHeader)
	}
	made := make(chan []byte, 1)
	go func() { made <- ed25519.Sign(s.private, signable(header)) }()
	e := &Entry{Header: h, Wire: Wire{Header: header, Body: raw}, Hash: hashEntry(header), body: &body}
	return e, signature{e, made}, nil
}

// ReadEntry reads a wire and proves what its own bytes can prove: the header's form, the statement, the signature, that the body is the
// one that was signed and has the form of one. The error is one of ErrHeader, ErrStatement, ErrSignature, ErrBodyHash, ErrBody: each refuses the
// entry for ever.
func ReadEntry(w Wire) (*Entry, error) {
	e, err := layEntry(w)
	if err != nil {
		return nil, err
	}
	return e, e.prove(false)
}

// layEntry reads the form of a wire and proves nothing.
func layEntry(w Wire) (*Entry, error) {
	h, err := ParseHeader(w.Header)
	if err != nil {
		return nil, err
	}
	if len(w.Signature) != ed25519.SignatureSize {
		return nil, ErrSignature
	}
	return &Entry{Header: h, Wire: w, Hash: hashEntry(w.Header)}, nil
}

// prove proves what the entry's own bytes can prove. Its signature may have been judged together with others.
func (e *Entry) prove(holds bool) error {
	if !holds && !signed(e.Key[:], signable(e.Wire.Header), e.Wire.Signature) {
		return ErrSignature
	}
	if e.Speaks != nil {
		if err := e.Speaks.prove(); err != nil {
			return err
		}
	}
	return e.checkBody()
}

func (e *Entry) checkBody() error {
	if e.Wire.Body == nil {
		if rosterKind(e.Kind) {
			return fmt.Errorf("%w: who takes part is never erased, so this copy of the entry is not whole", ErrBody)
		}
		return nil
	}
	if len(e.Wire.Body) > MaxBody {
		return fmt.Errorf("%w: %d bytes are more than %d", ErrBody, len(e.Wire.Body), MaxBody)
	}
	if sumBody(e.Wire.Body) != e.Header.Body {
		return ErrBodyHash
	}
	b, err := ParseBody(e.Wire.Body)
	if err != nil {
		return err
	}
	e.body = &b
	return nil
}

// storedEntry reads a wire that this node proved before it stored it. `consilium verify` proves it again.
func storedEntry(w Wire, hash Hash) (*Entry, error) {
	h, err := ParseHeader(w.Header)
	if err != nil {
		return nil, fmt.Errorf("stored entry %s: %w", hash.Short(), err)
	}
	e := &Entry{Header: h, Wire: w, Hash: hash}
	if w.Body == nil {
		return e, nil
	}
	body, err := Decode[Body](w.Body)
	if err != nil {
		return nil, fmt.Errorf("stored entry %s: %w", hash.Short(), err)
	}
	e.body = &body
	return e, nil
}
