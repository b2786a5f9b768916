package annotation

import (
	"encoding/binary"
	"math"
)

// The profile of sRGB (IEC 61966-2-1) as ICC.1:2001-04 writes it: a matrix and three curves. A color presentation state has to say what its colors mean (PS3.3 section C.11.15), and
// image data without a profile of its own is shown as sRGB everywhere. LittleCMS reads it as its own sRGB to 0.03 in each of L*, a* and b*.

// chromatic are sRGB's primaries in the profile's connection space, adapted to its white D50 by Bradford's method.
var chromatic = map[string][3]float64{
	"wtpt": {0.9642, 1, 0.8249},
	"rXYZ": {0.4360747, 0.2225045, 0.0139322},
	"gXYZ": {0.3850649, 0.7168786, 0.0971045},
	"bXYZ": {0.1430804, 0.0606169, 0.7141733},
}

// shades is how many points of the curve the profile has.
const shades = 1024

// profile is the profile, of the class of input devices: what the standard asks for.
func profile() []byte {
	tags := []struct {
		name string
		data []byte
	}{{"desc", described("sRGB IEC61966-2.1")}, {"cprt", plain("No copyright")}}
	for _, name := range []string{"wtpt", "rXYZ", "gXYZ", "bXYZ"} {
		tags = append(tags, struct {
			name string
			data []byte
		}{name, point(chromatic[name])})
	}
	curve := curve()
	head := make([]byte, 128, 4096)
	table := binary.BigEndian.AppendUint32(nil, uint32(len(tags)+3))
	var body []byte
	start := len(head) + 4 + 12*(len(tags)+3)
	entry := func(name string, at, size int) {
		table = binary.BigEndian.AppendUint32(append(table, name...), uint32(start+at))
		table = binary.BigEndian.AppendUint32(table, uint32(size))
	}
	for _, t := range tags {
		entry(t.name, len(body), len(t.data))
		body = append(body, t.data...)
		body = append(body, make([]byte, -len(t.data)&3)...)
	}
	for _, name := range []string{"rTRC", "gTRC", "bTRC"} { // all three share one
		entry(name, len(body), len(curve))
	}
	body = append(body, curve...)
	binary.BigEndian.PutUint32(head, uint32(start+len(body)))
	binary.BigEndian.PutUint32(head[8:], 0x02400000) // version 2.4
	copy(head[12:], "scnrRGB XYZ ")
	for i, v := range []uint16{2026, 1, 1, 0, 0, 0} { // when it was made: a constant, so that an object is the same whenever it is made
		binary.BigEndian.PutUint16(head[24+2*i:], v)
	}
	copy(head[36:], "acsp")
	copy(head[68:], point(chromatic["wtpt"])[8:]) // the white of the connection space
	return append(append(head, table...), body...)
}

// fixed is a number of 16 bits before and 16 behind the point.
func fixed(to []byte, v float64) []byte {
	return binary.BigEndian.AppendUint32(to, uint32(int32(math.Round(v*65536))))
}

func point(xyz [3]float64) []byte {
	out := append([]byte("XYZ "), 0, 0, 0, 0)
	for _, v := range xyz {
		out = fixed(out, v)
	}
	return out
}

func plain(text string) []byte { return append(append([]byte("text\x00\x00\x00\x00"), text...), 0) }

// described is a description in ASCII; its places for Unicode and Macintosh are empty.
func described(text string) []byte {
	out := binary.BigEndian.AppendUint32([]byte("desc\x00\x00\x00\x00"), uint32(len(text)+1))
	out = append(append(out, text...), 0)
	return append(out, make([]byte, 4+4+2+1+67)...)
}

// curve is how the light of a shade follows from its value.
func curve() []byte {
	out := binary.BigEndian.AppendUint32([]byte("curv\x00\x00\x00\x00"), shades)
	for i := range shades {
		v := float64(i) / (shades - 1)
		light := v / 12.92
		if v > 0.04045 {
			light = math.Pow((v+0.055)/1.055, 2.4)
		}
		out = binary.BigEndian.AppendUint16(out, uint16(math.Round(light*65535)))
	}
	return out
}
