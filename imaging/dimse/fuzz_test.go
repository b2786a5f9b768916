package dimse

import (
	"bytes"
	"context"
	"io"
	"net"
	"testing"
	"time"
)

// FuzzConversation gives a server whatever a peer might send. It must end, and neither panic nor hold more than it should.
func FuzzConversation(f *testing.F) {
	data := make([]byte, 12+20)
	putFragmentHeader(data, 1, false, true, 20)
	release := make([]byte, 10)
	putPDUHeader(release, typeReleaseRQ, 4)
	f.Add(request())
	f.Add(bytes.Join([][]byte{request(), storeCommand(), data, release}, nil))
	f.Add(bytes.Join([][]byte{request(), data, AbortError{}.encode()}, nil))
	f.Fuzz(func(t *testing.T, sent []byte) {
		s := &Server{Remotes: anybody, Archive: &shelf{}, Timing: Timing{Associate: time.Second, PDU: time.Second, Idle: time.Second}}
		s.init()
		ours, theirs := net.Pipe()
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			s.serve(context.Background(), theirs)
		}()
		go io.Copy(io.Discard, ours)
		_, _ = ours.Write(sent)
		ours.Close()
		<-ended
	})
}

// FuzzAssociate wants that what can be read of a request can be written and read again with the same meaning.
func FuzzAssociate(f *testing.F) {
	f.Add(request()[pduHeader:])
	f.Fuzz(func(t *testing.T, body []byte) {
		a, err := decodeAssociate(typeAssociateRQ, body)
		if err != nil {
			return
		}
		a.answer = false
		again, err := decodeAssociate(typeAssociateRQ, a.encode()[pduHeader:])
		if err != nil {
			return // longer than an item can be, once padding was dropped and roles were counted anew
		}
		if len(again.contexts) != len(a.contexts) || again.called != title([]byte(padTitle(a.called))) {
			t.Fatalf("%+v\n%+v", a, again)
		}
	})
}

// FuzzCommand reads command sets.
func FuzzCommand(f *testing.F) {
	f.Add(storeCommand()[12:])
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := decodeCommand(b)
		if err != nil {
			return
		}
		if _, err := decodeCommand(c.encode()); err != nil {
			t.Fatal(err)
		}
	})
}
