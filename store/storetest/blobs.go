package storetest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"consilium/store"
)

// Blobs is what every [store.Blobs] has to pass. Each part of it gets a fresh, empty one from open.
func Blobs(t *testing.T, open func(*testing.T) store.Blobs) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, store.Blobs){
		"put and open": putAndOpen, "ranges": ranges, "nothing refused is kept": refusals, "cut at every byte": cutAtEveryByte,
		"wrong and endless bytes": wrongAndEndless, "walk and remove": walkAndRemove, "a batch": batch, "a batch that is given up": givenUp,
		"a batch filled by many": filledByMany, "a batch that adopts": adopted, "the same file twice at once": twiceAtOnce,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// content is some bytes that no other seed gives.
func content(seed, size int) []byte {
	sum := sha256.Sum256([]byte(fmt.Sprint(seed)))
	return bytes.Repeat(sum[:], size/len(sum)+1)[:size]
}

// holds reads a blob and compares it.
func holds(t *testing.T, b store.Blobs, data []byte) {
	t.Helper()
	hash := store.Hash(sha256.Sum256(data))
	f, size, err := b.Open(t.Context(), hash)
	must(t, err)
	defer f.Close()
	got, err := io.ReadAll(f)
	if err != nil || size != int64(len(data)) || !bytes.Equal(got, data) || !b.Has(hash) {
		t.Errorf("%d of %d bytes came back, or others: %v", len(got), len(data), err)
	}
	must(t, b.Verify(context.Background(), hash))
}

func hashes(t *testing.T, b store.Blobs) (list []store.Hash) {
	t.Helper()
	must(t, b.Walk(t.Context(), func(h store.Hash, _ int64) error {
		list = append(list, h)
		return nil
	}))
	return list
}

func putAndOpen(t *testing.T, b store.Blobs) {
	for _, size := range []int{0, 1, 256 << 10, 3*256<<10 + 7} {
		data := content(size, size)
		for range 2 { // a second time changes nothing
			hash, n, err := b.Put(t.Context(), iotest.HalfReader(bytes.NewReader(data)), int64(size))
			if err != nil || n != int64(size) || hash != sha256.Sum256(data) {
				t.Fatalf("size %d: %x, %d, %v", size, hash, n, err)
			}
		}
		holds(t, b, data)
	}
	data := []byte("known before")
	n, err := b.PutExpect(t.Context(), bytes.NewReader(data), 100, sha256.Sum256(data))
	if err != nil || n != int64(len(data)) {
		t.Error(n, err)
	}
	holds(t, b, data)
}

func ranges(t *testing.T, b store.Blobs) {
	data := content(1, 600<<10)
	hash, _, err := b.Put(t.Context(), bytes.NewReader(data), 1<<20)
	must(t, err)
	f, _, err := b.Open(t.Context(), hash)
	must(t, err)
	defer f.Close()
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			at := int64(i) * 70_001
			part := make([]byte, 33_333)
			if n, err := f.ReadAt(part, at); err != nil || !bytes.Equal(part[:n], data[at:at+33_333]) {
				t.Errorf("the range at %d: %d bytes, %v", at, n, err)
			}
		})
	}
	group.Wait()
	part := make([]byte, 100)
	if n, err := f.ReadAt(part, int64(len(data))-10); n != 10 || err != io.EOF {
		t.Errorf("a range over the end: %d, %v", n, err)
	}
	if at, err := f.Seek(-5, io.SeekEnd); err != nil || at != int64(len(data))-5 {
		t.Error(at, err)
	}
	if rest, err := io.ReadAll(f); err != nil || !bytes.Equal(rest, data[len(data)-5:]) {
		t.Errorf("the end: %x, %v", rest, err)
	}
}

