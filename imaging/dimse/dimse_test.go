package dimse

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"reflect"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

func TestInstancesGoAndComeBackUnchanged(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		archive := &shelf{}
		server := &Server{Remotes: anybody, Archive: archive}
		server.init()
		ours, theirs := net.Pipe()
		go server.serve(context.Background(), theirs)
		a, err := Peer{Called: "X", Calling: "Y"}.negotiate(context.Background(), ours, []Proposal{
			{Class: ctImage, Transfers: []string{jpegLS}, Provide: true}, {Class: StudyRootGet, Transfers: []string{ImplicitLittle}},
			{Class: Verification, Transfers: []string{ImplicitLittle}}, {Class: StudyRootFind, Transfers: []string{ImplicitLittle}},
		})
		if err != nil {
			r.Fatal(err)
		}
		// Lengths around the size of a PDU are where fragments begin and end.
		length := rapid.SampledFrom([]int{0, 2, 131058, 131060, 131062, 131064, 2 * 131060, 2*131060 + 2, 300_000}).Draw(r, "length")
		data := bytes.Repeat([]byte{1, 2, 3, 4, 5, 6, 7}, length/7+1)[:length]
		i := Instance{ctImage, "1.2.3", jpegLS}
		if _, err := a.Store(i, bytes.NewReader(data)); err != nil {
			r.Fatal(err)
		}
		if err := a.Echo(); err != nil {
			r.Fatal(err)
		}
		got := map[string][]byte{}
		progress, err := a.Get(context.Background(), StudyRootGet, []byte("id"), func(_ context.Context, i Instance, d io.Reader) error {
			b, err := io.ReadAll(d)
			got[i.UID+i.Transfer] = b
			return err
		})
		if err != nil || progress.Completed != 1 || !bytes.Equal(got["1.2.3"+jpegLS], data) {
			r.Fatalf("%+v %v: %d bytes came back of %d", progress, err, len(got["1.2.3"+jpegLS]), length)
		}
		if err := a.Release(); err != nil {
			r.Fatal(err)
		}
	})
}

