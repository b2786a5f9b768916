package dimse

import (
	"bytes"
	"context"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
)

// shelf is an archive in memory, for tests of the protocol: it matches everything.
type shelf struct {
	mu        sync.Mutex
	instances []Instance
	data      map[string][]byte
	refuse    error // of Store
}

func (s *shelf) Store(_ context.Context, _ Caller, i Instance, data io.Reader) error {
	b, err := io.ReadAll(data)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.refuse != nil {
		return s.refuse
	}
	if s.data == nil {
		s.data = map[string][]byte{}
	}
	s.instances = append(s.instances, i)
	s.data[i.UID] = b
	return nil
}

func (s *shelf) Find(_ context.Context, q Query, yield func([]byte) error) error {
	list, _ := s.Select(context.Background(), q)
	for _, i := range list {
		if err := yield([]byte(i.UID + " ")); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) Select(context.Context, Query) ([]Instance, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.instances), nil
}

func (s *shelf) Open(_ context.Context, uid string, transfers []string) (io.ReadCloser, string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, i := range s.instances {
		if i.UID == uid && slices.Contains(transfers, i.Transfer) {
			return io.NopCloser(bytes.NewReader(s.data[uid])), i.Transfer, nil
		}
	}
	return nil, "", ErrNotAccepted
}

func (s *shelf) Commit(_ context.Context, _ string, action []byte) (uint16, []byte, error) {
	return 1, action, nil
}

const (
	ctImage = "1.2.840.10008.5.1.4.1.1.2"
	mrImage = "1.2.840.10008.5.1.4.1.1.4"
	jpegLS  = "1.2.840.10008.1.2.4.80"
)

// anybody lets every caller in: a pipe has no address.
var anybody = []Remote{{}}

// between starts a server on one end of a pipe and returns the other, and what waits for the association's end.
func between(t *testing.T, s *Server) (net.Conn, func()) {
	t.Helper()
	s.init()
	ours, theirs := net.Pipe()
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.serve(context.Background(), theirs)
	}()
	return ours, func() { <-ended }
}

// open associates with a server over a pipe.
func open(t *testing.T, s *Server, proposals ...Proposal) *Association {
	t.Helper()
	conn, _ := between(t, s)
	a, err := Peer{Called: "CONSILIUM", Calling: "TEST"}.negotiate(t.Context(), conn, proposals)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