func refusals(t *testing.T, b store.Blobs) {
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	broken := errors.New("the line broke")
	group, err := b.Batch()
	must(t, err)
	defer group.Close()
	for _, c := range []struct {
		name string
		ctx  context.Context
		r    func() io.Reader
		want error
	}{
		{"too large", t.Context(), func() io.Reader { return strings.NewReader("123456") }, store.ErrTooLarge},
		{"broken line", t.Context(), func() io.Reader { return io.MultiReader(strings.NewReader("1"), iotest.ErrReader(broken)) }, broken},
		{"cancelled", cancelled, func() io.Reader { return strings.NewReader("1") }, context.Canceled},
	} {
		if _, _, err := b.Put(c.ctx, c.r(), 5); !errors.Is(err, c.want) {
			t.Errorf("%s: %v", c.name, err)
		}
		if _, _, err := group.Put(c.ctx, c.r(), 5); !errors.Is(err, c.want) {
			t.Errorf("%s, in a batch: %v", c.name, err)
		}
	}
	if _, err := b.PutExpect(t.Context(), strings.NewReader("12345"), 5, store.Hash{}); !errors.Is(err, store.ErrWrongHash) {
		t.Errorf("wrong hash: %v", err)
	}
	must(t, group.Commit(t.Context()))
	if list := hashes(t, b); len(list) != 0 {
		t.Errorf("%d blobs were kept", len(list))
	}
}

func cutAtEveryByte(t *testing.T, b store.Blobs) {
	for cut := range 18 {
		data := content(cut, 17)
		hash := store.Hash(sha256.Sum256(data))
		p, at, err := b.Resume(hash, 100)
		if err != nil || at != 0 {
			t.Fatal(at, err)
		}
		_, err = p.Write(data[:cut])
		must(t, err)
		if _, _, err := b.Resume(hash, 100); !errors.Is(err, store.ErrReceiving) {
			t.Fatalf("received twice at once: %v", err)
		}
		must(t, errors.Join(p.Close(), p.Close()))
		if n := b.Partial(hash); n != int64(cut) || b.Has(hash) {
			t.Fatalf("cut at %d: %d bytes are there", cut, n)
		}
		p, at, err = b.Resume(hash, 100)
		if err != nil || at != int64(cut) {
			t.Fatalf("cut at %d: resumes at %d, %v", cut, at, err)
		}
		_, err = p.Write(data[at:])
		must(t, err)
		must(t, errors.Join(p.Finish(), p.Close()))
		holds(t, b, data)
	}
}

func wrongAndEndless(t *testing.T, b store.Blobs) {
	right := store.Hash(sha256.Sum256([]byte("right")))
	p, _, err := b.Resume(right, 5)
	must(t, err)
	if _, err := p.Write([]byte("wrong!")); !errors.Is(err, store.ErrTooLarge) {
		t.Errorf("too many bytes: %v", err)
	}
	_, err = p.Write([]byte("wrong"))
	must(t, err)
	if err := p.Finish(); !errors.Is(err, store.ErrWrongHash) {
		t.Errorf("wrong bytes: %v", err)
	}
	p, at, err := b.Resume(right, 5)
	if err != nil || at != 0 {
		t.Fatalf("a second try starts at %d: %v", at, err)
	}
	must(t, p.Close())
}

func walkAndRemove(t *testing.T, b store.Blobs) {
	var want []store.Hash
	for i := range 20 {
		h, _, err := b.Put(t.Context(), bytes.NewReader(content(i, 40)), 40)
		must(t, err)
		want = append(want, h)
	}
	p, _, err := b.Resume(store.Hash{7}, 10)
	must(t, err)
	_, err = p.Write([]byte("abc"))
	must(t, errors.Join(err, p.Close()))
	must(t, errors.Join(b.Remove(want[0]), b.Remove(want[0]), b.Remove(store.Hash{7})))
	if _, _, err := b.Open(t.Context(), want[0]); !errors.Is(err, store.ErrNoBlob) || b.Has(want[0]) || b.Partial(store.Hash{7}) != 0 {
		t.Errorf("removed: %v", err)
	}
	if err := b.Verify(t.Context(), want[0]); !errors.Is(err, store.ErrNoBlob) {
		t.Errorf("verifying what is not there: %v", err)
	}
	want = want[1:]
	slices.SortFunc(want, func(a, b store.Hash) int { return bytes.Compare(a[:], b[:]) })
	if got := hashes(t, b); !slices.Equal(got, want) {
		t.Errorf("the walk saw %d, want %d in order", len(got), len(want))
	}
	enough := errors.New("enough")
	if err := b.Walk(t.Context(), func(store.Hash, int64) error { return enough }); !errors.Is(err, enough) {
		t.Errorf("a walk that is ended: %v", err)
	}
}

