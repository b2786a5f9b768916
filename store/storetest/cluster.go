//go:build unix

package storetest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consilium/store"
)

var errMissing = errors.New("these tests need PostgreSQL: install the server's programs initdb and postgres, " +
	"on Debian with apt-get install postgresql")

// cluster starts PostgreSQL once for this process and returns the address of its first database.
var cluster = sync.OnceValues(startCluster)

// startCluster makes a cluster in a temporary folder that listens on a socket in it. A guardian shell holds the
// read end of a pipe whose other end is ours: when this process ends, however it ends, the guardian stops the
// server and removes the folder.
func startCluster() (*url.URL, error) { return startClusterOn("5432", nil) }

// startClusterOn is startCluster at a port, which names the socket too. The caller may lay files into the server's folder and add settings to its command line first.
func startClusterOn(port string, prepare func(dir string, as *syscall.Credential) (settings []string, err error)) (*url.URL, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	as, err := serverUser()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "consilium-pg-")
	if err != nil {
		return nil, err
	}
	if as != nil {
		if err := os.Chown(dir, int(as.Uid), int(as.Gid)); err != nil {
			return nil, err
		}
	}
	settings := []string{"-p", port}
	if prepare != nil {
		var more []string
		more, err = prepare(dir, as)
		settings = append(settings, more...)
	}
	if err == nil {
		err = guard(bin, dir, as, settings...)
	}
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	at := &url.URL{Scheme: "postgres", User: url.User("consilium"), Path: "/postgres",
		RawQuery: url.Values{"host": {dir}, "port": {port}, "sslmode": {"disable"}}.Encode()}
	return at, await(at, filepath.Join(dir, "log"))
}

// Killable is Postgres on a server of its own, and what kills that server as a lost machine would: its connections break, and nobody answers any more.
func Killable(t testing.TB) (o store.Options, kill func()) {
	t.Helper()
	at, err := startCluster()
	if err != nil {
		t.Fatal(err)
	}
	return store.Options{Dir: t.TempDir(), URL: databaseOn(t, at).String(), Create: true}, func() { killServer(t, at) }
}

func killServer(t testing.TB, at *url.URL) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(at.Query().Get("host"), "data", "postmaster.pid"))
	if err != nil {
		t.Fatal(err)
	}
	line, _, _ := strings.Cut(string(raw), "\n")
	pid, err := strconv.Atoi(line)
	if err == nil {
		err = syscall.Kill(pid, syscall.SIGQUIT) // to the server alone: it ends its own processes at once, without a checkpoint
	}
	if err != nil {
		t.Fatal(err)
	}
}

const guardian = `
trap '' INT TERM HUP
[ -d "$DIR/data" ] || "$BIN/initdb" -D "$DIR/data" -U consilium -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$DIR/log" 2>&1 || exit 1
"$BIN/postgres" -D "$DIR/data" -k "$DIR" -c listen_addresses= -c fsync="${CONSILIUM_PG_FSYNC:-off}" -c full_page_writes="${CONSILIUM_PG_FSYNC:-off}" \
	-c max_connections=200 -c shared_buffers=32MB "$@" </dev/null >>"$DIR/log" 2>&1 &
server=$!
cat >/dev/null
kill -QUIT "$server"
wait "$server"
rm -rf "$DIR"
`

func guard(bin, dir string, as *syscall.Credential, settings ...string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	shell := exec.Command("/bin/sh", append([]string{"-c", guardian, "guardian"}, settings...)...)
	shell.Dir = dir
	shell.Stdin = r
	shell.Env = append(os.Environ(), "BIN="+bin, "DIR="+dir, "LC_ALL=C.UTF-8")
	shell.SysProcAttr = &syscall.SysProcAttr{Credential: as, Setpgid: true}
	if err := shell.Start(); err != nil {
		return fmt.Errorf("starting PostgreSQL for the tests: %w", err)
	}
	go func() {
		shell.Wait()
		w.Close() // until then it is open: only the end of this process closes it
	}()
	return nil
}

func await(at *url.URL, log string) error {
	deadline := time.Now().Add(60 * time.Second)
	for {
		ctx, cancel := context.WithDeadline(context.Background(), deadline)
		conn, err := pgx.Connect(ctx, at.String())
		cancel()
		if err == nil {
			return conn.Close(context.Background())
		}
		if time.Now().After(deadline) {
			text, _ := os.ReadFile(log)
			return fmt.Errorf("PostgreSQL for the tests did not start: %w\n%s", err, text)
		}
		time.Sleep(20 * time.Millisecond) // polling another program
	}
}

// programs finds the newest installed server.
func programs() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if real, err := filepath.EvalSymlinks(path); err == nil {
			path = real // beside it are all of them
		}
		return filepath.Dir(path), nil
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errMissing
	}
	newest := slices.MaxFunc(found, func(a, b string) int { return release(a) - release(b) })
	return filepath.Dir(newest), nil
}

func release(path string) int {
	n, _ := strconv.Atoi(strings.Split(path, "/")[4])
	return n
}

// serverUser is who the server runs as: us, or the user postgres if we are root, which PostgreSQL refuses.
func serverUser() (*syscall.Credential, error) {
	if os.Getuid() != 0 {
		return nil, nil
	}
	who, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("%w (PostgreSQL does not run as root, and there is no user postgres)", errMissing)
	}
	uid, _ := strconv.ParseUint(who.Uid, 10, 32)
	gid, _ := strconv.ParseUint(who.Gid, 10, 32)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
}

// Dump copies a database into a file with the server's own program, as its operator does.
func Dump(t testing.TB, address, file string) {
	t.Helper()
	runProgram(t, "pg_dump", "--format=custom", "--file="+file, "--dbname="+address)
}

// Lose takes everything out of a database, as a lost server does, and puts back what a file of [Dump] holds.
func Lose(t testing.TB, address, file string) {
	t.Helper()
	at, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(at.Path, "/")
	shared, err := cluster()
	if err != nil {
		t.Fatal(err)
	}
	ask(t, shared, "DROP DATABASE "+name+" WITH (FORCE)", "CREATE DATABASE "+name+" OWNER "+name)
	runProgram(t, "pg_restore", "--exit-on-error", "--no-owner", "--dbname="+address, file)
}

func runProgram(t testing.TB, name string, arguments ...string) {
	t.Helper()
	bin, err := programs()
	if err != nil {
		t.Fatal(err)
	}
	if said, err := exec.CommandContext(t.Context(), filepath.Join(bin, name), arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, said)
	}
}
