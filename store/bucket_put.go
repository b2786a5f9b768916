package store

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/minio/minio-go/v7"
)

// Put implements [Blobs].
func (b *Bucket) Put(ctx context.Context, r io.Reader, limit int64) (Hash, int64, error) {
	hash, size, err := b.put(ctx, r, limit, nil)
	if err != nil {
		return Hash{}, 0, fmt.Errorf("storing a blob: %w", sorted(err))
	}
	return hash, size, nil
}

// PutExpect implements [Blobs].
func (b *Bucket) PutExpect(ctx context.Context, r io.Reader, limit int64, want Hash) (int64, error) {
	_, size, err := b.put(ctx, r, limit, &want)
	if err != nil {
		return 0, fmt.Errorf("storing blob %x: %w", want[:4], sorted(err))
	}
	return size, nil
}

// put learns the hash before anything is sent: an object gets its name once. A crash leaves a file that the next start sweeps; once send has returned, the blob is the store's.
func (b *Bucket) put(ctx context.Context, r io.Reader, limit int64, want *Hash) (Hash, int64, error) {
	tmp := b.fresh()
	defer os.Remove(tmp)
	hash, size, err := b.write(ctx, tmp, r, limit, unsynced)
	if err != nil {
		return Hash{}, 0, err
	}
	if want != nil && hash != *want {
		return Hash{}, 0, ErrWrongHash
	}
	return hash, size, b.send(ctx, batchFile{path: tmp, hash: hash, size: size})
}

// Batch implements [Blobs]. Its files are sent side by side; each is there whole once the store has acknowledged it.
func (b *Bucket) Batch() (Batch, error) {
	return b.batch(func(ctx context.Context, files []batchFile) error {
		return sideBySide(ctx, files, putsAtOnce, func(f batchFile) error { return b.send(ctx, f) })
	})
}

// Resume implements [Blobs]. The part waits on this machine: where another node goes on with it, it begins anew.
func (b *Bucket) Resume(hash Hash, limit int64) (Part, int64, error) {
	return b.resume(hash, limit, func(path string, hash Hash, size int64) error {
		if err := b.send(context.Background(), batchFile{path: path, hash: hash, size: size}); err != nil {
			return err // the part stays: the next one who resumes has only this to do again
		}
		return os.Remove(path)
	})
}

// send makes an object of a file, unless it is there already. An object of another size is damaged, and is replaced.
func (b *Bucket) send(ctx context.Context, f batchFile) error {
	if f.size >= lookBefore {
		if size, err := b.size(ctx, f.hash); err == nil && size == f.size {
			return nil
		}
	}
	err := b.sendOnce(ctx, f, true)
	if !errors.Is(err, errThere) {
		return err
	}
	size, err := b.size(ctx, f.hash)
	if err != nil || size == f.size {
		return err
	}
	b.log.Warn("an object was damaged and is written anew", "hash", hex.EncodeToString(f.hash[:]), "size", size, "should be", f.size)
	return b.sendOnce(ctx, f, false)
}

func (b *Bucket) sendOnce(ctx context.Context, f batchFile, first bool) error {
	file, err := os.Open(f.path)
	if err != nil {
		return err
	}
	defer file.Close()
	if f.size > 2*partSize {
		return b.sendParts(ctx, file, f, first)
	}
	o := b.putting(first)
	o.UserMetadata = map[string]string{"x-amz-checksum-sha256": base64.StdEncoding.EncodeToString(f.hash[:])}
	return b.request(ctx, func(ctx context.Context, moved func()) error {
		_, err := b.core.PutObject(ctx, b.address.Bucket, b.key(f.hash), &movingFile{io.NewSectionReader(file, 0, f.size), moved}, f.size, "", hex.EncodeToString(f.hash[:]), o)
		return err
	})
}

// putting are the headers of a write: that it is the first of its name, and how the store encrypts it.
func (b *Bucket) putting(first bool) minio.PutObjectOptions {
	o := minio.PutObjectOptions{ContentType: "application/octet-stream", ServerSideEncryption: b.sse}
	if first {
		o.SetMatchETagExcept("*")
	}
	return o
}

// sendParts sends a large file piece by piece, each with its own checksum. The object appears with the last request, or not at all.
func (b *Bucket) sendParts(ctx context.Context, file *os.File, f batchFile, first bool) (err error) {
	var upload string
	err = b.request(ctx, func(ctx context.Context, _ func()) (err error) {
		upload, err = b.core.NewMultipartUpload(ctx, b.address.Bucket, b.key(f.hash), b.putting(false))
		return err
	})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil { // what is left where this fails too, the store's lifecycle removes
			b.request(context.WithoutCancel(ctx), func(ctx context.Context, _ func()) error {
				return b.core.AbortMultipartUpload(ctx, b.address.Bucket, b.key(f.hash), upload)
			})
		}
	}()
	size := int64(partSize)
	for f.size/size >= 10_000 { // the most parts that an upload may have
		size *= 2
	}
	var parts []minio.CompletePart
	for at := int64(0); at < f.size; at += size {
		p, err := b.sendPart(ctx, io.NewSectionReader(file, at, min(size, f.size-at)), f.hash, upload, len(parts)+1)
		if err != nil {
			return err
		}
		parts = append(parts, p)
	}
	return b.request(ctx, func(ctx context.Context, _ func()) error {
		_, err := b.core.CompleteMultipartUpload(ctx, b.address.Bucket, b.key(f.hash), upload, parts, b.putting(first))
		return err
	})
}

func (b *Bucket) sendPart(ctx context.Context, section *io.SectionReader, hash Hash, upload string, number int) (part minio.CompletePart, err error) {
	sum := sha256.New()
	if _, err := copyBytes(ctx, sum, section, section.Size()); err != nil {
		return part, err
	}
	if _, err := section.Seek(0, io.SeekStart); err != nil {
		return part, err
	}
	err = b.request(ctx, func(ctx context.Context, moved func()) error {
		p, err := b.core.PutObjectPart(ctx, b.address.Bucket, b.key(hash), upload, number, &movingFile{section, moved}, section.Size(),
			minio.PutObjectPartOptions{Sha256Hex: hex.EncodeToString(sum.Sum(nil))})
		part = minio.CompletePart{PartNumber: number, ETag: p.ETag}
		return err
	})
	return part, err
}

// movingFile tells of every piece that is read of it. A request that is tried again begins at its start.
type movingFile struct {
	*io.SectionReader
	moved func()
}

// Read implements [io.Reader].
func (m *movingFile) Read(p []byte) (int, error) {
	m.moved()
	return m.SectionReader.Read(p)
}
