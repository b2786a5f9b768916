package desk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

type openFile struct{ *bytes.Reader }

func (openFile) Close() error { return nil }

// salting is a file as it is kept.
func salting(t interface{ Fatal(...any) }, file []byte) []byte {
	kept, length := salt(bytes.NewReader(file), int64(len(file)))
	raw, err := io.ReadAll(kept)
	if err != nil || *length != int64(len(file)) {
		t.Fatal(*length, err)
	}
	return raw
}

func opened(t interface{ Fatal(...any) }, kept []byte) (io.ReadSeekCloser, int64) {
	f, n, err := unsalted(openFile{bytes.NewReader(kept)}, int64(len(kept)))
	if err != nil {
		t.Fatal(err)
	}
	return f, n
}

// TestASaltedFileReadsAsItWasSent: whole and by ranges, with the same answers as the file itself; also one that looks salted already.
func TestASaltedFileReadsAsItWasSent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		file := bytes.Repeat(rapid.SliceOfN(rapid.Byte(), 0, 3000).Draw(t, "file"), rapid.IntRange(1, 3).Draw(t, "times"))
		for range rapid.IntRange(0, 1).Draw(t, "again") {
			file = salting(t, file)
		}
		ranges := rapid.SampledFrom([]string{"", "bytes=0-0", "bytes=-5", "bytes=2-", "bytes=1-3,5-6", "bytes=9999999-"}).Draw(t, "range")
		f, n := opened(t, salting(t, file))
		got, want := served(f, ranges), served(bytes.NewReader(file), ranges)
		if n != int64(len(file)) || got.Code != want.Code || got.Header().Get("Content-Range") != want.Header().Get("Content-Range") || ranges != "bytes=1-3,5-6" && !bytes.Equal(got.Body.Bytes(), want.Body.Bytes()) {
			t.Fatalf("%d of %d bytes; range %q: %d %v, as it was sent %d %v", n, len(file), ranges, got.Code, got.Header(), want.Code, want.Header())
		}
	})
}

func served(f io.ReadSeeker, ranges string) *httptest.ResponseRecorder {
	w, r := httptest.NewRecorder(), httptest.NewRequest("GET", "/", nil)
	if ranges != "" {
		r.Header.Set("Range", ranges)
	}
	http.ServeContent(w, r, "a.pdf", time.Time{}, f)
	return w
}

// TestSaltHidesWhichFileItIs: the same file is kept in other bytes each time, and files of nearby lengths in one size.
func TestSaltHidesWhichFileItIs(t *testing.T) {
	file := bytes.Repeat([]byte("a letter "), 1000)
	one, two, longer := salting(t, file), salting(t, file), salting(t, append(file, '.'))
	if bytes.Equal(one, two) || len(one) != len(longer) || len(one) <= len(file) || len(one) > len(file)*9/8+saltLeast {
		t.Errorf("%d bytes are kept in %d, %d and one more in %d", len(file), len(one), len(two), len(longer))
	}
	for _, n := range []int64{0, 1, saltLeast, saltLeast + 1, 100_000, 1<<20 - 1, 1 << 20, 8 << 30} {
		if p := paddedSize(n); p < n || p > max(saltLeast, n+n*12/100) || paddedSize(p) != p {
			t.Errorf("%d is kept in %d, and that in %d", n, p, paddedSize(p))
		}
	}
}

// TestWhatIsNotSaltedStaysAsItIs: whatever bytes are kept, also those that a partner made to look salted.
func TestWhatIsNotSaltedStaysAsItIs(t *testing.T) {
	good := salting(t, []byte("a letter"))
	long, odd := bytes.Clone(good), bytes.Clone(good)
	binary.BigEndian.PutUint64(long[len(long)-saltTail:], 1<<63)
	binary.BigEndian.PutUint64(odd[len(odd)-saltTail:], uint64(len(odd)))
	for name, kept := range map[string][]byte{"nothing": {}, "a text": []byte("a text"), "of such a size": make([]byte, saltLeast), "endless": long, "longer than it is": odd, "cut": good[:len(good)-1],
		"another version": append([]byte("cslsalt\x02"), good[8:]...)} {
		f, n := opened(t, kept)
		if raw, err := io.ReadAll(f); err != nil || n != int64(len(kept)) || !bytes.Equal(raw, kept) {
			t.Errorf("%s: %d of %d bytes, %v", name, n, len(kept), err)
		}
	}
}

func TestALongerFileThanMayBeSentIsRefused(t *testing.T) {
	kept, _ := salt(strings.NewReader("123456"), 5)
	if _, err := io.ReadAll(kept); !errors.Is(err, ErrInput) {
		t.Error(err)
	}
}

func FuzzUnsalted(f *testing.F) {
	f.Add(salting(f, []byte("a letter")))
	f.Add([]byte("cslsalt\x01"))
	f.Fuzz(func(t *testing.T, kept []byte) {
		file, n := opened(t, kept)
		if raw, err := io.ReadAll(file); err != nil || int64(len(raw)) != n {
			t.Errorf("%d of %d bytes, %v", len(raw), n, err)
		}
	})
}
