package node

import (
	"io"
	"net/http"
	"time"
)

// pace is how a request's body may arrive: it has patience at first, and from then on as many bytes a second as rate on average. A rural line passes;
// who sends byte by byte does not hold a connection.
type pace struct {
	patience time.Duration
	rate     float64 // bytes a second
}

var slowest = pace{patience: 30 * time.Second, rate: 8 << 10}

// over gives every request's body its deadline, from the beginning: also where nobody reads the body, for the server reads what is left of it before it
// answers the next request.
func (p pace) over(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body == nil || r.Body == http.NoBody {
			h.ServeHTTP(w, r)
			return
		}
		body := &pacedBody{ReadCloser: r.Body, pace: p, conn: http.NewResponseController(w), began: time.Now()}
		_ = body.conn.SetReadDeadline(body.began.Add(p.patience))
		r.Body = body
		h.ServeHTTP(w, r)
		if !body.ended { // what has not come by now does not hold the connection for longer than what came earned
			w.Header().Set("Connection", "close")
		}
	})
}

type pacedBody struct {
	io.ReadCloser
	pace     pace
	conn     *http.ResponseController
	began    time.Time // the kernel's clock, not the hospital's
	received int
	ended    bool
}

// Read moves the deadline on with what came. After the last byte there is none: an answer may take long, and the server listens meanwhile whether the other side is
// still there. Where a connection knows no deadlines (in a test) there are none.
func (b *pacedBody) Read(p []byte) (int, error) {
	earned := time.Duration(float64(b.received) / b.pace.rate * float64(time.Second))
	_ = b.conn.SetReadDeadline(b.began.Add(b.pace.patience + earned))
	n, err := b.ReadCloser.Read(p)
	b.received += n
	if err != nil {
		b.ended = true
		_ = b.conn.SetReadDeadline(time.Time{})
	}
	return n, err
}