func TestFindCanBeStopped(t *testing.T) {
	archive := &shelf{}
	for range 500 {
		archive.instances = append(archive.instances, Instance{ctImage, "1.2.3", jpegLS})
	}
	a := open(t, &Server{Remotes: anybody, Archive: archive}, Proposal{Class: StudyRootFind, Transfers: []string{ImplicitLittle}})
	n, enough := 0, errors.New("enough")
	err := a.Find(StudyRootFind, []byte("id"), func([]byte) error {
		if n++; n == 3 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) || n != 3 {
		t.Fatalf("%d matches, %v", n, err)
	}
	n = 0
	if err := a.Find(StudyRootFind, []byte("id"), func([]byte) error { n++; return nil }); err != nil || n != 500 {
		t.Fatalf("after a stopped search: %d matches, %v", n, err)
	}
}

func TestRefusalOfOneInstanceLeavesTheAssociation(t *testing.T) {
	archive := &shelf{refuse: &StatusError{StatusOutOfResources, "the disk is full"}}
	a := open(t, &Server{Remotes: anybody, Archive: archive}, Proposal{Class: ctImage, Transfers: []string{ExplicitLittle}})
	i := Instance{ctImage, "1.2.3", ExplicitLittle}
	_, err := a.Store(i, bytes.NewReader(make([]byte, 500_000)))
	var refused *StatusError
	if !errors.As(err, &refused) || refused.Status != StatusOutOfResources || refused.Comment != "the disk is full" {
		t.Fatal(err)
	}
	archive.mu.Lock()
	archive.refuse = nil
	archive.mu.Unlock()
	if _, err := a.Store(i, bytes.NewReader(make([]byte, 10))); err != nil {
		t.Fatal(err)
	}
	if _, err := a.Store(Instance{mrImage, "1.2.4", ExplicitLittle}, bytes.NewReader(nil)); !errors.Is(err, ErrNotAccepted) {
		t.Fatal(err)
	}
}

func TestNegotiationKeepsWhatIsSent(t *testing.T) {
	for _, row := range []struct {
		class     string
		transfers []string
		want      string
		result    result
	}{
		{ctImage, []string{jpegLS, ExplicitLittle}, jpegLS, accepted},
		{ctImage, []string{"1.2.840.10008.1.2.4.999", ImplicitLittle}, "1.2.840.10008.1.2.4.999", accepted}, // a compression of the future
		{ctImage, []string{"1.2.840.10008.1.2.6.1"}, "", transferUnknown},
		{ctImage, []string{"1.2.840.10008.1.20"}, "", transferUnknown},
		{"1.2.840.10008.5.1.4.34.7", []string{ImplicitLittle}, ImplicitLittle, accepted},
		{"1.2.840.10008.5.1.4.1.1.77.1.6", []string{jpegLS}, jpegLS, accepted}, // whole-slide
		{StudyRootFind, []string{ImplicitLittle, ExplicitBig, ExplicitLittle}, ExplicitLittle, accepted},
		{StudyRootFind, []string{jpegLS}, "", transferUnknown},
		{"1.2.840.10008.5.1.4.31", []string{ImplicitLittle}, "", abstractUnknown}, // worklist
	} {
		if got, result := choose(row.class, row.transfers); got != row.want || result != row.result {
			t.Errorf("%s %v: %q %d, want %q %d", row.class, row.transfers, got, result, row.want, row.result)
		}
	}
}

func TestWhoMayCall(t *testing.T) {
	ok := &associate{version: 1, application: applicationContext, called: "CONSILIUM"}
	for _, row := range []struct {
		remotes []Remote
		caller  Caller
		want    error
	}{
		{nil, Caller{"ANY", "127.0.0.1"}, nil},
		{nil, Caller{"ANY", "::1"}, nil},
		{nil, Caller{"ANY", "10.0.0.1"}, rejectCalling},
		{[]Remote{{Title: "CT1", Host: "10.0.0.1"}}, Caller{"CT1", "10.0.0.1"}, nil},
		{[]Remote{{Title: "CT1", Host: "10.0.0.1"}}, Caller{"CT1", "::ffff:10.0.0.1"}, nil},
		{[]Remote{{Title: "CT1", Host: "10.0.0.1"}}, Caller{"CT2", "10.0.0.1"}, rejectCalling},
		{[]Remote{{Title: "CT1", Host: "10.0.0.1"}}, Caller{"CT1", "127.0.0.1"}, rejectCalling},
		{[]Remote{{Host: "10.2.0.0/16"}}, Caller{"X", "10.2.9.9"}, nil},
		{[]Remote{{Host: "10.2.0.0/16"}}, Caller{"X", "10.3.9.9"}, rejectCalling},
	} {
		s := &Server{Title: "CONSILIUM", Remotes: row.remotes}
		if got := s.admits(row.caller, ok); !errors.Is(got, row.want) {
			t.Errorf("%v %v: %v, want %v", row.remotes, row.caller, got, row.want)
		}
	}
	s := &Server{Title: "OTHER"}
	if err := s.admits(Caller{"X", "127.0.0.1"}, ok); err != rejectCalled {
		t.Error(err)
	}
}

func TestTooManyAssociations(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &Server{Remotes: anybody, Archive: &shelf{}, Limits: Limits{Associations: 1}}
		first := open(t, s, Proposal{Class: Verification, Transfers: []string{ImplicitLittle}})
		conn, ended := between(t, s)
		_, err := Peer{}.negotiate(t.Context(), conn, nil)
		if !errors.Is(err, rejectTooMany) {
			t.Fatal(err)
		}
		conn.Close()
		ended()
		third, _ := between(t, s) // waits to be told so
		fourth, gone := between(t, s)
		gone() // two for each one allowed: not even answered
		if _, err := fourth.Read(make([]byte, 1)); err != io.EOF {
			t.Fatal(err)
		}
		third.Close()
		if err := first.Release(); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if len(s.conns) != 0 || len(s.hosts) != 0 {
			t.Fatalf("%d connections are counted when none is there", len(s.conns))
		}
	})
}

