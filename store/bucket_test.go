package store_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"consilium/store"
	"consilium/store/storetest"
)

func openBucket(t testing.TB, address string) *store.Bucket {
	t.Helper()
	b, err := store.OpenBucket(t.Context(), address, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	b.SetPatience(2 * time.Second)
	return b
}

func TestBucketKeepsBlobs(t *testing.T) {
	storetest.Blobs(t, func(t *testing.T) store.Blobs {
		_, address := storetest.Bucket(t)
		return openBucket(t, address)
	})
}

// noise is bytes that do not repeat, so that a part in a wrong place is found out.
func noise(seed uint64, size int) []byte {
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	data := make([]byte, size)
	rand.NewChaCha8(key).Read(data)
	return data
}

// TestALargeBlobGoesInParts: more than two parts, the last one short; what comes back is the same, as a whole and in ranges over the borders of parts.
func TestALargeBlobGoesInParts(t *testing.T) {
	_, address := storetest.Bucket(t)
	b := openBucket(t, address)
	data := noise(1, 40<<20+13)
	hash, size, err := b.Put(t.Context(), bytes.NewReader(data), 1<<30)
	if err != nil || size != int64(len(data)) || hash != sha256.Sum256(data) {
		t.Fatal(size, err)
	}
	if err := b.Verify(t.Context(), hash); err != nil {
		t.Fatal(err)
	}
	f, _, err := b.Open(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	part := make([]byte, 100_000)
	for _, at := range []int64{16<<20 - 50_000, 32<<20 - 1} {
		if n, err := f.ReadAt(part, at); err != nil || !bytes.Equal(part[:n], data[at:at+100_000]) {
			t.Errorf("the range at %d: %d bytes, %v", at, n, err)
		}
	}
	if _, _, err := b.Put(t.Context(), bytes.NewReader(data), 1<<30); err != nil { // the second time only looks
		t.Error(err)
	}
}

// TestAnObjectIsWrittenOnce: the same bytes again are no fault and change nothing; one that was damaged in the store is found out by reading it, and mended by
// the bytes coming again where its size shows it.
func TestAnObjectIsWrittenOnce(t *testing.T) {
	g, address := storetest.Bucket(t)
	b := openBucket(t, address)
	data := noise(2, 100_000)
	hash, _, err := b.Put(t.Context(), bytes.NewReader(data), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	path := objectPath(t, g, address, hash)
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Put(t.Context(), bytes.NewReader(data), 1<<20); err != nil {
		t.Fatal(err)
	}
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("the object was written a second time: %v", err)
	}
	wrong := bytes.Clone(data)
	wrong[70_000] ^= 1
	if err := os.WriteFile(path, wrong, 0o600); err != nil {
		t.Fatal(err)
	}
	f, _, err := b.Open(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); !errors.Is(err, store.ErrWrongHash) || len(got) == len(data) {
		t.Errorf("damaged bytes were given: %d, %v", len(got), err)
	}
	if err := b.Verify(t.Context(), hash); !errors.Is(err, store.ErrWrongHash) {
		t.Errorf("damaged bytes were verified: %v", err)
	}
	if err := os.Truncate(path, 50_000); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Put(t.Context(), bytes.NewReader(data), 1<<20); err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(t.Context(), hash); err != nil {
		t.Errorf("the bytes came again and did not mend it: %v", err)
	}
}

func objectPath(t *testing.T, g *storetest.S3, address string, hash store.Hash) string {
	t.Helper()
	a, err := store.ParseBucket(address)
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(g.Objects, a.Prefix, hex.EncodeToString(hash[:]))
}

// disturbed is a bucket behind a line.
func disturbed(t *testing.T) (*store.Bucket, *storetest.Line) {
	t.Helper()
	g, _ := storetest.Bucket(t)
	line := storetest.LineTo(t, g.Endpoint)
	return openBucket(t, g.Address(line.URL)), line
}

// TestTheStoreOfFilesFails: whatever the store does, what it acknowledged is there afterwards and what it did not is told as not kept, with a reason that stands on
// the administrator's page, until it answers again.
func TestTheStoreOfFilesFails(t *testing.T) {
	for name, c := range map[string]struct {
		fault storetest.Fault
		want  error
	}{
		"gone":     {storetest.Gone, store.ErrBucketAway},
		"hung":     {storetest.Hung, store.ErrBucketAway},
		"503":      {storetest.Refused(http.StatusServiceUnavailable, "SlowDown"), store.ErrBucketAway},
		"full":     {storetest.Refused(http.StatusInsufficientStorage, "InsufficientStorage"), store.ErrDiskFull},
		"no entry": {storetest.Refused(http.StatusForbidden, "AccessDenied"), store.ErrBucketRefused},
	} {
		t.Run(name, func(t *testing.T) {
			b, line := disturbed(t)
			kept := noise(3, 2000)
			hash, _, err := b.Put(t.Context(), bytes.NewReader(kept), 1<<20)
			if err != nil {
				t.Fatal(err)
			}
			line.Disturb(c.fault)
			data := noise(4, 3000)
			for _, put := range []func() error{
				func() error { _, _, err := b.Put(t.Context(), bytes.NewReader(data), 1<<20); return err },
				func() error { return putInBatch(t, b, data) },
				func() error { return putInPieces(t, b, data) },
			} {
				if err := put(); !errors.Is(err, c.want) || errors.Is(err, store.ErrUnreachable) {
					t.Errorf("acknowledged, or told otherwise: %v", err)
				}
			}
			if err := b.Walk(t.Context(), func(store.Hash, int64) error { return nil }); !errors.Is(err, c.want) {
				t.Errorf("a walk that saw nothing ended as if there were nothing: %v", err)
			}
			if gone, err := store.Gone(t.Context(), b, hash); gone || !errors.Is(err, c.want) {
				t.Errorf("what cannot be looked for is said to be gone: %v", err)
			}
			if since, why := b.Trouble(); !errors.Is(why, c.want) || since.IsZero() {
				t.Errorf("the trouble is %v", why)
			}
			line.Disturb(nil)
			if err := b.Verify(t.Context(), hash); err != nil {
				t.Errorf("what was acknowledged before: %v", err)
			}
			if err := putInPieces(t, b, data); err != nil { // all bytes are here already: only the end is done again
				t.Error(err)
			}
			if err := b.Verify(t.Context(), sha256.Sum256(data)); err != nil {
				t.Error(err)
			}
			if _, why := b.Trouble(); why != nil {
				t.Errorf("it answers again, and the trouble stays: %v", why)
			}
		})
	}
}

func putInBatch(t *testing.T, b store.Blobs, data []byte) error {
	t.Helper()
	group, err := b.Batch()
	if err != nil {
		t.Fatal(err)
	}
	defer group.Close()
	if _, _, err := group.Put(t.Context(), bytes.NewReader(data), 1<<20); err != nil {
		t.Fatal(err)
	}
	return group.Commit(t.Context())
}

func putInPieces(t *testing.T, b store.Blobs, data []byte) error {
	t.Helper()
	p, at, err := b.Resume(sha256.Sum256(data), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if _, err := p.Write(data[at:]); err != nil {
		t.Fatal(err)
	}
	return p.Finish()
}

// TestAnAnswerThatBreaksOffIsGoneOnWith: each answer carries 300,000 bytes and breaks; the blob comes whole, by ranges. Where no answer carries anything, it is an error
// and never the end of the blob.
func TestAnAnswerThatBreaksOffIsGoneOnWith(t *testing.T) {
	b, line := disturbed(t)
	data := noise(5, 1_000_000)
	hash, _, err := b.Put(t.Context(), bytes.NewReader(data), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	line.Disturb(storetest.CutAfter(300_000))
	f, _, err := b.Open(t.Context(), hash)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if got, err := io.ReadAll(f); err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	whole := make([]byte, 700_000)
	if n, err := f.ReadAt(whole, 200_000); err != nil || !bytes.Equal(whole[:n], data[200_000:900_000]) {
		t.Errorf("a range: %d bytes, %v", n, err)
	}
	line.Disturb(storetest.CutAfter(0))
	f.Seek(0, io.SeekStart)
	if got, err := io.ReadAll(f); !errors.Is(err, store.ErrBucketAway) || len(got) != 0 {
		t.Errorf("nothing came, and it is %d bytes, %v", len(got), err)
	}
}

// TestABriefFaultIsNotSeen: a store that answers "slow down" once, or breaks one connection, is asked again.
func TestABriefFaultIsNotSeen(t *testing.T) {
	b, line := disturbed(t)
	var n atomic.Int64
	line.Disturb(func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool {
		switch n.Add(1) % 3 {
		case 1:
			return storetest.Refused(http.StatusServiceUnavailable, "SlowDown")(w, r, pass)
		case 2:
			return storetest.Gone(w, r, pass)
		}
		return false
	})
	data := noise(6, 10_000)
	hash, _, err := b.Put(t.Context(), bytes.NewReader(data), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(t.Context(), hash); err != nil {
		t.Error(err)
	}
}

// TestWhichBucketsAreRefused: one that is not there, and keys that open nothing; a store that does not answer is opened, for the hospital must start.
func TestWhichBucketsAreRefused(t *testing.T) {
	g, address := storetest.Bucket(t)
	if _, err := store.OpenBucket(t.Context(), strings.Replace(address, "s3://hospital", "s3://nowhere", 1), t.TempDir(), nil); !errors.Is(err, store.ErrBucketRefused) {
		t.Errorf("a bucket that is not there: %v", err)
	}
	keys := filepath.Join(t.TempDir(), "keys")
	const secret = "not the secret of this store"
	if err := os.WriteFile(keys, []byte("[default]\naws_access_key_id = consilium\naws_secret_access_key = "+secret+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	_, err := store.OpenBucket(t.Context(), "s3://hospital/x?endpoint="+g.Endpoint+"&keys="+keys, t.TempDir(), slog.New(slog.NewTextHandler(&said, nil)))
	if !errors.Is(err, store.ErrBucketRefused) {
		t.Errorf("a wrong secret: %v", err)
	}
	if strings.Contains(said.String()+err.Error(), secret) {
		t.Error("the secret is told")
	}
	line := storetest.LineTo(t, g.Endpoint)
	line.Disturb(storetest.Gone)
	b, err := store.OpenBucket(t.Context(), g.Address(line.URL), t.TempDir(), nil)
	if err != nil {
		t.Fatalf("a store that does not answer: %v", err)
	}
	line.Disturb(nil)
	if err := b.Ready(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestAddressesOfBuckets: what may stand in one. An address with a key in it is refused, and not repeated.
func TestAddressesOfBuckets(t *testing.T) {
	for text, want := range map[string]string{
		"s3://scans":                          "s3://scans/ at s3.us-east-1.amazonaws.com",
		"s3://scans/a/b/?region=eu-central-1": "s3://scans/a/b/ at s3.eu-central-1.amazonaws.com",
		"s3://scans/a?endpoint=https://s3.hospital.example:9000":     "s3://scans/a/ at s3.hospital.example:9000",
		"s3://scans?endpoint=http://127.0.0.1:9000&sse=AES256":       "s3://scans/ at 127.0.0.1:9000",
		"s3://scans?sse=aws:kms&kms-key=arn:aws:kms:eu:1:key/2":      "s3://scans/ at s3.us-east-1.amazonaws.com",
		"s3://key:secret@scans/a":                                    "",
		"s3://scans?endpoint=https://key:secret@s3.hospital.example": "",
		"s3://scans?secret=x":                                        "",
		"s3://Scans":                                                 "",
		"s3://scans?sse=rot13":                                       "",
		"s3://scans?kms-key=x":                                       "",
		"https://scans":                                              "",
		"/srv/blobs":                                                 "",
	} {
		a, err := store.ParseBucket(text)
		switch {
		case want == "" && (!errors.Is(err, store.ErrBucketAddress) || strings.Contains(err.Error(), "secret@")):
			t.Errorf("%s: %v", text, err)
		case want != "" && (err != nil || a.String() != want):
			t.Errorf("%s: %q, %v", text, a, err)
		}
	}
}

// TestEncryptionIsAskedFor: every write of an object, in one piece and in parts, says how the store encrypts it.
func TestEncryptionIsAskedFor(t *testing.T) {
	g, _ := storetest.Bucket(t)
	line := storetest.LineTo(t, g.Endpoint)
	var asked, bare atomic.Int64
	line.Disturb(func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool {
		begins := r.Method == http.MethodPost && r.URL.Query().Has("uploads")
		if begins || r.Method == http.MethodPut && !r.URL.Query().Has("partNumber") {
			asked.Add(1)
			if r.Header.Get("X-Amz-Server-Side-Encryption") != "AES256" {
				bare.Add(1)
			}
		}
		for name := range r.Header { // the server of the tests encrypts nothing, and says so
			if strings.HasPrefix(name, "X-Amz-Server-Side") {
				return storetest.Refused(http.StatusNotImplemented, "NotImplemented")(w, r, pass)
			}
		}
		return false
	})
	b := openBucket(t, g.Address(line.URL)+"&sse=AES256")
	for _, size := range []int{1000, 40 << 20} {
		b.Put(t.Context(), bytes.NewReader(noise(7, size)), 1<<30)
	}
	if asked.Load() < 2 || bare.Load() > 0 {
		t.Errorf("%d writes, %d of them without encryption", asked.Load(), bare.Load())
	}
}

// TestACallerMayGiveUp: who calls a request off hears that, and the store is not said to be away.
func TestACallerMayGiveUp(t *testing.T) {
	b, line := disturbed(t)
	line.Disturb(storetest.Hung)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := b.Put(ctx, strings.NewReader("x"), 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	if _, why := b.Trouble(); why != nil {
		t.Errorf("the trouble is %v", why)
	}
}

// TestAReaderWhoLeavesEndsTheRequest: whoever stops waiting for a file does not keep a request to the store, whichever way they read.
func TestAReaderWhoLeavesEndsTheRequest(t *testing.T) {
	b, line := disturbed(t)
	hash, _, err := b.Put(t.Context(), bytes.NewReader(noise(9, 1000)), 1<<20)
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]func(store.Blob) error{
		"from its beginning": func(f store.Blob) error { _, err := f.Read(make([]byte, 10)); return err },
		"a range":            func(f store.Blob) error { _, err := f.ReadAt(make([]byte, 10), 5); return err },
	} {
		t.Run(name, func(t *testing.T) {
			line.Disturb(nil)
			ctx, leave := context.WithCancel(t.Context())
			defer leave()
			f, _, err := b.Open(ctx, hash)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			asked, ended := make(chan struct{}), make(chan struct{})
			line.Disturb(func(_ http.ResponseWriter, r *http.Request, _ http.Handler) bool {
				close(asked)
				<-r.Context().Done()
				close(ended)
				return true
			})
			told := make(chan error)
			go func() { told <- read(f) }()
			<-asked
			leave()
			if err := <-told; !errors.Is(err, context.Canceled) {
				t.Errorf("the reader is told %v", err)
			}
			<-ended
			if _, why := b.Trouble(); why != nil {
				t.Errorf("the store is said to be away: %v", why)
			}
		})
	}
}
