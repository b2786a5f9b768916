//go:build unix

package storetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// gatewayVersion is the S3 server of the tests: github.com/versity/versitygw (Apache-2.0), which keeps objects as files. tools/test installs it.
const gatewayVersion = "v1.8.0"

var errNoGateway = errors.New("these tests need the S3 server versitygw " + gatewayVersion + ": run tools/test once, or\n" +
	"  GOBIN=~/.cache/consilium/versitygw@" + gatewayVersion + " go install github.com/versity/versitygw/cmd/versitygw@" + gatewayVersion)

const gatewayKey, gatewaySecret, gatewayBucket = "consilium", "a secret of tests", "hospital"

// S3 is an S3 server that keeps its objects in a folder.
type S3 struct {
	Endpoint      string // http://127.0.0.1:PORT
	KeyID, Secret string
	Objects       string // the folder of the bucket
	keys          string // a file
}

var gateway = sync.OnceValues(func() (*S3, error) {
	dir, err := os.MkdirTemp("", "consilium-s3-")
	if err != nil {
		return nil, err
	}
	return startGateway(dir, true)
})

// startGateway starts a server over a folder. A guardian stops it when this process ends, however it ends, as it does with PostgreSQL.
func startGateway(dir string, sweep bool) (*S3, error) {
	cache, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	program := filepath.Join(cache, "consilium", "versitygw@"+gatewayVersion, "versitygw")
	if _, err := os.Stat(program); err != nil {
		return nil, errNoGateway
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	g := &S3{Endpoint: "http://" + address, KeyID: gatewayKey, Secret: gatewaySecret, Objects: filepath.Join(dir, "objects", gatewayBucket), keys: filepath.Join(dir, "keys")}
	if err := os.MkdirAll(filepath.Dir(g.Objects), 0o755); err != nil {
		return nil, err
	}
	text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", gatewayKey, gatewaySecret)
	if err := os.WriteFile(g.keys, []byte(text), 0o600); err != nil {
		return nil, err
	}
	if err := guardGateway(program, dir, address, sweep); err != nil {
		return nil, err
	}
	return g, g.await(filepath.Join(dir, "log"))
}

const gatewayGuardian = `
trap '' INT TERM HUP
"$PROGRAM" --quiet --port "$ADDRESS" --access "$KEY" --secret "$SECRET" posix "$DIR/objects" </dev/null >"$DIR/log" 2>&1 &
server=$!
cat >/dev/null
kill -KILL "$server"
wait "$server"
[ -z "$SWEEP" ] || rm -rf "$DIR"
`

func guardGateway(program, dir, address string, sweep bool) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	shell := exec.Command("/bin/sh", "-c", gatewayGuardian)
	shell.Dir, shell.Stdin = dir, r
	shell.Env = append(os.Environ(), "PROGRAM="+program, "DIR="+dir, "ADDRESS="+address, "KEY="+gatewayKey, "SECRET="+gatewaySecret, "SWEEP="+map[bool]string{true: "1"}[sweep])
	shell.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := shell.Start(); err != nil {
		return fmt.Errorf("starting the S3 server for the tests: %w", err)
	}
	go func() {
		shell.Wait()
		w.Close() // until then it is open: only the end of this process closes it
	}()
	return nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

// await makes the bucket as soon as the server answers.
func (g *S3) await(log string) error {
	at, _ := url.Parse(g.Endpoint)
	client, err := minio.New(at.Host, &minio.Options{Creds: credentials.NewStaticV4(gatewayKey, gatewaySecret, ""), Region: "us-east-1", MaxRetries: 1})
	if err != nil {
		return err
	}
	deadline := time.Now().Add(30 * time.Second)
	for {
		err := client.MakeBucket(context.Background(), gatewayBucket, minio.MakeBucketOptions{})
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log)
			return fmt.Errorf("the S3 server for the tests did not start: %w\n%s", err, text)
		}
		time.Sleep(20 * time.Millisecond) // polling another program
	}
}

var prefixes atomic.Int64

// Bucket is the server that this process has started, and the address of a fresh prefix on it.
func Bucket(t testing.TB) (*S3, string) {
	t.Helper()
	g, err := gateway()
	if err != nil {
		t.Fatal(err)
	}
	return g, g.Address(g.Endpoint)
}

// BucketIn is Bucket on a server of its own whose objects lie in a folder.
func BucketIn(t testing.TB, dir string) (*S3, string) {
	t.Helper()
	g, err := startGateway(dir, false)
	if err != nil {
		t.Fatal(err)
	}
	return g, g.Address(g.Endpoint)
}

// Address is a fresh prefix of the bucket, asked for at an endpoint: the server's own, or one before it.
func (g *S3) Address(endpoint string) string {
	query := url.Values{"endpoint": {endpoint}, "region": {"us-east-1"}, "keys": {g.keys}}
	return fmt.Sprintf("s3://%s/test-%d?%s", gatewayBucket, prefixes.Add(1), query.Encode())
}

// Line is a way to an S3 server that can be disturbed. What its fields say holds for requests that come after.
type Line struct {
	URL   string
	Asked atomic.Int64 // requests that came
	fault atomic.Value // Fault
}

// Fault disturbs one request. It answers by itself and returns true, or lets it pass, perhaps changed on its way back.
type Fault func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool

// Disturb puts a fault on the line; nil takes it away.
func (l *Line) Disturb(f Fault) { l.fault.Store(f) }

// LineTo opens a line to an S3 server. It passes the Host that was asked for, which the signatures hold.
func LineTo(t testing.TB, endpoint string) *Line {
	t.Helper()
	at, err := url.Parse(endpoint)
	if err != nil {
		t.Fatal(err)
	}
	l := &Line{}
	l.Disturb(nil)
	pass := passing(at)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.Asked.Add(1)
		if f := l.fault.Load().(Fault); f == nil || !f(w, r, pass) {
			pass.ServeHTTP(w, r)
		}
	})}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	l.URL = "http://" + listener.Addr().String()
	return l
}

// Refused answers as a store does that will not now, with a status and its code.
func Refused(status int, code string) Fault {
	return func(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>not now</Message></Error>", code)
		return true
	}
}

// Hung takes a request and never answers.
func Hung(w http.ResponseWriter, r *http.Request, _ http.Handler) bool {
	<-r.Context().Done()
	return true
}

// Gone breaks the connection.
func Gone(w http.ResponseWriter, r *http.Request, _ http.Handler) bool { panic(http.ErrAbortHandler) }

// CutAfter breaks answers that carry an object after so many bytes.
func CutAfter(n int64) Fault {
	return func(w http.ResponseWriter, r *http.Request, pass http.Handler) bool {
		if r.Method != http.MethodGet || strings.HasSuffix(r.URL.Path, "/"+gatewayBucket+"/") || r.URL.Query().Has("list-type") {
			return false
		}
		pass.ServeHTTP(&cut{w, n}, r)
		return true
	}
}

type cut struct {
	http.ResponseWriter
	left int64
}

func (c *cut) Write(p []byte) (int, error) {
	if int64(len(p)) > c.left {
		c.ResponseWriter.Write(p[:c.left])
		http.NewResponseController(c.ResponseWriter).Flush()
		panic(http.ErrAbortHandler)
	}
	c.left -= int64(len(p))
	return c.ResponseWriter.Write(p)
}

// passing hands requests on to the server and its answers back.
func passing(to *url.URL) http.Handler {
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = to.Scheme, to.Host, r.In.Host
		},
		ErrorLog: log.New(io.Discard, "", 0),
	}
}
