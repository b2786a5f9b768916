package igtlink

import (
	"context"
	"encoding/binary"
	"errors"
	"net"
	"strings"
	"sync"
	"time"
)

// Source is what a server shows: the lab's poses, images, points.
type Source interface {
	// Latest is the newest body of a kind and a device; an empty device means whichever there is. ok is false when there is none.
	Latest(kind, device string) (name string, b Body, ok bool)
}

// Server answers clients: GET_ with the newest of what Source has, STT_ with a stream of it until STP_, and everything else by handing it to Heard.
type Server struct {
	Source Source
	// Heard is called for what clients send that is no query, one at a time for each client. It may be nil.
	Heard   func(peer string, m *Message, b Body, err error)
	Limits  Limits
	Version uint16        // of the header that is sent; 0 means 1
	Fastest time.Duration // the shortest time between messages of a stream; 0 means 5 ms
	Clients int           // at most; 0 means 16
}

// streamKinds are the kinds that can be asked for, by the short name that queries use.
var streamKinds = map[string]string{"TRANS": "TRANSFORM", "TRANSFOR": "TRANSFORM", "POSITION": "POSITION", "STATUS": "STATUS", "IMAGE": "IMAGE", "POINT": "POINT", "POLYDATA": "POLYDATA", "STRING": "STRING"}

// short is a kind's name in a query: a type has twelve letters, so TRANSFORM is TRANS.
func short(kind string) string {
	if kind == "TRANSFORM" {
		return "TRANS"
	}
	return kind
}

// resolution is the content of a STT_ query: milliseconds between messages, and a name of a frame that is left empty.
func resolution(every time.Duration) []byte {
	return append(binary.BigEndian.AppendUint32(nil, uint32(every.Milliseconds())), make([]byte, 32)...)
}

// Serve accepts clients until the context ends. It returns when all of them are done.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	most := s.Clients
	if most == 0 {
		most = 16
	}
	places := make(chan struct{}, most)
	var all sync.WaitGroup
	defer all.Wait()
	for {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		conn := newConn(c, s.Limits)
		select {
		case places <- struct{}{}:
			all.Go(func() {
				defer func() { <-places }()
				s.client(ctx, conn)
			})
		default:
			_ = conn.Send(s.status("", StatusBusy, "Busy", "too many clients"))
			conn.Close()
		}
	}
}

// client talks to one.
func (s *Server) client(ctx context.Context, c *Conn) {
	ctx, end := context.WithCancel(ctx)
	streams := streams{server: s, conn: c, end: map[string]context.CancelFunc{}}
	defer streams.running.Wait()
	defer c.Close()
	defer end()
	err := c.Each(ctx, func(m *Message, b Body, err error) error {
		switch {
		case errors.Is(err, ErrChecksum):
			if s.Heard != nil {
				s.Heard(c.Peer(), m, nil, err)
			}
			return c.Send(s.status("", StatusChecksum, "Checksum", err.Error()))
		case err == nil && m.Type[:min(len(m.Type), 4)] == "GET_":
			return s.answer(c, m)
		case err == nil && strings.HasPrefix(m.Type, "STT_"):
			return streams.start(ctx, m)
		case err == nil && strings.HasPrefix(m.Type, "STP_"):
			return streams.stop(m)
		}
		if s.Heard != nil {
			s.Heard(c.Peer(), m, b, err)
		}
		return nil
	})
	if err != nil && ctx.Err() == nil && s.Heard != nil {
		s.Heard(c.Peer(), nil, nil, err)
	}
}

// answer sends the newest, or says that there is none.
func (s *Server) answer(c *Conn, m *Message) error {
	word := m.Type[4:]
	kind, known := streamKinds[word]
	if !known {
		return c.Send(s.status(m.Device, StatusUnknownWord, "Unknown", m.Type+" is not known"))
	}
	name, b, ok := s.Source.Latest(kind, m.Device)
	if !ok && kind == "STATUS" {
		return c.Send(s.status(m.Device, StatusOK, "", "ok"))
	}
	if !ok {
		return c.Send(s.status(m.Device, StatusNotFound, "NotFound", "there is no "+kind+" of "+m.Device))
	}
	return s.sendBody(c, name, b)
}

func (s *Server) sendBody(c *Conn, device string, b Body) error {
	out, err := Encode(s.Version, device, b)
	if err != nil {
		return err
	}
	out.Time = time.Now()
	return c.Send(out)
}

func (s *Server) status(device string, code uint16, name, text string) *Message {
	content, _ := Status{Code: code, Name: name, Message: text}.content(nil)
	return &Message{Version: s.Version, Type: "STATUS", Device: device, Time: time.Now(), Content: content}
}

// streams are what one client has started, by kind and device.
type streams struct {
	server  *Server
	conn    *Conn
	end     map[string]context.CancelFunc
	running sync.WaitGroup
}

// reply is RTS_: 0 when the query was followed.
func (s *streams) reply(m *Message, failed byte) error {
	return s.conn.Send(&Message{Version: s.server.Version, Type: "RTS_" + m.Type[4:], Device: m.Device, Time: time.Now(), Content: []byte{failed}})
}

func (s *streams) start(ctx context.Context, m *Message) error {
	kind, known := streamKinds[m.Type[4:]]
	if !known || len(s.end) >= 64 {
		return s.reply(m, 1)
	}
	fastest := s.server.Fastest
	if fastest == 0 {
		fastest = 5 * time.Millisecond
	}
	every := 50 * time.Millisecond
	if len(m.Content) >= 4 {
		every = time.Duration(binary.BigEndian.Uint32(m.Content)) * time.Millisecond
	}
	if err := s.reply(m, 0); err != nil {
		return err
	}
	if end, twice := s.end[kind+" "+m.Device]; twice {
		end()
	}
	own, end := context.WithCancel(ctx)
	s.end[kind+" "+m.Device] = end
	s.running.Go(func() { s.stream(own, kind, m.Device, max(every, fastest)) })
	return nil
}

// stream sends the newest at intervals. A client that does not take them is closed.
func (s *streams) stream(ctx context.Context, kind, device string, every time.Duration) {
	tick := time.NewTicker(every)
	defer tick.Stop()
	for {
		if name, b, ok := s.server.Source.Latest(kind, device); ok {
			if s.server.sendBody(s.conn, name, b) != nil {
				s.conn.Close()
				return
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// stop ends the stream of a kind and device; without a device all of that kind.
func (s *streams) stop(m *Message) error {
	kind := streamKinds[m.Type[4:]]
	stopped := false
	for key, end := range s.end {
		if key == kind+" "+m.Device || m.Device == "" && strings.HasPrefix(key, kind+" ") {
			end()
			delete(s.end, key)
			stopped = true
		}
	}
	failed := byte(1)
	if stopped {
		failed = 0
	}
	return s.reply(m, failed)
}

// Scene is a Source that others write to: the newest of every kind and device.
type Scene struct {
	mu     sync.Mutex
	newest map[[2]string]Body
	order  [][2]string
}

// Put shows a body as a device's newest.
func (s *Scene) Put(device string, b Body) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.newest == nil {
		s.newest = map[[2]string]Body{}
	}
	key := [2]string{b.Kind(), device}
	if _, known := s.newest[key]; !known {
		s.order = append(s.order, key)
	}
	s.newest[key] = b
}

// Latest is the newest of a kind and device; of the device that was put first if none is named.
func (s *Scene) Latest(kind, device string) (string, Body, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range s.order {
		if key[0] == kind && (device == "" || key[1] == device) {
			return key[1], s.newest[key], true
		}
	}
	return "", nil, false
}
