// Package mask hides each hospital's figures in a study so that only their sum can be read.
//
// Every two hospitals of a run share a secret, from X25519 keys that were made for this run and are destroyed after it. From the secret, the roster, the protocol, the
// analysis and the round both derive the same stream of uniform integers mod 2^128; one adds it and the other subtracts it, so that all of them cancel in the sum
// (Bonawitz and others, CCS 2017, doi:10.1145/3133956.3133982, without its recovery: a hospital that goes silent is waited for). What masks cannot do stands in
// SECURITY.md: with n - 1 hospitals' keys the last one opens, and with two hospitals each knows the other's figures by subtraction.
package mask

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"consilium/ledger"
	"consilium/study/exact"
)

// Party is a hospital of a run and the public half of the key it made for it.
type Party struct {
	Hospital ledger.HospitalID
	Key      *ecdh.PublicKey
}

// NewKey makes the key of one hospital for one run.
func NewKey(random io.Reader) (*ecdh.PrivateKey, error) { return ecdh.X25519().GenerateKey(random) }

// Masker masks the figures of one hospital in one run.
type Masker struct {
	run   []byte // what all masks are bound to
	pairs []pair
}

type pair struct {
	secret []byte
	add    bool
}

// ErrNotInRoster says that a key is not that of a party of the run.
var ErrNotInRoster = errors.New("this hospital's key is not in the roster of the run")

// New prepares the masks of a hospital. roster names every party once, in the order of their hospitals; bound is what both sides must agree on beside it: the
// protocol and the freeze.
func New(own *ecdh.PrivateKey, me ledger.HospitalID, roster []Party, bound []byte) (*Masker, error) {
	sum := sha256.New()
	sum.Write([]byte("consilium study mask 1\n"))
	sum.Write(bound)
	here := false
	for i, p := range roster {
		if i > 0 && bytes.Compare(roster[i-1].Hospital[:], p.Hospital[:]) >= 0 {
			return nil, errors.New("the roster is not in the order of its hospitals, each once")
		}
		sum.Write(p.Hospital[:])
		sum.Write(p.Key.Bytes())
		here = here || p.Hospital == me && p.Key.Equal(own.PublicKey())
	}
	if !here {
		return nil, ErrNotInRoster
	}
	m := &Masker{run: sum.Sum(nil)}
	for _, p := range roster {
		if p.Hospital == me {
			continue
		}
		secret, err := own.ECDH(p.Key)
		if err != nil {
			return nil, fmt.Errorf("the key of hospital %s: %w", p.Hospital, err)
		}
		m.pairs = append(m.pairs, pair{secret, bytes.Compare(me[:], p.Hospital[:]) < 0})
	}
	return m, nil
}

// Mask adds this hospital's masks for an analysis and a round to its figures. A stream is used once: the caller sees to it that nothing is masked twice under one
// name with other figures.
func (m *Masker) Mask(figures exact.Vector, analysis string, round int) error {
	for _, p := range m.pairs {
		stream, err := p.stream(m.run, analysis, round)
		if err != nil {
			return err
		}
		block := make([]byte, len(figures)*exact.FixedSize)
		stream.XORKeyStream(block, block)
		for i := range figures {
			mask := exact.FixedFrom(block[i*exact.FixedSize:])
			if !p.add {
				mask = mask.Neg()
			}
			figures[i] = figures[i].Add(mask)
		}
	}
	return nil
}

// stream is the pseudo-random stream that two hospitals share for one analysis and round: AES-256 in counter mode under a key of its own.
func (p pair) stream(run []byte, analysis string, round int) (cipher.Stream, error) {
	info := binary.BigEndian.AppendUint64([]byte("figures\n"+analysis+"\n"), uint64(round))
	key, err := hkdf.Key(sha256.New, p.secret, run, string(info), 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewCTR(block, make([]byte, aes.BlockSize)), nil
}
