package network

import (
	"bytes"
	"context"
	"testing"

	"consilium/ledger"
)

func TestFilesFollowEntriesSmallOnesFirst(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	id := a.opens(b)
	large := a.shelf.put(bytes.Repeat([]byte("series "), 300_000))
	small := a.shelf.put([]byte("key image"))
	empty := a.shelf.put([]byte{})
	a.says(id, "images", large, small, empty)
	befriend(a, b)
	same(t, id, 3, a, b)
	until(t, "all files are there", func() bool { return b.shelf.Has(large.Hash) && b.shelf.Has(small.Hash) && b.shelf.Has(empty.Hash) })
	until(t, "nothing is missing", func() bool { return b.state(a).MissingBlobs == 0 })
}

func TestFileGoesOnWhereItWasCut(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	file := a.shelf.put(bytes.Repeat([]byte("0123456789abcdef"), 100_000))
	got := file.Size / 2
	b.shelf.parts[file.Hash] = bytes.Clone(a.shelf.whole[file.Hash][:got])
	id := a.opens(b)
	a.says(id, "series", file)
	befriend(a, b)
	until(t, "the file is there", func() bool { return b.shelf.Has(file.Hash) })
	if b.shelf.resume[0] != got {
		t.Fatalf("it went on at %d, not %d", b.shelf.resume[0], got)
	}
	if received := b.state(a).Received; received > file.Size {
		t.Fatalf("%d bytes were received for the second half of %d", received, file.Size)
	}
}

func TestWrongBytesAreForgottenAndFetchedElsewhere(t *testing.T) {
	a, b, c := newNode(t, "north", nil), newNode(t, "south", nil), newNode(t, "third", nil)
	file := a.shelf.put(bytes.Repeat([]byte("good "), 1000))
	id := a.opens(b, c)
	a.says(id, "file", file)
	befriend(a, c)
	until(t, "the third has it", func() bool { return c.shelf.Has(file.Hash) })
	a.shelf.mu.Lock()
	a.shelf.whole[file.Hash] = bytes.Repeat([]byte("evil "), 1000)
	a.shelf.mu.Unlock()
	befriend(a, b)
	until(t, "the damage is shown", func() bool { return b.state(a).LastErr.En != "" })
	if b.shelf.Has(file.Hash) {
		t.Fatal("other bytes than the hash names were kept")
	}
	befriend(c, b)
	until(t, "it came from the other member", func() bool { return b.shelf.Has(file.Hash) })
}

func TestSealedFileGoesOnlyToWhomAConsentNames(t *testing.T) {
	a, b, c := newNode(t, "north", nil), newNode(t, "named", nil), newNode(t, "other", nil)
	befriend(a, b)
	befriend(a, c)
	befriend(b, c)
	id := a.opens(b, c)
	sealed := a.shelf.put([]byte("who the patient is, as ciphertext"))
	sealed.Sealed = true
	consent := map[ledger.HospitalID]bool{b.id(): true}
	a.door.files[sealed.Hash], b.door.files[sealed.Hash] = consent, consent
	a.says(id, "identity", sealed)
	same(t, id, 4, a, b, c)
	until(t, "the named hospital has it", func() bool { return b.shelf.Has(sealed.Hash) })
	until(t, "it is shown as held back", func() bool {
		held := a.state(c).HeldBack
		return len(held) == 1 && held[0].Blob == sealed.Hash && held[0].Reason == "no consent names this hospital"
	})
	c.net.CompareNow() // it asks everybody again
	until(t, "by the other holder too", func() bool { return len(b.state(c).HeldBack) == 1 })
	if c.shelf.Has(sealed.Hash) {
		t.Fatal("a hospital that no consent names holds the ciphertext")
	}
}

func TestFilesOfOtherThreadsAreNotFound(t *testing.T) {
	victim, bad, id := victimAndThread(t)
	private := victim.opens()
	secret := victim.shelf.put([]byte("not shared"))
	victim.says(private, "file", secret)
	loose := victim.shelf.put([]byte("attached nowhere"))
	r := dialRaw(t, victim, bad)
	r.next(frameHello)
	r.give(1, id, bad.wires(id)...)
	for _, hash := range []ledger.Hash{secret.Hash, loose.Hash, {1, 2, 3}} {
		r.send(encodeFrame(frameBlobAsk, blobAsk{Hash: hash, Length: 100}))
		none, err := decodeFrame[blobNone](r.next(frameBlobNone))
		if err != nil || none.Code != noneHere || none.Hash != hash {
			t.Fatalf("%+v, %v", none, err)
		}
	}
	// nor is anything said of a thread in which the partner takes no part
	digest, _ := victim.digest(private)
	r.send(encodeFrame(frameWant, want{Threads: []wanted{{Thread: private}}}))
	r.send(encodeFrame(frameHave, have{Page: 1, Threads: []offer{{Thread: private, Digest: digest}}}))
	w, err := decodeFrame[want](r.next(frameWant))
	if err != nil || len(w.Threads) != 1 || w.Threads[0].Tips != nil {
		t.Fatalf("%+v, %v", w, err)
	}
	if a := r.give(2, private, bad.wires(id)...); a.Entries != 0 || !a.Digest.IsZero() || a.Added != 0 {
		t.Fatalf("%+v", a)
	}
}

func TestWithdrawnConsentStopsAFileInItsMiddle(t *testing.T) {
	victim, bad, id := victimAndThread(t)
	r := dialRaw(t, victim, bad)
	r.next(frameHello)
	r.give(1, id, bad.wires(id)...)
	file := victim.shelf.put(bytes.Repeat([]byte("x"), 2*blobChunk))
	victim.says(id, "series", file)
	r.send(encodeFrame(frameBlobAsk, blobAsk{Hash: file.Hash, Length: blobChunk}))
	if d, err := readBlobData(r.next(frameBlobData).data); err != nil || len(d.bytes) != blobChunk || d.total != file.Size {
		t.Fatalf("%d of %d, %v", len(d.bytes), d.total, err)
	}
	victim.door.set(id, "withdrawn")
	r.send(encodeFrame(frameBlobAsk, blobAsk{Hash: file.Hash, Offset: blobChunk, Length: blobChunk}))
	if none, err := decodeFrame[blobNone](r.next(frameBlobNone)); err != nil || none.Code != withheld {
		t.Fatalf("%+v, %v", none, err)
	}
}

func TestRestoredNodeFindsItsMissingFiles(t *testing.T) {
	a, b := newNode(t, "north", nil), newNode(t, "south", nil)
	befriend(a, b)
	id := a.opens(b)
	file := a.shelf.put([]byte("image"))
	a.says(id, "file", file)
	until(t, "the file is there", func() bool { return b.shelf.Has(file.Hash) })
	b.shut()
	delete(b.shelf.whole, file.Hash)
	err := b.db.Update(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM wanted_blob`)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	b.open()
	until(t, "the file is there again", func() bool { return b.shelf.Has(file.Hash) })
}

func TestFileComesFromAMemberThatGotItLater(t *testing.T) {
	a, b, c := newNode(t, "north", nil), newNode(t, "south", nil), newNode(t, "third", nil)
	befriend(b, c)
	file := a.shelf.put([]byte("image"))
	id := a.opens(b, c)
	a.says(id, "file", file)
	c.receives(a, id) // as a bundle, without the file; c will ask b, who knows nothing yet
	c.net.CompareNow()
	same(t, id, 4, a, b, c) // b has it from c
	befriend(a, b)
	until(t, "the file has come through b", func() bool { return b.shelf.Has(file.Hash) && c.shelf.Has(file.Hash) })
}
