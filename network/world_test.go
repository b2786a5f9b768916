package network

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"consilium/ledger"
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("database/sql.(*DB).connectionOpener"))
}

var epoch = time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC)

// patience is how long a test waits for something that happens at once on any machine that works.
const patience = 20 * time.Second

// base is a bare SQLite database with one writer.
type base struct {
	write, read *sql.DB
	mu          sync.Mutex
}

type commitKey struct{}

func openBase(t testing.TB, dir string) *base {
	t.Helper()
	path := "file:" + filepath.Join(dir, "node.db") + "?_pragma=journal_mode(WAL)&_pragma=synchronous(FULL)&_pragma=busy_timeout(10000)"
	b := &base{}
	var err error
	if b.write, err = sql.Open("sqlite", path+"&_txlock=immediate"); err != nil {
		t.Fatal(err)
	}
	b.write.SetMaxOpenConns(1)
	if err := b.write.Ping(); err != nil { // a copy is no WAL database yet, and cannot become one while others read it
		t.Fatal(err)
	}
	if b.read, err = sql.Open("sqlite", path); err != nil {
		t.Fatal(err)
	}
	b.read.SetMaxOpenConns(4)
	return b
}

func newBase(t testing.TB, dir string) *base {
	t.Helper()
	b := openBase(t, dir)
	for _, migrations := range []fs.FS{ledger.Migrations, Migrations} {
		files, err := fs.Glob(migrations, "migration/*.sql")
		if err != nil || len(files) == 0 {
			t.Fatalf("no migrations: %v", err)
		}
		for _, file := range files {
			text, err := fs.ReadFile(migrations, file)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := b.write.Exec(string(text)); err != nil {
				t.Fatalf("%s: %v", file, err)
			}
		}
	}
	return b
}

func (b *base) View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	tx, err := b.read.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	return fn(ctx, tx)
}

func (b *base) Update(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	tx, err := b.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var after []func()
	if err := fn(context.WithValue(ctx, commitKey{}, &after), tx); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	for _, f := range after {
		f()
	}
	return nil
}

func (b *base) OnCommit(ctx context.Context, fn func()) {
	list := ctx.Value(commitKey{}).(*[]func())
	*list = append(*list, fn)
}

// shelf keeps files in memory, and parts of files over cuts.
type shelf struct {
	mu     sync.Mutex
	whole  map[ledger.Hash][]byte
	parts  map[ledger.Hash][]byte
	resume []int64 // offsets at which receiving went on
}

func newShelf() *shelf {
	return &shelf{whole: map[ledger.Hash][]byte{}, parts: map[ledger.Hash][]byte{}}
}

func (s *shelf) put(data []byte) ledger.BlobRef {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := ledger.Hash(sha256.Sum256(data))
	s.whole[h] = data
	return ledger.BlobRef{Hash: h, Size: int64(len(data)), Type: "application/octet-stream"}
}

func (s *shelf) Has(h ledger.Hash) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.whole[h] != nil
}

type readCloser struct{ *bytes.Reader }

func (readCloser) Close() error { return nil }

func (s *shelf) Open(_ context.Context, h ledger.Hash) (io.ReadSeekCloser, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, ok := s.whole[h]
	if !ok {
		return nil, 0, errors.New("no such file")
	}
	return readCloser{bytes.NewReader(data)}, int64(len(data)), nil
}

type shelfPart struct {
	s    *shelf
	hash ledger.Hash
}

func (s *shelf) Resume(h ledger.Hash, limit int64) (BlobPart, int64, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.resume = append(s.resume, int64(len(s.parts[h])))
	return shelfPart{s, h}, int64(len(s.parts[h])), nil
}

func (p shelfPart) Write(b []byte) (int, error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	p.s.parts[p.hash] = append(p.s.parts[p.hash], b...)
	return len(b), nil
}

func (p shelfPart) Finish() error {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	data := p.s.parts[p.hash]
	delete(p.s.parts, p.hash)
	if sha256.Sum256(data) != p.hash {
		return errors.New("other bytes than the hash names")
	}
	if data == nil {
		data = []byte{}
	}
	p.s.whole[p.hash] = data
	return nil
}

func (p shelfPart) Close() error { return nil }

// door is a gate that tests shut.
type door struct {
	mu    sync.Mutex
	shut  map[ledger.ThreadID]string
	files map[ledger.Hash]map[ledger.HospitalID]bool // sealed files, and to whom they may go
}

func (d *door) MayLeave(_ context.Context, _ ledger.Tx, id ledger.ThreadID, _ ledger.HospitalID) (bool, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	why, shut := d.shut[id]
	return !shut, why
}

func (d *door) Until(context.Context, ledger.Tx, ledger.ThreadID, ledger.HospitalID) (ledger.Hash, error) {
	return ledger.Hash{}, nil
}

func (d *door) BlobMayLeave(_ context.Context, _ ledger.Tx, a ledger.Attachment, to ledger.HospitalID) (bool, string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !a.Sealed || d.files[a.Hash][to] {
		return true, ""
	}
	return false, "no consent names this hospital"
}

func (d *door) set(id ledger.ThreadID, why string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if why == "" {
		delete(d.shut, id)
	} else {
		d.shut[id] = why
	}
}

// node is one hospital.
type node struct {
	t      testing.TB
	name   string
	root   ledger.Root
	issuer ledger.Issuer
	self   Identity
	book   *ledger.Book
	db     *base
	shelf  *shelf
	door   *door
	net    *Network
	addr   string
	stop   context.CancelFunc
	ended  sync.WaitGroup
	dir    string
	tune   func(*Options)
	once   sync.Once
	fenced chan ledger.Key
	grown  chan []ledger.ThreadID
}

type note struct {
	Text string `json:"text"`
}
