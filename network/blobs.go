package network

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"consilium/ledger"
)

const (
	blobWindow = 8   // parts of a file on their way
	blobPage   = 100 // files looked for at a time
	noneHere   = "none"
	withheld   = "withheld"
)

// wantBlob notes a file that is not here.
func wantBlob(ctx context.Context, tx ledger.Tx, thread ledger.ThreadID, b ledger.BlobRef, now time.Time) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO wanted_blob (blob, thread, size, since_ms) VALUES ($1, $2, $3, $4) ON CONFLICT (blob, thread) DO NOTHING`,
		b.Hash[:], thread[:], b.Size, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("noting that file %s is wanted: %w", b.Hash.Short(), err)
	}
	return nil
}

// givingBlobs answers one request after the other. Each is checked anew: a consent that is withdrawn stops a file in its middle.
func (s *session) givingBlobs(ctx context.Context) error {
	var open openBlob
	defer open.close()
	for {
		select {
		case a := <-s.blobAsks:
			f, err := s.blobPart(ctx, a, &open)
			if err != nil {
				return err
			}
			if err := pass(ctx, s.bulk, f); err != nil {
				return err
			}
		case <-s.blobNews:
			if err := s.tellNews(ctx); err != nil {
				return err
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// tellNews tells the partner that a file has come which it asked for in vain and may have.
func (s *session) tellNews(ctx context.Context) error {
	s.mu.Lock()
	news := s.news
	s.news = nil
	s.mu.Unlock()
	for _, hash := range news {
		code, err := s.blobCode(ctx, hash)
		if err != nil {
			return err
		}
		if code == "" {
			return pass(ctx, s.urgent, frame{kind: frameBlobHere})
		}
	}
	return nil
}

// openBlob is the file that was asked for last.
type openBlob struct {
	hash ledger.Hash
	file io.ReadSeekCloser
	size int64
}

func (o *openBlob) close() {
	if o.file != nil {
		o.file.Close()
	}
	*o = openBlob{}
}

func (s *session) blobPart(ctx context.Context, a blobAsk, open *openBlob) (frame, error) {
	if a.Offset < 0 || a.Length < 0 || a.Length > blobChunk {
		return frame{}, fmt.Errorf("%w: bytes %d+%d of a file", ErrProtocol, a.Offset, a.Length)
	}
	code, err := s.blobCode(ctx, a.Hash)
	if err != nil {
		return frame{}, err
	}
	if code == "" && open.hash != a.Hash {
		open.close()
		file, size, err := s.n.o.Blobs.Open(ctx, a.Hash)
		if err != nil {
			code = noneHere
		} else {
			*open = openBlob{a.Hash, file, size}
		}
	}
	if code == noneHere {
		s.askedInVain(a.Hash)
	}
	if code != "" {
		return encodeFrame(frameBlobNone, blobNone{a.Hash, code}), nil
	}
	d := blobData{hash: a.Hash, offset: a.Offset, total: open.size}
	if a.Offset > open.size {
		return frame{}, fmt.Errorf("%w: bytes behind the end of a file", ErrProtocol)
	}
	d.bytes = make([]byte, min(a.Length, open.size-a.Offset))
	if _, err := open.file.Seek(a.Offset, io.SeekStart); err == nil {
		_, err = io.ReadFull(open.file, d.bytes)
		if err == nil {
			return d.frame(), nil
		}
	}
	open.close() // it is damaged or gone; others may have it
	return encodeFrame(frameBlobNone, blobNone{a.Hash, noneHere}), nil
}

// askedInVain remembers to tell the partner when a file comes that it asked for. It may have heard of the entry that attaches it before us.
func (s *session) askedInVain(hash ledger.Hash) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.vain) < knownMost {
		s.vain[hash] = true
	}
}

// blobCode is empty if the partner may have the file by one of the threads that attach it. Whoever takes no part in such a thread learns nothing,
// not even that the file is here.
func (s *session) blobCode(ctx context.Context, hash ledger.Hash) (code string, err error) {
	err = s.n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		code = noneHere
		list, err := ledger.AttachedTo(ctx, tx, hash)
		if err != nil {
			return err
		}
		for _, a := range list {
			if a.Erased {
				continue
			}
			state, err := stateOf(ctx, tx, s.peer, a.Thread)
			if err != nil {
				return err
			}
			if !reads(state) {
				continue
			}
			ok, why := s.n.o.Gate.MayLeave(ctx, tx, a.Thread, s.peer)
			if ok {
				ok, why = s.n.o.Gate.BlobMayLeave(ctx, tx, a, s.peer)
			}
			s.link.hold(heldKey{a.Thread, a.Hash}, ok, why)
			if ok {
				code = ""
				return nil
			}
			code = withheld
		}
		return nil
	})
	return code, err
}

// wish is a file to ask the partner for.
type wish struct {
	hash  ledger.Hash
	size  int64
	sizes []int64 // more than one where attachments contradict each other: whoever signs one of them can say any
}

// takingBlobs fetches what is missing here and attached to threads that the partner takes part in, small files first.
func (s *session) takingBlobs(ctx context.Context) error {
	denied := map[ledger.Hash]bool{} // not to be had from this partner for now
	if err := s.findMissing(ctx); err != nil {
		return err
	}
	for {
		list, err := s.wishes(ctx, denied)
		if err != nil {
			return err
		}
		for _, w := range list {
			got, err := s.fetch(ctx, w)
			if err != nil {
				return err
			}
			if !got {
				denied[w.hash] = true
			}
		}
		if len(list) > 0 {
			continue
		}
		select {
		case <-s.blobWake:
			clear(denied) // a consent may have come
			if s.rescan.Swap(false) {
				if err := s.findMissing(ctx); err != nil {
					return err
				}
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// findMissing looks through all files of the threads that are shared with the partner, for those that are not here: after a restore the table of
// wishes does not know them.
func (s *session) findMissing(ctx context.Context) error {
	var after ledger.ThreadID
	var last ledger.Hash
	for {
		missing := map[ledger.ThreadID][]ledger.BlobRef{}
		end := true
		err := s.n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
			rows, err := tx.QueryContext(ctx, `SELECT DISTINCT a.thread, a.blob, a.size FROM attached a JOIN thread_member m ON m.thread = a.thread
				WHERE m.hospital = $1 AND m.state IN ('invited', 'joined') AND a.erased = 0 AND (a.thread > $2 OR a.thread = $2 AND a.blob > $3)
				ORDER BY a.thread, a.blob LIMIT $4`, s.peer[:], after[:], last[:], pageThreads)
			if err != nil {
				return fmt.Errorf("looking for missing files: %w", err)
			}
			defer rows.Close()
			n := 0
			for rows.Next() {
				var thread, hash []byte
				var b ledger.BlobRef
				if err := rows.Scan(&thread, &hash, &b.Size); err != nil {
					return fmt.Errorf("looking for missing files: %w", err)
				}
				copy(b.Hash[:], hash)
				n++
				after, last = ledger.ThreadID(thread), b.Hash
				if !s.n.o.Blobs.Has(b.Hash) {
					missing[after] = append(missing[after], b)
				}
			}
			end = n < pageThreads
			return rows.Err()
		})
		if err != nil {
			return err
		}
		if len(missing) > 0 {
			if err := s.wantMissing(ctx, missing); err != nil {
				return err
			}
		}
		if end {
			return nil
		}
	}
}

func (s *session) wantMissing(ctx context.Context, missing map[ledger.ThreadID][]ledger.BlobRef) error {
	return s.n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		for thread, list := range missing {
			for _, b := range list {
				if err := wantBlob(ctx, tx, thread, b, s.n.o.Now()); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

func (s *session) wishes(ctx context.Context, denied map[ledger.Hash]bool) (list []wish, err error) {
	err = s.n.o.DB.View(ctx, func(ctx context.Context, tx ledger.Tx) error {
		rows, err := tx.QueryContext(ctx, `SELECT DISTINCT a.blob, a.size FROM wanted_blob w JOIN thread_member m ON m.thread = w.thread
			JOIN attached a ON a.thread = w.thread AND a.blob = w.blob AND a.erased = 0
			WHERE m.hospital = $1 AND m.state IN ('invited', 'joined') AND `+withinLimits+`
			ORDER BY a.size, a.blob LIMIT $2`, s.peer[:], blobPage+len(denied))
		if err != nil {
			return fmt.Errorf("listing wanted files: %w", err)
		}
		defer rows.Close()
		for rows.Next() {
			var hash []byte
			var w wish
			if err := rows.Scan(&hash, &w.size); err != nil {
				return fmt.Errorf("listing wanted files: %w", err)
			}
			copy(w.hash[:], hash)
			if denied[w.hash] {
				continue
			}
			if i := slices.IndexFunc(list, func(o wish) bool { return o.hash == w.hash }); i >= 0 {
				list[i].sizes = append(list[i].sizes, w.size)
				continue
			}
			w.sizes = []int64{w.size}
			list = append(list, w)
		}
		return rows.Err()
	})
	return list, err
}

// claim keeps two links from fetching one file. The one that comes too late looks again when the first one is done.
func (n *Network) claim(hash ledger.Hash, by *session) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	if waiting, taken := n.fetching[hash]; taken {
		n.fetching[hash] = append(waiting, by)
		return false
	}
	n.fetching[hash] = nil
	return true
}

func (n *Network) unclaim(hash ledger.Hash) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, s := range n.fetching[hash] {
		signal(s.blobWake)
	}
	delete(n.fetching, hash)
}

// fetch receives one file, from where an earlier connection was cut. False: the partner cannot or may not give it, or gave something else.
func (s *session) fetch(ctx context.Context, w wish) (bool, error) {
	if s.n.o.Blobs.Has(w.hash) {
		return true, s.gotBlob(ctx, w.hash)
	}
	if !s.n.claim(w.hash, s) {
		return false, nil
	}
	defer s.n.unclaim(w.hash)
	if len(w.sizes) > 1 {
		if size, ok, err := s.sizeOf(ctx, w); err != nil || !ok {
			return false, err
		} else {
			w.size = size
		}
	}
	got, others, err := s.receive(ctx, w)
	if others && !got && err == nil { // what had come before was of somebody else, and may be what is wrong
		got, _, err = s.receive(ctx, w)
	}
	return got, err
}

// sizeOf asks the partner how large a file is, and takes one of the sizes that attachments say.
func (s *session) sizeOf(ctx context.Context, w wish) (size int64, ok bool, err error) {
	if err := s.send(ctx, frameBlobAsk, blobAsk{Hash: w.hash}); err != nil {
		return 0, false, err
	}
	d, err := s.blobAnswer(ctx)
	if err != nil || d == nil || d.hash != w.hash {
		return 0, false, err
	}
	return d.total, slices.Contains(w.sizes, d.total), nil
}

// receive goes on receiving a file. Others tells that it was wrong in the end and had been begun before, perhaps by another partner.
func (s *session) receive(ctx context.Context, w wish) (got, others bool, err error) {
	part, offset, err := s.n.o.Blobs.Resume(w.hash, w.size)
	if err != nil {
		return false, false, s.blobTrouble(w, err)
	}
	got, err = s.fetchParts(ctx, w, part, offset)
	if err != nil || !got {
		return false, false, errors.Join(err, s.blobTrouble(w, part.Close()))
	}
	// Who gave it is written down before it is here: a file of which that is not known is taken for one that was made here.
	if err := s.given(ctx, w.hash); err != nil {
		return false, false, errors.Join(err, part.Close())
	}
	if err := part.Finish(); err != nil {
		return false, offset > 0, s.blobTrouble(w, err)
	}
	return true, false, s.gotBlob(ctx, w.hash)
}

// blobTrouble is shown and does not end the link: entries matter more.
func (s *session) blobTrouble(w wish, err error) error {
	if err == nil {
		return nil
	}
	err = fmt.Errorf("file %s: %w", w.hash.Short(), err)
	s.link.mu.Lock()
	s.link.lastErr, s.link.lastAt = err, s.n.o.Now()
	s.link.mu.Unlock()
	s.n.o.Log.Warn("a file was not received", "hospital", s.peer, "why", err)
	return nil
}

// fetchParts asks for the parts ahead, once the first one has shown that the partner gives the file. It always waits for every answer.
func (s *session) fetchParts(ctx context.Context, w wish, part BlobPart, offset int64) (bool, error) {
	good, ahead, next := true, 1, offset
	if offset == w.size {
		return true, nil
	}
	for waiting := 0; waiting > 0 || good && offset < w.size; {
		for good && waiting < ahead && next < w.size {
			length := min(blobChunk, w.size-next)
			if err := s.send(ctx, frameBlobAsk, blobAsk{w.hash, next, length}); err != nil {
				return false, err
			}
			next += length
			waiting++
		}
		d, err := s.blobAnswer(ctx)
		if err != nil {
			return false, err
		}
		waiting--
		switch {
		case !good:
		case d == nil || d.hash != w.hash || d.total != w.size || d.offset != offset || int64(len(d.bytes)) != min(blobChunk, w.size-offset):
			good = false
		default:
			if _, err := part.Write(d.bytes); err != nil {
				good = false
				_ = s.blobTrouble(w, err)
				break
			}
			offset += int64(len(d.bytes))
			ahead = blobWindow
		}
	}
	return good, nil
}

// blobAnswer is the next part; nil where the partner does not give it.
func (s *session) blobAnswer(ctx context.Context) (*blobData, error) {
	select {
	case f := <-s.blobAnswers:
		if f.kind == frameBlobNone {
			_, err := decodeFrame[blobNone](f)
			return nil, err
		}
		d, err := readBlobData(f.data)
		return &d, err
	case <-s.n.o.After(5 * s.n.o.Idle): // nobody else can fetch the file meanwhile
		return nil, fmt.Errorf("%w: no answer to a question for a file", ErrProtocol)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (s *session) given(ctx context.Context, hash ledger.Hash) error {
	return s.n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error { return ledger.Given(ctx, tx, hash, s.peer) })
}

func (s *session) gotBlob(ctx context.Context, hash ledger.Hash) error {
	err := s.n.o.DB.Update(ctx, func(ctx context.Context, tx ledger.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM wanted_blob WHERE blob = $1`, hash[:])
		return err
	})
	if err != nil {
		return fmt.Errorf("noting that file %s is here: %w", hash.Short(), err)
	}
	s.n.o.Changed(s.peer)
	s.n.eachSession(func(other *session) {
		other.mu.Lock()
		defer other.mu.Unlock()
		if other.vain[hash] {
			delete(other.vain, hash)
			other.news = append(other.news, hash)
			signal(other.blobNews)
		}
	})
	return nil
}
