package desk

import (
	"archive/zip"
	"compress/flate"
	"context"
	"errors"
	"io"
)

// An image packs to a half or a tenth of itself, an empty mask to a hundredth; a file of zeros to a thousandth, so that an archive of a megabyte would fill memory
// with gigabytes. Inflated bytes may be so many for each packed one that was really read, beyond what is small anyway. What an archive says of its sizes is not asked.
const (
	inflatedFree  = 16 << 20
	inflatedTimes = 32
)

// errInflated says that a file of an archive unfolds into far more than it is.
var errInflated = errors.New("the file unfolds into more than images do")

// openZIP opens an archive whose files unfold within bounds.
func openZIP(r io.ReaderAt, size int64) (*zip.Reader, error) {
	z, err := zip.NewReader(r, size)
	if err == nil {
		z.RegisterDecompressor(zip.Deflate, func(packed io.Reader) io.ReadCloser {
			in := &counted{r: packed}
			return &inflating{ReadCloser: flate.NewReader(in), in: in}
		})
	}
	return z, err
}

// counted counts what was read.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// inflating is a file of an archive as it unfolds.
type inflating struct {
	io.ReadCloser
	in  *counted
	out int64
}

func (i *inflating) Read(p []byte) (int, error) {
	n, err := i.ReadCloser.Read(p)
	if i.out += int64(n); i.out > inflatedFree+inflatedTimes*i.in.n {
		return 0, errInflated
	}
	return n, err
}

// oneFiling waits until no other filing is at work: each holds an image in memory, so that many at once would be bounded by their number alone.
func (d *Desk) oneFiling(ctx context.Context) (done func(), err error) {
	d.filings.Do(func() { d.filing = make(chan struct{}, 1) })
	select {
	case d.filing <- struct{}{}:
		return func() { <-d.filing }, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
