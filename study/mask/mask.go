// Package mask hides each hospital's figures in a study so that only their sum can be read.
//
// Every two hospitals of a run share a secret, from X25519 keys that were made for this run and are destroyed after it. From the secret, the roster, the protocol, the
// analysis, the step and the round both derive the same stream of uniform integers mod 2^128; one adds it and the other subtracts it, so that all of them cancel in the sum
// (Bonawitz and others, CCS 2017, doi:10.1145/3133956.3133982, without its recovery: a hospital that goes silent is waited for).
//
// A stream is of one pair: both hospitals and both keys are in it, so a hospital that joins with the key of another one has masks that cancel nothing. It could only
// spoil the sum, and [Fingerprint] stops it before. What masks cannot do stands in SECURITY.md: with n - 1 hospitals' keys the last one opens, and with two hospitals
// each knows the other's figures by subtraction. Why it is so: docs/decisions/0026-masks-of-a-pair.md.
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
	"slices"
	"sync"

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

// pair is what this hospital shares with another one.
type pair struct {
	secret []byte
	names  []byte // both hospitals and both keys, in the order of the hospitals
	add    bool
}

// Version is that of the masks made here. Hospitals whose masks were made in another way do not cancel each other's, so each says it when it joins.
const Version = 2

// ErrNotInRoster says that a key is not that of a party of the run.
var ErrNotInRoster = errors.New("this hospital's key is not in the roster of the run")

// Errors of keys. Each says that the run must not go on.
var (
	ErrWeakKey = errors.New("the key is no point that masks can be made of")
	ErrTwice   = errors.New("two hospitals of the run have the same key")
)

// probe is a scalar that everybody knows, to tell keys apart by.
var probe = sync.OnceValues(func() (*ecdh.PrivateKey, error) {
	scalar := sha256.Sum256([]byte("consilium study key probe 1"))
	return ecdh.X25519().NewPrivateKey(scalar[:])
})

// Fingerprint tells keys apart as the secrets do that are made of them: two keys with one fingerprint give the same secret with any third, whatever their bytes (X25519
// passes over the top bit, over multiples of the field's prime, over points of low order and over the sign: RFC 7748, section 5). A key that gives no secret at all is
// [ErrWeakKey].
func Fingerprint(key *ecdh.PublicKey) ([32]byte, error) {
	scalar, err := probe()
	if err != nil {
		return [32]byte{}, err
	}
	point, err := scalar.ECDH(key)
	if err != nil {
		return [32]byte{}, ErrWeakKey
	}
	return [32]byte(point), nil
}

// New prepares the masks of a hospital. roster names every party once, in the order of their hospitals; bound is what both sides must agree on beside it: the
// protocol and the freeze.
func New(own *ecdh.PrivateKey, me ledger.HospitalID, roster []Party, bound []byte) (*Masker, error) {
	sum := sha256.New()
	sum.Write([]byte("consilium study mask 2\n"))
	sum.Write(bound)
	here, seen := false, map[[32]byte]bool{}
	for i, p := range roster {
		if i > 0 && bytes.Compare(roster[i-1].Hospital[:], p.Hospital[:]) >= 0 {
			return nil, errors.New("the roster is not in the order of its hospitals, each once")
		}
		print, err := Fingerprint(p.Key)
		if err == nil && seen[print] {
			err = ErrTwice
		}
		if err != nil {
			return nil, fmt.Errorf("the key of hospital %s: %w", p.Hospital, err)
		}
		seen[print] = true
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
		m.pairs = append(m.pairs, pairOf(Party{me, own.PublicKey()}, p, secret))
	}
	return m, nil
}

func pairOf(me, other Party, secret []byte) pair {
	first, second := me, other
	add := bytes.Compare(me.Hospital[:], other.Hospital[:]) < 0
	if !add {
		first, second = other, me
	}
	return pair{secret, slices.Concat(first.Hospital[:], second.Hospital[:], first.Key.Bytes(), second.Key.Bytes()), add}
}

// Mask adds this hospital's masks for an analysis and a round to its figures. from is the step that the round starts from: hospitals that came there by other
// contributions have other masks. A stream is used once: the caller sees to it that nothing is masked twice under one name with other figures.
func (m *Masker) Mask(figures exact.Vector, from ledger.Hash, analysis string, round int) error {
	for _, p := range m.pairs {
		stream, err := p.stream(m.run, from, analysis, round)
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
func (p pair) stream(run []byte, from ledger.Hash, analysis string, round int) (cipher.Stream, error) {
	info := slices.Concat([]byte("figures\n"), p.names, from[:], binary.BigEndian.AppendUint64(nil, uint64(round)), []byte(analysis))
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