// request is what a caller sends first.
func request() []byte {
	rq := &associate{called: "CONSILIUM", calling: "TEST", contexts: []presentation{
		{id: 1, abstract: ctImage, transfers: []string{ExplicitLittle}}, {id: 3, abstract: StudyRootFind, transfers: []string{ImplicitLittle}}}}
	return rq.encode()
}

func storeCommand() []byte {
	c := (&command{field: cStore, id: 1, class: ctImage, instance: "1.2.3", dataSet: true}).encode()
	b := make([]byte, 12, 200)
	putFragmentHeader(b, 1, true, true, len(c))
	return append(b, c...)
}

func TestSlowPeersAreEnded(t *testing.T) {
	piece := make([]byte, 12, 14) // one fragment of two bytes, not the last
	putFragmentHeader(piece, 1, false, false, 2)
	piece = append(piece, 0, 0)
	for name, row := range map[string]struct {
		at    [][]byte // sent at once
		then  []byte   // sent byte by byte, or whole, again and again
		whole bool
		every time.Duration
		least time.Duration
		most  time.Duration
	}{
		"a request, one byte a minute":        {nil, request(), false, time.Minute, 0, 2 * time.Minute},
		"a request, one byte a second":        {nil, request(), false, time.Second, 30 * time.Second, 31 * time.Second},
		"nothing at all":                      {nil, nil, false, time.Hour, 30 * time.Second, 31 * time.Second},
		"nothing after the negotiation":       {[][]byte{request()}, nil, false, time.Hour, 10 * time.Minute, 11 * time.Minute},
		"a command, one byte a minute":        {[][]byte{request()}, storeCommand(), false, time.Minute, 0, 12 * time.Minute},
		"no data after the command":           {[][]byte{request(), storeCommand()}, nil, false, time.Hour, 30 * time.Second, 31 * time.Second},
		"two bytes of data every ten seconds": {[][]byte{request(), storeCommand()}, piece, true, 10 * time.Second, 50 * time.Second, 2 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				archive := &shelf{}
				began := time.Now()
				conn, ended := between(t, &Server{Remotes: anybody, Archive: archive})
				go io.Copy(io.Discard, conn)
				dripped := make(chan struct{})
				go func() { defer close(dripped); drip(conn, row.at, row.then, row.whole, row.every) }()
				ended()
				if took := time.Since(began); took < row.least || took > row.most+lingering {
					t.Errorf("the association lasted %s", took)
				}
				if len(archive.instances) != 0 {
					t.Error("something was kept")
				}
				conn.Close()
				<-dripped
			})
		})
	}
}

// drip sends what comes first at once and the rest slowly, until the other side has had enough.
func drip(conn net.Conn, at [][]byte, then []byte, whole bool, every time.Duration) {
	for _, b := range at {
		if _, err := conn.Write(b); err != nil {
			return
		}
	}
	for len(then) > 0 {
		time.Sleep(every) // the clock of synctest: it costs no time
		n := 1
		if whole {
			n = len(then)
		}
		if _, err := conn.Write(then[:n]); err != nil {
			return
		}
		if !whole {
			then = then[1:]
		}
	}
}

// TestAbortAtEveryState cuts a conversation after each of its bytes, and aborts it after each of its PDUs.
func TestAbortAtEveryState(t *testing.T) {
	data := make([]byte, 12+20)
	putFragmentHeader(data, 1, false, true, 20)
	release := make([]byte, 10)
	putPDUHeader(release, typeReleaseRQ, 4)
	pdus := [][]byte{request(), storeCommand(), data, release}
	whole := bytes.Join(pdus, nil)
	stored := len(whole) - len(release)
	for cut := range len(whole) {
		synctest.Test(t, func(t *testing.T) {
			archive := &shelf{}
			conn, ended := between(t, &Server{Remotes: anybody, Archive: archive})
			go io.Copy(io.Discard, conn)
			_, _ = conn.Write(whole[:cut])
			conn.Close()
			ended()
			if len(archive.instances) == 1 && cut < stored {
				t.Errorf("cut after %d bytes of %d, and kept", cut, stored)
			}
		})
	}
	for n := range pdus {
		synctest.Test(t, func(t *testing.T) {
			conn, ended := between(t, &Server{Remotes: anybody, Archive: &shelf{}})
			go io.Copy(io.Discard, conn)
			_, _ = conn.Write(append(bytes.Join(pdus[:n], nil), AbortError{}.encode()...))
			ended()
			conn.Close()
		})
	}
}

