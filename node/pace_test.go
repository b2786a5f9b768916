package node

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// TestABodyThatStopsComingIsCutOff: a request whose body stalls ends with an error instead of holding its connection.
func TestABodyThatStopsComingIsCutOff(t *testing.T) {
	read := make(chan error, 1)
	s := httptest.NewServer(pace{patience: 20 * time.Millisecond, rate: 1 << 20}.over(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		read <- err
	})))
	defer s.Close()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf a")
	if err := <-read; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("it ends with %v", err)
	}
}

// deadlines is a connection that notes them.
type deadlines struct {
	http.ResponseWriter
	set []time.Time
}

func (d *deadlines) SetReadDeadline(t time.Time) error {
	d.set = append(d.set, t)
	return nil
}

// TestBytesEarnTime: a long upload that moves outlasts the first patience, and after its last byte no deadline is left that would end a long answer.
func TestBytesEarnTime(t *testing.T) {
	conn := &deadlines{ResponseWriter: httptest.NewRecorder()}
	r := httptest.NewRequest("POST", "/", iotest.OneByteReader(strings.NewReader("abc")))
	pace{patience: time.Minute, rate: 0.1}.over(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			t.Error(err)
		}
	})).ServeHTTP(conn, r)
	if conn.set = conn.set[1:]; len(conn.set) != 5 { // the first is set before anything is read
		t.Fatalf("%d deadlines for three bytes and the end", len(conn.set))
	}
	for i, at := range conn.set[:4] {
		if earned := at.Sub(conn.set[0]); earned != time.Duration(i)*10*time.Second {
			t.Errorf("after %d bytes the deadline is %s later", i, earned)
		}
	}
	if !conn.set[4].IsZero() {
		t.Errorf("after the end the deadline is %s", conn.set[4])
	}
}

// TestABodyThatNobodyReadsEndsToo: a handler that answers without reading leaves a body that never comes; the connection ends all the same.
func TestABodyThatNobodyReadsEndsToo(t *testing.T) {
	s := httptest.NewServer(pace{patience: 50 * time.Millisecond, rate: 1 << 20}.over(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusForbidden)
	})))
	defer s.Close()
	c, err := net.Dial("tcp", s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	fmt.Fprint(c, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf a")
	c.SetReadDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.Copy(io.Discard, c); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the connection stays open")
	}
}
