package dimse

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"sync"
	"time"
)

// Archive is what a [Server] serves. Its methods are called by many associations at once. An error that is a [StatusError]
// is told to the peer as it is; of another one the peer hears only that the operation was not done, and the log hears the rest.
// Identifiers are data sets in the transfer syntax that is named beside them; those that are returned must be in the same.
type Archive interface {
	// Store keeps an instance. When it returns nil, the instance and its place in the index survive a loss of power.
	// It may return before it has read all of data.
	Store(ctx context.Context, from Caller, i Instance, data io.Reader) error
	// Find calls yield for each match, and stops with its error.
	Find(ctx context.Context, q Query, yield func(match []byte) error) error
	// Select lists the instances that a C-MOVE or C-GET asks for.
	Select(ctx context.Context, q Query) ([]Instance, error)
	// Open gives the data set of an instance in one of the transfer syntaxes, the one it is kept in if that is among
	// them, and says which. The caller closes it.
	Open(ctx context.Context, uid string, transfers []string) (data io.ReadCloser, transfer string, err error)
	// Commit looks for the instances of a request for storage commitment and returns the report: event type 1 if all
	// are kept safely, 2 if not, and its data set.
	Commit(ctx context.Context, transfer string, action []byte) (event uint16, report []byte, err error)
}

// Caller is who asks, as the association says.
type Caller struct{ Title, Host string }

// Query is a request of C-FIND, C-MOVE or C-GET.
type Query struct {
	Class      string // StudyRootFind and the like
	Transfer   string
	Identifier []byte
	From       Caller
}

// Limits bound what peers together can ask of a server. A zero field is its default.
type Limits struct {
	Associations int // at once; 64
	PerHost      int // at once from one address; 16
}

// Remote is a peer that may call, and where it listens itself.
type Remote struct {
	Title string // AE title; "" is any
	Host  string // address or network (10.2.0.0/16) that it calls from; "" is any
	// Address (host and port) is where C-MOVE sends to and storage commitment reports to; "" is nowhere.
	Address string
	TLS     bool // whether to send there with TLS
}

// Server provides the services of an archive (SCP).
type Server struct {
	Title   string      // the AE title that peers must call; "" is any
	Remotes []Remote    // who may call; none means loopback only
	TLS     *tls.Config // for sending to peers with TLS; what is accepted with TLS is decided by the listener
	Limits  Limits
	Timing  Timing
	Archive Archive
	Log     *slog.Logger // nil is silence

	mu    sync.Mutex
	conns map[net.Conn]string // host by connection
	hosts map[string]int
	wg    sync.WaitGroup
}

func (s *Server) init() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns != nil {
		return
	}
	s.conns, s.hosts = map[net.Conn]string{}, map[string]int{}
	if s.Log == nil {
		s.Log = slog.New(slog.DiscardHandler)
	}
	if s.Limits.Associations == 0 {
		s.Limits.Associations = 64
	}
	if s.Limits.PerHost == 0 {
		s.Limits.PerHost = 16
	}
	s.Timing = s.Timing.withDefaults()
}

// Serve accepts associations until ctx ends, then closes all and returns once their work has ended. For TLS hand in a
// listener of crypto/tls.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	s.init()
	defer s.wg.Wait()
	stop := context.AfterFunc(ctx, func() {
		l.Close()
		s.closeAll()
	})
	defer stop()
	for {
		conn, err := l.Accept()
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			var passing net.Error
			if errors.As(err, &passing) && passing.Timeout() {
				continue
			}
			if errors.Is(err, net.ErrClosed) {
				return err
			}
			s.Log.Warn("an association could not be accepted", "error", err) // too many open files
			select {
			case <-ctx.Done():
			case <-time.After(50 * time.Millisecond):
			}
			continue
		}
		s.wg.Go(func() { s.serve(ctx, conn) })
	}
}

// enter counts a connection. Beyond twice the limits nobody is even answered.
func (s *Server) enter(conn net.Conn, host string) (allowed, answered bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, here := len(s.conns)+1, s.hosts[host]+1
	if all > 2*s.Limits.Associations || here > 2*s.Limits.PerHost {
		return false, false
	}
	s.conns[conn] = host
	s.hosts[host] = here
	return all <= s.Limits.Associations && here <= s.Limits.PerHost, true
}

func (s *Server) leave(conn net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	host := s.conns[conn]
	delete(s.conns, conn)
	if s.hosts[host]--; s.hosts[host] == 0 {
		delete(s.hosts, host)
	}
}

func (s *Server) closeAll() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		conn.Close()
	}
}

// serve is the life of one connection.
func (s *Server) serve(ctx context.Context, conn net.Conn) {
	host := hostOf(conn.RemoteAddr())
	allowed, answered := s.enter(conn, host)
	if !answered {
		conn.Close()
		return
	}
	defer s.leave(conn)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	a := &provided{server: s, wire: newWire(conn, s.Timing, DefaultMaxPDU), caller: Caller{Host: host}}
	a.hangUp(a.run(ctx, allowed))
}

func hostOf(a net.Addr) string {
	host, _, err := net.SplitHostPort(a.String())
	if err != nil {
		return a.String()
	}
	return host
}
