package igtlink

import "encoding/binary"

// The checksum is CRC-64 of ECMA-182: polynomial 0x42F0E1EBA9EA3693, most significant bit first, beginning at 0, nothing inverted. It is not that of hash/crc64, whose
// ECMA table is for the reflected form.
const polynomial = 0x42F0E1EBA9EA3693

// table[k][b] is the checksum of byte b followed by k zero bytes, so that eight bytes are done at once.
var table = func() (t [8][256]uint64) {
	for b := range 256 {
		c := uint64(b) << 56
		for range 8 {
			if c>>63 == 1 {
				c = c<<1 ^ polynomial
			} else {
				c <<= 1
			}
		}
		t[0][b] = c
	}
	for k := 1; k < 8; k++ {
		for b := range 256 {
			c := t[k-1][b]
			t[k][b] = c<<8 ^ t[0][c>>56]
		}
	}
	return t
}()

// Checksum is a body's CRC-64, as its header carries it.
func Checksum(body []byte) uint64 {
	var c uint64
	for len(body) >= 8 {
		c ^= binary.BigEndian.Uint64(body)
		c = table[7][c>>56] ^ table[6][c>>48&255] ^ table[5][c>>40&255] ^ table[4][c>>32&255] ^
			table[3][c>>24&255] ^ table[2][c>>16&255] ^ table[1][c>>8&255] ^ table[0][c&255]
		body = body[8:]
	}
	for _, b := range body {
		c = c<<8 ^ table[0][byte(c>>56)^b]
	}
	return c
}
