package nodetest

import (
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"

	"github.com/alexedwards/argon2id"

	"consilium/ledger"
	"consilium/node"
	"consilium/people"
)

// The staff of every hospital, one person of each role, under these usernames.
const (
	Doctor        = "doctor" // referring doctor
	Surgeon       = "surgeon"
	Head          = "head" // of department
	Coordinator   = "coordinator"
	Trainee       = "trainee"
	Researcher    = "researcher"
	Administrator = "administrator"
	Officer       = "officer" // of data protection
)

var staff = map[string]people.Role{Doctor: people.ReferringDoctor, Surgeon: people.Surgeon, Head: people.HeadOfDepartment, Coordinator: people.Coordinator,
	Trainee: people.Trainee, Researcher: people.Researcher, Administrator: people.Administrator, Officer: people.DataProtectionOfficer}

// Person is one of the staff, with a token for the API.
type Person struct {
	ID    ledger.PersonID
	Token string
}

// Hospital is one hospital of a test. Node is nil while it is stopped.
type Hospital struct {
	*node.Node
	Name  string
	ID    ledger.HospitalID
	Dir   string // its data folder
	Staff map[string]Person

	w       *World
	options node.Options
	client  http.Client
	peer    atomic.Value // string: where partners connect now; lines ask for it while the test goes on
}

// Options are those with which a hospital runs in tests: fast passwords, loopback ports, the given clock.
func Options(dir string, clock *Clock) node.Options {
	return node.Options{Dir: dir, HTTP: "127.0.0.1:0", Peer: "127.0.0.1:0", Version: "test", Now: clock.Now, SignIn: []people.Option{FastPasswords()}}
}

// FastPasswords makes passwords cheap to check.
func FastPasswords() people.Option {
	return people.WithPasswordParams(argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
}

// Found founds a hospital with one member of staff in each role, and starts it.
func (w *World) Found(name string) *Hospital { return w.FoundOn(name, "") }

// FoundOn is Found with the database at a URL; "" is SQLite in the folder.
func (w *World) FoundOn(name, db string) *Hospital {
	return w.found(node.Hospital{Name: name, DB: db}, func(*node.Options) {})
}

// FoundShared is Found with the database and the files where several nodes reach them.
func (w *World) FoundShared(name, db, blobs string) *Hospital {
	return w.found(node.Hospital{Name: name, DB: db, Blobs: blobs}, func(*node.Options) {})
}

// Another adds a node to a hospital that was founded so, with a folder of its own, and starts it. It stands in the world as a hospital with the same ID and staff.
func (h *Hospital) Another(name string) *Hospital {
	h.w.Helper()
	o := &Hospital{Name: name, ID: h.ID, Dir: filepath.Join(h.w.TempDir(), name), Staff: h.Staff, w: h.w, options: h.options}
	if _, err := node.AddNode(h.Dir, o.Dir, h.w.Clock.Now()); err != nil {
		h.w.Fatal(err)
	}
	h.w.hospitals = append(h.w.hospitals, o)
	o.Start()
	return o
}

// FoundWith is Found with other options.
func (w *World) FoundWith(name string, change func(*node.Options)) *Hospital {
	return w.found(node.Hospital{Name: name}, change)
}

func (w *World) found(is node.Hospital, change func(*node.Options)) *Hospital {
	w.Helper()
	name := is.Name
	dir := filepath.Join(w.TempDir(), name)
	made, _, err := node.Init(context.Background(), dir, is, w.Clock.Now())
	if err != nil {
		w.Fatal(err)
	}
	h := &Hospital{Name: name, ID: made.ID, Dir: dir, Staff: map[string]Person{}, w: w, options: Options(dir, w.Clock)}
	change(&h.options)
	if file := os.Getenv("NODETEST_LOG"); file != "" { // for whoever looks for a fault: a file that all hospitals log to
		f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			w.Fatal(err)
		}
		w.Cleanup(func() { f.Close() })
		h.options.Log = slog.New(slog.NewTextHandler(f, nil)).With("at", name)
	}
	w.hospitals = append(w.hospitals, h)
	h.Start()
	for username, role := range staff {
		h.employ(username, role)
	}
	return h
}