func batch(t *testing.T, b store.Blobs) {
	old := content(3, 1000)
	_, _, err := b.Put(t.Context(), bytes.NewReader(old), 1<<20)
	must(t, err)
	group, err := b.Batch()
	must(t, err)
	for i := range 100 { // number 3 is there already, and 50 comes twice
		data := content(i, 1000)
		hash, n, err := group.Put(t.Context(), bytes.NewReader(data), 1000)
		if err != nil || n != 1000 || hash != sha256.Sum256(data) || b.Has(hash) != (i == 3) {
			t.Fatalf("%d: %x, %d, %v, there: %v", i, hash, n, err, b.Has(hash))
		}
	}
	_, _, err = group.Put(t.Context(), bytes.NewReader(content(50, 1000)), 1000)
	must(t, err)
	must(t, group.Commit(t.Context()))
	must(t, group.Close())
	for i := range 100 {
		holds(t, b, content(i, 1000))
	}
	if n := len(hashes(t, b)); n != 100 {
		t.Errorf("%d blobs", n)
	}
	if _, _, err := group.Put(t.Context(), strings.NewReader("late"), 10); !errors.Is(err, store.ErrBatchOver) {
		t.Errorf("put after the commit: %v", err)
	}
	if err := group.Commit(t.Context()); !errors.Is(err, store.ErrBatchOver) {
		t.Errorf("committed twice: %v", err)
	}
}

// adopted: a file that somebody else has synced becomes a blob and keeps its name.
func adopted(t *testing.T, b store.Blobs) {
	data, path := content(7, 5000), filepath.Join(t.TempDir(), "landed")
	must(t, os.WriteFile(path, data, 0o600))
	group, err := b.Batch()
	must(t, err)
	hash, n, err := group.Adopt(t.Context(), path)
	if err != nil || n != 5000 || hash != sha256.Sum256(data) || b.Has(hash) {
		t.Fatalf("%x, %d, %v", hash, n, err)
	}
	if _, _, err := group.Adopt(t.Context(), path+" that is not there"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	must(t, group.Commit(t.Context()))
	holds(t, b, data)
	must(t, os.Remove(path))
	holds(t, b, data)
	if _, _, err := group.Adopt(t.Context(), path); err == nil {
		t.Error("adopted after the commit")
	}
}

func givenUp(t *testing.T, b store.Blobs) {
	group, err := b.Batch()
	must(t, err)
	_, _, err = group.Put(t.Context(), strings.NewReader("one"), 10)
	must(t, err)
	must(t, errors.Join(group.Close(), group.Close()))
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for i := range 20 { // a commit that looks whether it was called off only sometimes is found out
		group, err = b.Batch()
		must(t, err)
		_, _, err = group.Put(t.Context(), strings.NewReader("two "+strconv.Itoa(i)), 10)
		must(t, err)
		if err := group.Commit(cancelled); !errors.Is(err, context.Canceled) {
			t.Errorf("a commit that was cancelled: %v", err)
		}
	}
	if list := hashes(t, b); len(list) != 0 {
		t.Errorf("%d blobs of batches that were given up", len(list))
	}
	none, err := b.Batch()
	must(t, err)
	must(t, none.Commit(t.Context()))
}

func filledByMany(t *testing.T, b store.Blobs) {
	group, err := b.Batch()
	must(t, err)
	defer group.Close()
	var hands sync.WaitGroup
	for w := range 8 {
		hands.Go(func() {
			for i := range 25 {
				if _, _, err := group.Put(t.Context(), bytes.NewReader(content(w*25+i, 5000)), 5000); err != nil {
					t.Error(err)
				}
			}
		})
	}
	hands.Wait()
	must(t, group.Commit(t.Context()))
	if n := len(hashes(t, b)); n != 200 {
		t.Errorf("%d blobs", n)
	}
}

func twiceAtOnce(t *testing.T, b store.Blobs) {
	data := content(9, 100_000)
	var hands sync.WaitGroup
	for range 8 {
		hands.Go(func() {
			if _, _, err := b.Put(t.Context(), bytes.NewReader(data), 1<<20); err != nil {
				t.Error(err)
			}
		})
	}
	hands.Wait()
	holds(t, b, data)
	if n := len(hashes(t, b)); n != 1 {
		t.Errorf("%d blobs", n)
	}
}
