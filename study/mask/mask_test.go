package mask

import (
	"bytes"
	"crypto/ecdh"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"math"
	"slices"
	"testing"

	"consilium/ledger"
	"consilium/study/exact"
)

// ward makes n hospitals with keys, and the maskers of a run.
func ward(t testing.TB, n int, bound []byte) (keys []*ecdh.PrivateKey, roster []Party, maskers []*Masker) {
	t.Helper()
	for i := range n {
		key, err := NewKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		keys, roster = append(keys, key), append(roster, Party{ledger.HospitalID{byte(i + 1)}, key.PublicKey()})
	}
	for i := range n {
		m, err := New(keys[i], roster[i].Hospital, roster, bound)
		if err != nil {
			t.Fatal(err)
		}
		maskers = append(maskers, m)
	}
	return keys, roster, maskers
}

func figures(t testing.TB, values ...float64) exact.Vector {
	v, err := exact.VectorOf(values)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestMasksCancelInTheSumAndNowhereElse(t *testing.T) {
	for _, n := range []int{2, 3, 7, 30} {
		_, _, maskers := ward(t, n, nil)
		sum, want := make(exact.Vector, 3), make(exact.Vector, 3)
		for i, m := range maskers {
			plain := figures(t, float64(i), -2.5*float64(i), 1e6/float64(i+1))
			masked := slices.Clone(plain)
			if err := m.Mask(masked, ledger.Hash{}, "primary/0", 4); err != nil {
				t.Fatal(err)
			}
			if slices.Equal(masked, plain) {
				t.Errorf("hospital %d of %d says its figures openly", i, n)
			}
			sum.Add(masked)
			want.Add(plain)
			if i < n-1 && slices.Equal(sum, want) {
				t.Errorf("the sum of %d of %d hospitals can be read", i+1, n)
			}
		}
		if !slices.Equal(sum, want) {
			t.Errorf("%d hospitals: masks do not cancel", n)
		}
	}
}

func TestEachRunAnalysisAndRoundHasMasksOfItsOwn(t *testing.T) {
	keys, roster, maskers := ward(t, 3, []byte("protocol and freezes"))
	from := ledger.Hash{}
	of := func(m *Masker, analysis string, round int) []byte {
		v := make(exact.Vector, 4)
		if err := m.Mask(v, from, analysis, round); err != nil {
			t.Fatal(err)
		}
		return v.Bytes()
	}
	other, err := New(keys[0], roster[0].Hospital, roster, []byte("another freeze"))
	if err != nil {
		t.Fatal(err)
	}
	seen := [][]byte{of(maskers[0], "a/0", 1), of(maskers[0], "a/0", 2), of(maskers[0], "b/0", 1), of(maskers[1], "a/0", 1), of(other, "a/0", 1)}
	from[0] = 1
	seen = append(seen, of(maskers[0], "a/0", 1))
	from[0] = 0
	for i := range seen {
		for j := range i {
			if bytes.Equal(seen[i], seen[j]) {
				t.Errorf("masks %d and %d are the same", i, j)
			}
		}
	}
	if !bytes.Equal(of(maskers[0], "a/0", 1), seen[0]) {
		t.Error("a mask is not the same when it is made again")
	}
}

// A member that has every entry and its own key sees of each other contribution 128-bit integers that are uniform: each bit is set half of the time, whatever the figure.
func TestAContributionAloneIsUniform(t *testing.T) {
	_, _, maskers := ward(t, 3, nil)
	const n = 4000
	ones := make([]int, 128)
	for round := range n / 100 {
		v := make(exact.Vector, 100) // the least that a figure can be: all zeros
		if err := maskers[0].Mask(v, ledger.Hash{}, "primary/0", round); err != nil {
			t.Fatal(err)
		}
		for _, f := range v {
			for bit, b := range f.Append(nil) {
				for k := range 8 {
					ones[bit*8+k] += int(b >> k & 1)
				}
			}
		}
	}
	for bit, k := range ones {
		if z := (float64(k) - n/2) / math.Sqrt(n/4); math.Abs(z) > 5 { // one in 1.7 million each; the masks are fresh in every run of this test
			t.Errorf("bit %d is set %d times of %d", bit, k, n)
		}
	}
}

func TestAKeyThatIsNotInTheRosterMasksNothing(t *testing.T) {
	_, roster, _ := ward(t, 3, nil)
	stranger, err := NewKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(stranger, roster[0].Hospital, roster, nil); !errors.Is(err, ErrNotInRoster) {
		t.Error(err)
	}
	slices.Reverse(roster)
	if _, err := New(stranger, roster[0].Hospital, roster, nil); err == nil || errors.Is(err, ErrNotInRoster) {
		t.Error("a roster out of order was taken", err)
	}
}

// A hospital that says another one's key as its own is found out also where its bytes differ: the top bit set, or the point and a point of low order added.
func TestACopiedKeyIsTheSameKeyWhateverItsBytes(t *testing.T) {
	keys, roster, _ := ward(t, 3, nil)
	copied := bytes.Clone(roster[2].Key.Bytes())
	copied[31] |= 0x80
	for name, b := range map[string][]byte{"the same bytes": roster[2].Key.Bytes(), "the top bit set": copied} {
		key, err := ecdh.X25519().NewPublicKey(b)
		if err != nil {
			t.Fatal(err)
		}
		hostile := slices.Clone(roster)
		hostile[0].Key = key
		if _, err := New(keys[1], roster[1].Hospital, hostile, nil); !errors.Is(err, ErrTwice) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The points of low order of curve25519 and of its twist (RFC 7748, section 6.1 has a secret of zeros refused): 0, 1, and both of order 8.
func TestAKeyOfLowOrderIsNone(t *testing.T) {
	for _, text := range []string{"0000000000000000000000000000000000000000000000000000000000000000", "0100000000000000000000000000000000000000000000000000000000000000",
		"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800", "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"} {
		raw, err := hex.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		key, err := ecdh.X25519().NewPublicKey(raw)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Fingerprint(key); !errors.Is(err, ErrWeakKey) {
			t.Errorf("%s: %v", text, err)
		}
	}
}