// employ adds a member of staff by the node's own socket, as its owner does.
func (h *Hospital) employ(username string, role people.Role) {
	h.w.Helper()
	var made struct{ ID ledger.PersonID }
	h.mustLocal("POST", "/people", map[string]any{"username": username, "name": strings.ToUpper(username[:1]) + username[1:] + " of " + h.Name,
		"roles": []people.Role{role}, "sub_specialties": []string{"functional"}, "password": "correct horse " + h.Name}, &made)
	var token struct{ Token string }
	h.mustLocalAs(username, "POST", "/tokens", map[string]any{"name": "test", "scopes": []string{"read", "write", "administer", "export", "waive"}}, &token)
	h.Staff[username] = Person{made.ID, token.Token}
}

// Start opens the hospital's folder and listens. Partners find it at its lines' other ends, wherever it listens now.
func (h *Hospital) Start() {
	h.w.Helper()
	if err := h.TryStart(); err != nil {
		h.w.Fatalf("%s: %v", h.Name, err)
	}
}

// TryStart is Start for folders that may not open.
func (h *Hospital) TryStart() error {
	h.options.Dir = h.Dir
	n, err := node.Open(context.Background(), h.options)
	if err != nil {
		return err
	}
	if err := n.Start(context.Background()); err != nil {
		n.Close()
		return err
	}
	h.Node = n
	h.peer.Store(n.PeerAddr())
	h.signInAnew()
	return nil
}

// signInAnew makes tokens for the staff where those of before are void: the folder was restored, rolled back or copied.
func (h *Hospital) signInAnew() {
	if _, some := h.Staff[Head]; !some || h.Ask(Head, "GET", "/hospital", nil, nil) == nil {
		return
	}
	for username, p := range h.Staff {
		var token struct{ Token string }
		if h.localAs(username, "POST", "/tokens", map[string]any{"name": "test", "scopes": []string{"read", "write", "administer", "export", "waive"}}, &token) == nil { // who is disabled makes none
			h.Staff[username] = Person{p.ID, token.Token}
		}
	}
}

// PeerAddrOr is where partners connect, or something else while the hospital is stopped.
func (h *Hospital) PeerAddrOr(otherwise string) string {
	if at, _ := h.peer.Load().(string); at != "" {
		return at
	}
	return otherwise
}

// Stop ends the node in good order. Stopping a stopped one does nothing.
func (h *Hospital) Stop() {
	h.w.Helper()
	if h.Node == nil {
		return
	}
	h.client.CloseIdleConnections()
	n := h.Node
	h.Node = nil
	h.peer.Store("")
	if err := n.Close(); err != nil {
		h.w.Errorf("closing %s: %v", h.Name, err)
	}
}

// Restart stops the node and starts it again.
func (h *Hospital) Restart() {
	h.w.Helper()
	h.Stop()
	h.Start()
}

// Copy copies the data folder of a stopped hospital, as somebody with a file manager does.
func (h *Hospital) Copy() string {
	h.w.Helper()
	if h.Node != nil {
		h.w.Fatal("stop it first")
	}
	to := filepath.Join(h.w.TempDir(), "copy")
	CopyFolder(h.w, h.Dir, to)
	return to
}

// RollBack puts the files of a copy over those of the stopped hospital's folder, byte by byte and in place, as when a machine goes back to a snapshot:
// nothing in the folder can tell.
func (h *Hospital) RollBack(to string) {
	h.w.Helper()
	if h.Node != nil {
		h.w.Fatal("stop it first")
	}
	for _, name := range []string{"consilium.db-wal", "consilium.db-shm"} {
		os.Remove(filepath.Join(h.Dir, name))
	}
	CopyFolder(h.w, to, h.Dir)
}

// CopyFolder copies files and folders; files that are there are overwritten in place.
func CopyFolder(t interface{ Fatal(...any) }, from, to string) {
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.Type()&fs.ModeSocket != 0 {
			return err
		}
		relative, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		target := filepath.Join(to, relative)
		if d.IsDir() {
			return os.MkdirAll(target, 0o700)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(target, data, 0o600)
	})
	if err != nil {
		t.Fatal(fmt.Errorf("copying %s: %w", from, err))
	}
}

// Tamper changes the hospital's database behind the program's back.
func (h *Hospital) Tamper(t interface {
	Helper()
	Fatal(...any)
}, statement string) {
	t.Helper()
	err := h.Desk().DB.Update(context.Background(), func(ctx context.Context, tx ledger.Tx) error {
		_, err := tx.ExecContext(ctx, statement)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
