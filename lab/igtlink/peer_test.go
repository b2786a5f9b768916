package igtlink

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// examples is where Debian's openigtlink-examples keeps its programs' source.
const examples = "/usr/share/doc/openigtlink-examples/examples/"

var (
	builds sync.Map
	bin    string
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "igtlink-*")
	if err != nil {
		panic(err)
	}
	bin = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// build compiles a program against libopenigtlink, once.
func build(t *testing.T, source string) string {
	t.Helper()
	once, _ := builds.LoadOrStore(source, sync.OnceValue(func() error {
		out := filepath.Join(bin, filepath.Base(source)+".bin")
		text, err := exec.Command("g++", "-w", "-I/usr/include/openigtlink", source, "-o", out, "-lOpenIGTLink", "-lpthread").CombinedOutput()
		if err != nil {
			return fmt.Errorf("%w\n%s\n(Debian: g++, libopenigtlink-dev, openigtlink-examples)", err, text)
		}
		return nil
	}))
	if err := once.(func() error)(); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(bin, filepath.Base(source)+".bin")
}

// server starts one of the library's servers on a free port, waits until it listens, and stops it at the end.
func server(t *testing.T, source string, arguments ...string) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(address)
	program := exec.Command(build(t, source), append([]string{port}, arguments...)...)
	program.Dir = filepath.Dir(source)
	if err := program.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = program.Process.Kill(); _ = program.Wait() })
	return address
}

// dial tries until the server listens.
func dial(t *testing.T, address string) *Conn {
	t.Helper()
	ctx, end := context.WithTimeout(context.Background(), 20*time.Second)
	defer end()
	for {
		c, err := Dial(ctx, address, Limits{Stall: 20 * time.Second, Silence: 20 * time.Second})
		if err == nil {
			t.Cleanup(func() { c.Close() })
			return c
		}
		select {
		case <-ctx.Done():
			t.Fatal(err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// receive waits for the next message that has a meaning.
func receive(t *testing.T, c *Conn) (*Message, Body) {
	t.Helper()
	for {
		m, err := c.Receive()
		if err != nil {
			t.Fatal(err)
		}
		b, err := Decode(m)
		if err != nil {
			t.Fatal(err)
		}
		if b != nil {
			return m, b
		}
	}
}

// TestLibraryRepacks sends every body through libopenigtlink, which unpacks and packs it anew: the same bytes have to come back.
func TestLibraryRepacks(t *testing.T) {
	program := exec.Command(build(t, "testdata/repack.cxx"))
	var sent, errs bytes.Buffer
	for i, b := range bodies {
		m, err := Encode(1, fmt.Sprintf("Device%d", i), b)
		if err != nil {
			t.Fatal(err)
		}
		m.Time = time.Unix(1_700_000_000, 500_000_000)
		if err := m.Write(&sent); err != nil {
			t.Fatal(err)
		}
	}
	program.Stdin, program.Stderr = bytes.NewReader(sent.Bytes()), &errs
	back, err := program.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, errs.String())
	}
	r := bytes.NewReader(back)
	for i, want := range bodies {
		m, err := Read(r, 1<<20)
		if err != nil {
			t.Fatalf("%T: %v", want, err)
		}
		got, err := Decode(m)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%T: %v\n got %+v\nwant %+v", want, err, got, want)
		}
		if m.Device != fmt.Sprintf("Device%d", i) || m.Time.Unix() != 1_700_000_000 {
			t.Errorf("%T: device %q, time %s", want, m.Device, m.Time)
		}
	}
}

// TestTrackerServer receives the library's example tracker: it goes round a circle of 50 mm.
func TestTrackerServer(t *testing.T) {
	c := dial(t, server(t, examples+"Tracker/TrackerServer.cxx", "100"))
	for range 20 {
		m, b := receive(t, c)
		p, ok := b.(Transform)
		if !ok || m.Device != "Tracker" {
			t.Fatalf("%+v %T", m, b)
		}
		if r := p.T[0]*p.T[0] + p.T[1]*p.T[1]; r < 2499 || r > 2501 || p.T[0] != p.T[2] {
			t.Errorf("the tool is at %v", p.T)
		}
	}
}

// TestImagerServer receives the library's example images.
func TestImagerServer(t *testing.T) {
	c := dial(t, server(t, examples+"Imager/ImagerServer.cxx", "20", examples+"Imager/img"))
	want, err := os.ReadFile(examples + "Imager/img/igtlTestImage1.raw")
	if err != nil {
		t.Fatal(err)
	}
	_, b := receive(t, c)
	image, ok := b.(Image)
	if !ok || image.Size != [3]uint16{256, 256, 1} || image.Scalar != Uint8 || !bytes.Equal(image.Voxels, want[:1<<16]) {
		t.Errorf("%T %v %d", b, image.Size, image.Scalar)
	}
}

// TestQueries asks the library's example servers.
func TestQueries(t *testing.T) {
	c := dial(t, server(t, examples+"PolyData/PolyDataServer.cxx"))
	if err := c.Ask("GET", "POLYDATA", "cube", 0); err != nil {
		t.Fatal(err)
	}
	m, b := receive(t, c)
	cube, ok := b.(PolyData)
	if !ok || m.Device != "cube" || len(cube.Points) != 8 || len(cube.Polygons) != 6 || len(cube.Attributes) != 1 || cube.Attributes[0].Data[7] != 7 {
		t.Errorf("%+v %+v", m, b)
	}
	c = dial(t, server(t, examples+"Point/PointServer.cxx"))
	_, b = receive(t, c)
	if p, ok := b.(Points); !ok || p[0].Name != "POINT_0" || p[0].At != [3]float32{10, 20, 30} || p[0].Owner != "IMAGE_0" || p[0].Color != [4]uint8{255, 0, 0, 255} {
		t.Errorf("%+v", b)
	}
	c = dial(t, server(t, examples+"String/StringEchoServer.cxx"))
	say, _ := Encode(1, "Lab", Text("entry reached"))
	if err := c.Send(say); err != nil {
		t.Fatal(err)
	}
	if _, b = receive(t, c); !strings.Contains(string(b.(Text)), "entry reached") {
		t.Errorf("%q", b)
	}
}

// TestReceiveClient lets the library's client connect to our server's port and print what it hears.
func TestReceiveClient(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	program := build(t, examples+"Receiver/ReceiveClient.cxx")
	_, port, _ := net.SplitHostPort(l.Addr().String())
	ctx, end := context.WithTimeout(context.Background(), 30*time.Second)
	defer end()
	client := exec.CommandContext(ctx, program, "127.0.0.1", port)
	var heard bytes.Buffer
	client.Stdout, client.Stderr = &heard, &heard
	if err := client.Start(); err != nil {
		t.Fatal(err)
	}
	accepted, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	c := newConn(accepted, Limits{})
	for _, b := range bodies {
		m, err := Encode(1, "Lab", b)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	c.Close()
	_ = client.Wait() // it leaves with the status of its own choice
	for _, want := range []string{"0, -1, 0, 11", "probe ready", "entry", "40.000000", "Dimensions            : (3, 2, 2)", "Code      : 1"} {
		if !strings.Contains(heard.String(), want) {
			t.Errorf("the client does not say %q:\n%s", want, heard.String())
		}
	}
}