func TestWhatDoesNotBelongIsAborted(t *testing.T) {
	data := make([]byte, 12+20)
	putFragmentHeader(data, 1, false, true, 20)
	foreign := bytes.Clone(data)
	foreign[10] = 9
	huge := []byte{typeData, 0, 0x7F, 0xFF, 0xFF, 0xFF}
	for name, row := range map[string]struct {
		sent   [][]byte
		source byte
		reason byte
	}{
		"a request twice":                     {[][]byte{request(), request()}, abortByProvider, abortUnexpectedPDU},
		"an unknown PDU":                      {[][]byte{request(), {99, 0, 0, 0, 0, 0}}, abortByProvider, abortUnrecognizePDU},
		"data before a command":               {[][]byte{request(), data}, abortByProvider, abortInvalidPDU},
		"data of another context":             {[][]byte{request(), storeCommand(), foreign}, abortByProvider, abortInvalidPDU},
		"a P-DATA of two gigabytes":           {[][]byte{request(), huge}, abortByProvider, abortInvalidPDU},
		"data first":                          {[][]byte{data}, abortByProvider, abortInvalidPDU},
		"a request of two gigabytes":          {[][]byte{{typeAssociateRQ, 0, 0x7F, 0xFF, 0xFF, 0xFF}}, abortByProvider, abortInvalidPDU},
		"an HTTP request":                     {[][]byte{[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n")}, abortByProvider, abortInvalidPDU},
		"a context with an even number":       {[][]byte{bytes.Replace(request(), []byte{0x20, 0, 0, 0x32, 1}, []byte{0x20, 0, 0, 0x32, 2}, 1)}, 0, 0},
		"a message in a context never agreed": {[][]byte{request(), bytes.Replace(storeCommand(), []byte{1, 3}, []byte{77, 3}, 1)}, abortByProvider, abortInvalidPDU},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn, ended := between(t, &Server{Remotes: anybody, Archive: &shelf{}})
				var got bytes.Buffer
				read := make(chan struct{})
				go func() { defer close(read); _, _ = io.Copy(&got, conn) }()
				_, _ = conn.Write(bytes.Join(row.sent, nil))
				ended()
				<-read
				want := AbortError{row.source, row.reason}.encode()
				if row.source != 0 && !bytes.HasSuffix(got.Bytes(), want) {
					t.Errorf("answered % x, want it to end with % x", got.Bytes(), want)
				}
			})
		})
	}
}

func TestCommandsSurviveEncoding(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		text := rapid.StringMatching(`[0-9.]{1,30}`)
		c := &command{field: rapid.SampledFrom([]uint16{cStore, cFind, cMove, cGet, cEcho, nAction, nEventReport}).Draw(r, "field"),
			id: rapid.Uint16().Draw(r, "id"), dataSet: rapid.Bool().Draw(r, "data"), class: text.Draw(r, "class"), instance: text.Draw(r, "instance")}
		if c.field == nAction || c.field == nEventReport {
			c.kind = rapid.Uint16().Draw(r, "kind")
		}
		if rapid.Bool().Draw(r, "answer") {
			c = c.answer(StatusPending)
			c.counts = &counts{1, 2, 3, 4}
			c.comment = "all well"
		}
		got, err := decodeCommand(c.encode())
		if err != nil || !reflect.DeepEqual(got, c) {
			r.Fatalf("%v\n%+v\n%+v", err, got, c)
		}
	})
}
