package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// peer is a kind of server that is measured.
type peer struct {
	name  string
	title string                                // AE title
	args  func(dir string, p ports) []string    // how to start it
	web   func(p ports) string                  // address of its DICOMweb, "" if it has none
	files func(dir string, p ports) []namedFile // what it reads at start
}

type namedFile struct{ name, text string }

// ports are where a server listens, and where it sends what is moved to SINK.
type ports struct{ dicom, http, sink int }

// peers in the order in which each round measures them.
func peers(consilium string) []peer {
	return []peer{
		{name: "Consilium", title: "CONSILIUM", args: func(dir string, p ports) []string {
			return []string{consilium, "dicom", "serve", "--folder", filepath.Join(dir, "data"), "--dicom", at(p.dicom), "--http", at(p.http),
				"--remote", "*", "--remote", "SINK@" + at(p.sink)}
		}, web: func(p ports) string { return "http://" + at(p.http) + "/dicomweb" }},
		{name: "Orthanc", title: "ORTHANC", args: func(dir string, p ports) []string { return []string{"Orthanc", filepath.Join(dir, "orthanc.json")} },
			web: func(p ports) string { return "http://" + at(p.http) + "/dicom-web" }, files: func(dir string, p ports) []namedFile {
				return []namedFile{{"orthanc.json", fmt.Sprintf(`{"Name": "peer", "StorageDirectory": %[1]q, "IndexDirectory": %[1]q, "HttpPort": %[2]d, "DicomPort": %[3]d,
"RemoteAccessAllowed": false, "AuthenticationEnabled": false, "DicomAlwaysAllowFind": true, "DicomAlwaysAllowGet": true, "DicomAlwaysAllowMove": true,
"DicomModalities": {"sink": ["SINK", "127.0.0.1", %[4]d]}, "Plugins": ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"]}`, filepath.Join(dir, "data"), p.http, p.dicom, p.sink)}}
			}},
		{name: "storescp", title: "ANY", args: func(dir string, p ports) []string {
			return []string{"storescp", "-q", "--fork", "-od", filepath.Join(dir, "data"), strconv.Itoa(p.dicom)}
		}},
	}
}

func at(port int) string { return "127.0.0.1:" + strconv.Itoa(port) }

// server is a peer that runs.
type server struct {
	peer
	ports
	dir     string
	process *exec.Cmd
	said    bytes.Buffer
	started time.Duration // from its start until it answered
}

// begin starts a peer on a folder. A folder that has data goes on with it.
func (p peer) begin(ctx context.Context, dir string, sink int) (*server, error) {
	s := &server{peer: p, dir: dir, ports: ports{freePort(), freePort(), sink}}
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
		return nil, err
	}
	if p.files != nil {
		for _, f := range p.files(dir, s.ports) {
			if err := os.WriteFile(filepath.Join(dir, f.name), []byte(f.text), 0o644); err != nil {
				return nil, err
			}
		}
	}
	args := p.args(dir, s.ports)
	s.process = program(ctx, args[0], args[1:]...)
	s.process.Stdout, s.process.Stderr = &s.said, &s.said
	began := time.Now()
	if err := s.process.Start(); err != nil {
		return nil, err
	}
	if err := s.awaited(); err != nil {
		s.kill()
		return nil, err
	}
	s.started = time.Since(began)
	return s, nil
}

// program is a command with Nagle's algorithm off where it can be told.
func program(ctx context.Context, name string, args ...string) *exec.Cmd {
	c := exec.CommandContext(ctx, name, args...)
	c.Env = append(os.Environ(), "TCP_NODELAY=1")
	return c
}

func freePort() int {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// awaited waits until the server answers: a search where it has one, else a connection.
func (s *server) awaited() error {
	if !until(s.answers) {
		return fmt.Errorf("%s does not answer: %s", s.name, s.said.String())
	}
	return nil
}

// until asks another program again and again, for ten seconds at the least: it has no other way to say that it is ready.
func until(ready func() bool) bool {
	for range 2000 {
		if ready() {
			return true
		}
		time.Sleep(5 * time.Millisecond)
	}
	return false
}

func (s *server) answers() bool {
	if s.web != nil {
		status, _, err := fetch(context.Background(), s.web(s.ports)+"/studies?limit=1", "application/dicom+json")
		return err == nil && status < 300
	}
	return listens(s.dicom)
}

func listens(port int) bool {
	conn, err := net.Dial("tcp", at(port))
	if err == nil {
		conn.Close()
	}
	return err == nil
}

// end stops the server in order and says how long that took.
func (s *server) end() time.Duration {
	began := time.Now()
	_ = s.process.Process.Signal(syscall.SIGTERM)
	_ = s.process.Wait()
	return time.Since(began)
}

func (s *server) kill() {
	_ = s.process.Process.Kill()
	_ = s.process.Wait()
}

// usage is what a process has taken so far.
type usage struct {
	cpu  time.Duration // with the children that it has waited for
	peak int           // most memory so far, MB
}

func (s *server) usage() usage {
	var u usage
	pid := strconv.Itoa(s.process.Process.Pid)
	if raw, err := os.ReadFile("/proc/" + pid + "/stat"); err == nil {
		fields := strings.Fields(string(raw[bytes.LastIndexByte(raw, ')')+1:]))
		for _, f := range fields[11:15] {
			n, _ := strconv.Atoi(f)
			u.cpu += time.Duration(n) * 10 * time.Millisecond
		}
	}
	if raw, err := os.ReadFile("/proc/" + pid + "/status"); err == nil {
		for line := range strings.Lines(string(raw)) {
			if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
				n, _ := strconv.Atoi(strings.Fields(rest)[0])
				u.peak = n / 1000
			}
		}
	}
	return u
}
