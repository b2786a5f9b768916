package igtlink

import (
	"context"
	"encoding/binary"
	"net"
	"strings"
	"testing"
	"time"
)

// start runs a server until the test ends.
func start(t *testing.T, s *Server) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		end()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return l.Addr().String()
}

func next(t *testing.T, c *Conn) *Message {
	t.Helper()
	m, err := c.Receive()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestServerAnswers(t *testing.T) {
	scene := &Scene{}
	for _, b := range bodies {
		scene.Put("Lab", b)
	}
	scene.Put("Other", Transform{T: [3]float32{1, 1, 1}})
	c := dial(t, start(t, &Server{Source: scene, Version: 2}))
	for _, want := range bodies {
		if err := c.Ask("GET", want.Kind(), "", 0); err != nil {
			t.Fatal(err)
		}
		m := next(t, c)
		if got, err := Decode(m); err != nil || !same(got, want) || m.Device != "Lab" || m.Version != 2 {
			t.Errorf("%s: %v %+v", want.Kind(), err, m)
		}
	}
	for query, code := range map[[2]string]uint16{{"POINT", "Nobody"}: StatusNotFound, {"SENSOR", ""}: StatusUnknownWord} {
		if err := c.Ask("GET", query[0], query[1], 0); err != nil {
			t.Fatal(err)
		}
		if got, err := Decode(next(t, c)); err != nil || got.(Status).Code != code {
			t.Errorf("%v: %+v %v", query, got, err)
		}
	}
}

// TestStream starts poses every 10 ms, takes some, stops, and wants silence after the answer.
func TestStream(t *testing.T) {
	scene := &Scene{}
	scene.Put("Tool", bodies[0])
	c := dial(t, start(t, &Server{Source: scene}))
	if err := c.Ask("STT", "TRANSFORM", "Tool", 10*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if m := next(t, c); m.Type != "RTS_TRANS" || m.Content[0] != 0 {
		t.Fatalf("%+v", m)
	}
	for range 5 {
		if m := next(t, c); m.Type != "TRANSFORM" || m.Device != "Tool" {
			t.Fatalf("%+v", m)
		}
	}
	if err := c.Ask("STP", "TRANSFORM", "Tool", 0); err != nil {
		t.Fatal(err)
	}
	m := next(t, c)
	for m.Type == "TRANSFORM" {
		m = next(t, c)
	}
	if m.Type != "RTS_TRANS" || m.Content[0] != 0 {
		t.Errorf("%+v", m)
	}
	if err := c.Ask("STP", "TRANSFORM", "Tool", 0); err != nil {
		t.Fatal(err)
	}
	for m = next(t, c); m.Type == "TRANSFORM"; m = next(t, c) { // one may have been under way
	}
	if m.Type != "RTS_TRANS" || m.Content[0] != 1 {
		t.Errorf("stopping what does not run: %+v", m)
	}
	if err := c.Ask("STT", "SENSOR", "", 0); err != nil {
		t.Fatal(err)
	}
	if m := next(t, c); m.Type != "RTS_SENSOR" || m.Content[0] != 1 {
		t.Errorf("%+v", m)
	}
}

// TestDamageIsAnswered: a wrong checksum is told to the peer, and the connection goes on; a broken header ends it.
func TestDamageIsAnswered(t *testing.T) {
	heard := make(chan string, 10)
	s := &Server{Source: &Scene{}, Heard: func(_ string, m *Message, b Body, err error) {
		switch {
		case err != nil:
			heard <- err.Error()
		case b != nil:
			heard <- b.Kind()
		}
	}}
	c := dial(t, start(t, s))
	m, _ := Encode(1, "Tool", bodies[0])
	b := wire(t, m)
	b[70] ^= 1
	if _, err := c.net.Write(b); err != nil {
		t.Fatal(err)
	}
	if got, err := Decode(next(t, c)); err != nil || got.(Status).Code != StatusChecksum {
		t.Errorf("%+v %v", got, err)
	}
	if err := c.Send(m); err != nil {
		t.Fatal(err)
	}
	if word := <-heard; !strings.Contains(word, "checksum") {
		t.Errorf("%s", word)
	}
	if word := <-heard; word != "TRANSFORM" {
		t.Errorf("%s", word)
	}
	binary.BigEndian.PutUint64(b[42:], 1<<60)
	if _, err := c.net.Write(b); err != nil {
		t.Fatal(err)
	}
	if word := <-heard; !strings.Contains(word, "too long") {
		t.Errorf("%s", word)
	}
	if _, err := c.Receive(); err == nil {
		t.Error("the connection goes on")
	}
}

func TestTooManyClients(t *testing.T) {
	address := start(t, &Server{Source: &Scene{}, Clients: 1})
	first := dial(t, address)
	if err := first.Ask("GET", "STATUS", "", 0); err != nil {
		t.Fatal(err)
	}
	next(t, first)
	second := dial(t, address)
	if got, err := Decode(next(t, second)); err != nil || got.(Status).Code != StatusBusy {
		t.Errorf("%+v %v", got, err)
	}
}

func TestScene(t *testing.T) {
	scene, err := ReadScene(strings.NewReader(`{"devices": [{"device": "Plan", "transform": [[0,-1,0,5],[1,0,0,6],[0,0,1,7],[0,0,0,1]]},
		{"device": "Marks", "points": [{"name": "entry", "at_mm": [1,2,3]}], "string": "L4"}, {"device": "Bone", "surface": {"points_mm": [[0,0,0],[1,0,0],[0,1,0]], "triangles": [[0,1,2]]}}]}`))
	if err != nil {
		t.Fatal(err)
	}
	if _, b, ok := scene.Latest("TRANSFORM", ""); !ok || b.(Transform) != (Transform{R: [3][3]float32{{0, -1, 0}, {1, 0, 0}, {0, 0, 1}}, T: [3]float32{5, 6, 7}}) {
		t.Errorf("%+v", b)
	}
	if _, b, ok := scene.Latest("POINT", "Marks"); !ok || b.(Points)[0].At != [3]float32{1, 2, 3} {
		t.Errorf("%+v", b)
	}
	for _, text := range []string{``, `{"devices": [{"device": "x"}]}`, `{"devices": [{"device": "x", "surface": {"points_mm": [], "triangles": [[0,1,2]]}}]}`, `{"device": 1}`} {
		if _, err := ReadScene(strings.NewReader(text)); err == nil {
			t.Errorf("%s was read", text)
		}
	}
}
