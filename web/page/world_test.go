package page

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"database/sql"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"

	"consilium/access"
	"consilium/casebook"
	"consilium/desk"
	"consilium/jobs"
	"consilium/lab/rehearsal"
	"consilium/lang"
	"consilium/ledger"
	"consilium/network"
	"consilium/outreach"
	"consilium/pathway"
	"consilium/people"
	"consilium/record"
	"consilium/registry"
	"consilium/registry/waiver"
	"consilium/store"
	"consilium/study"
	"consilium/web/face"
	"consilium/web/page/cases"
	"consilium/web/page/compare"
	"consilium/web/page/erasures"
	"consilium/web/page/images"
	"consilium/web/page/lab"
	"consilium/web/page/members"
	"consilium/web/page/packs"
	"consilium/web/page/partners"
	registrypage "consilium/web/page/registry"
	"consilium/web/page/reply"
	"consilium/web/page/say"
	"consilium/web/page/segment"
	"consilium/web/page/settings"
	"consilium/web/page/signin"
	"consilium/web/page/today"
	"consilium/web/page/upkeep"
	"consilium/web/page/visits"
)

var start = time.Date(2026, 11, 21, 9, 0, 0, 0, time.FixedZone("", 8*3600))

// testDB is the real store as rooms see it.
type testDB struct{ *store.Store }

func (d testDB) View(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.Store.View(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) })
}

func (d testDB) Update(ctx context.Context, fn func(context.Context, ledger.Tx) error) error {
	return d.Store.Update(ctx, func(ctx context.Context, tx *sql.Tx) error { return fn(ctx, tx) })
}

func (d testDB) OnCommit(ctx context.Context, fn func()) { store.OnCommit(ctx, fn) }

// testBlobs is the real folder of files as rooms see it.
type testBlobs struct{ store.Blobs }

func (b testBlobs) Has(h ledger.Hash) bool { return b.Blobs.Has(store.Hash(h)) }
func (b testBlobs) Open(ctx context.Context, h ledger.Hash) (io.ReadSeekCloser, int64, error) {
	return b.Blobs.Open(ctx, store.Hash(h))
}
func (b testBlobs) Put(ctx context.Context, r io.Reader, limit int64) (ledger.Hash, int64, error) {
	h, n, err := b.Blobs.Put(ctx, r, limit)
	return ledger.Hash(h), n, err
}
func (b testBlobs) Resume(h ledger.Hash, limit int64) (network.BlobPart, int64, error) {
	return b.Blobs.Resume(store.Hash(h), limit)
}

// labBlobs are the same files as the lab makes and destroys them.
type labBlobs struct{ testBlobs }

func (b labBlobs) Remove(h ledger.Hash) error { return b.Blobs.Remove(store.Hash(h)) }

// closed lets nothing leave.
type closed struct{}

func (closed) MayLeave(context.Context, ledger.Tx, ledger.ThreadID, ledger.HospitalID) (bool, string) {
	return false, "test"
}
func (closed) BlobMayLeave(context.Context, ledger.Tx, ledger.Attachment, ledger.HospitalID) (bool, string) {
	return false, "test"
}

func (closed) Until(context.Context, ledger.Tx, ledger.ThreadID, ledger.HospitalID) (ledger.Hash, error) {
	return ledger.Hash{}, nil
}

// keeper verifies nothing and says so; pages only show what it says.
type keeper struct{ backups []string }

func (k *keeper) Verify(context.Context, *ledger.ThreadID) (desk.VerifyReport, error) {
	return desk.VerifyReport{Threads: 7, Entries: 77}, nil
}
func (k *keeper) VerifyDeep(ctx context.Context) (desk.VerifyReport, error) {
	return k.Verify(ctx, nil)
}
func (k *keeper) Sweep(context.Context) (desk.SweepReport, error) { return desk.SweepReport{}, nil }
func (k *keeper) Backup(_ context.Context, order desk.BackupOrder) ([]lang.Text, error) {
	k.backups = append(k.backups, order.To)
	return nil, nil
}

// world is one hospital's pages on a real database, with a clock that the test moves.
type world struct {
	testing.TB
	server *face.Site
	desk   *desk.Desk
	clock  time.Time
	keeper *keeper
	web    *httptest.Server
	people map[string]people.Person
}

const password = "four words only mine"

// cheap is no cost for a real password, and enough for many tests.
var cheap = argon2id.Params{Memory: 64, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// newWorld is a hospital with its first administrator, "root".
func newWorld(t testing.TB) *world {
	t.Helper()
	w := newNode(t)
	p := people.Person{Kind: people.Staff, Username: "root", DisplayName: "Dr. root", Roles: []people.Role{people.Administrator}, Language: lang.English}
	hash, err := w.desk.SignIn.Hash(t.Context(), p, password)
	w.must(err)
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		p, err = people.CreateFirst(ctx, tx, w.clock, p, hash)
		return err
	})
	w.people["root"] = p
	return w
}

// newNode is a hospital without anybody.
func newNode(t testing.TB) *world {
	t.Helper()
	w := &world{TB: t, clock: start, keeper: &keeper{}, people: map[string]people.Person{}}
	s, err := store.Open(t.Context(), store.Options{Dir: t.TempDir(), Create: true, Migrations: []fs.FS{ledger.Migrations, people.Migrations, access.Migrations,
		network.Migrations, casebook.Migrations, desk.Migrations, registry.Migrations, rehearsal.Migrations}, Kinds: []jobs.Kind{desk.ImportJob, desk.FilingJob, rehearsal.Work}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	w.furnish(testDB{s}, testBlobs{s.Blobs()}, s.DDL)
	if w.server, err = face.New(w.Context(), w.desk, groups()...); err != nil {
		t.Fatal(err)
	}
	w.web = httptest.NewServer(w.server)
	t.Cleanup(w.web.Close)
	return w
}

func (w *world) furnish(db testDB, blobs testBlobs, ddl func(string) string) {
	w.Helper()
	now := func() time.Time { return w.clock }
	root, err := ledger.NewRoot(rand.Reader)
	w.must(err)
	issuer, err := root.NewIssuer(rand.Reader)
	w.must(err)
	signer, err := issuer.NewSigner(rand.Reader, start)
	w.must(err)
	book := ledger.NewBook(ledger.NewKinds(casebook.Talk(findPack).Spoken(), outreach.Talk().Spoken(), study.Talk().Spoken(), waiver.Talk().Spoken()), signer, ddl, casebook.Projection(), outreach.Projection(), study.Projection(), waiver.Projection(signer.Hospital()), registry.Projection(signer.Hospital(), findPack, ""))
	w.must(db.Update(w.Context(), func(ctx context.Context, tx ledger.Tx) error { return book.Prepare(ctx, tx, nil) }))
	public, link, err := ed25519.GenerateKey(rand.Reader)
	w.must(err)
	net, err := network.New(network.Options{Self: network.Identity{Link: link, Statement: issuer.State(ledger.UseLink, public, start), Name: "Ward Hospital"},
		Book: book, DB: db, Blobs: blobs, Gate: closed{}, Now: now,
		Fence: func(context.Context, ledger.Key, ledger.ThreadID) error { return nil }})
	w.must(err)
	w.Cleanup(func() { net.Close() })
	signIn, err := people.NewSignIn(people.WithPasswordParams(cheap), people.WithLimiter(people.NewLimiter(people.Limits{Burst: 10_000, Every: time.Second, Keys: 100})))
	w.must(err)
	id := root.Hospital()
	w.desk = &desk.Desk{ID: id, Name: "Ward Hospital", Version: "test", DB: db, Book: book, SignIn: signIn, Sessions: people.DefaultSessionLimits,
		Packs: findPack, AllPacks: allPacks, Network: net, Blobs: desk.Files{Kept: blobs}, Keeper: w.keeper, Queue: db.Store, Live: desk.NewLive(), Secrets: desk.KeptSecrets{DB: db}, Now: now, Log: slog.New(slog.DiscardHandler), ImageSecret: []byte("a secret of the ward, 32 bytes lo")}
	w.desk.Lab = &rehearsal.Lab{DB: db, Blobs: labBlobs{blobs}, Images: w.desk.LabImages, Now: now, Changed: func(ledger.ThreadID) {}}
	w.desk.Registry = &registry.Registry{Me: id, Packs: findPack, Secret: []byte("a secret of the ward"), Now: now}
	w.desk.Freezes = &registry.Freezes{Kept: store.ClosetFolder{Dir: w.TempDir()}, Now: now}
	secret, recipient, err := access.NewSealKey()
	w.must(err)
	w.desk.Sealer = &desk.Sealer{Keys: access.KeyFiles{Dir: w.TempDir()}, Blobs: blobs, Hospital: id, Secret: secret,
		Recipient: func(context.Context, ledger.HospitalID) (string, error) { return recipient, nil }}
	w.desk.Door = &access.Door{DB: db, Book: book, Now: now, Files: w.desk.PrepareFiles, Changed: func(t ledger.ThreadID) { w.desk.Live.Changed(t) },
		Threads: access.Threads{"case": casebook.Governance, "visit": outreach.Governance, "study": study.Governance, "waiver": waiver.Governance},
		Relations: map[string]record.Relate{"visit": outreach.Talk().Relations[0](id),
			"case": casebook.Talk(nil).Relations[0](id)}}
}

func findPack(id, version string) *pathway.Pack { return pathway.Find(id) }

func allPacks() []*pathway.Pack {
	return slices.DeleteFunc(slices.Clone(pathway.Shipped()), func(p *pathway.Pack) bool { return p.Abstract })
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) update(fn func(ctx context.Context, tx ledger.Tx) error) {
	w.Helper()
	w.must(w.desk.DB.Update(w.Context(), fn))
}

// hire adds somebody with a password that is theirs.
func (w *world) hire(username string, roles ...people.Role) people.Person {
	w.Helper()
	return w.hireWith(username, false, roles...)
}

func (w *world) hireWith(username string, temporary bool, roles ...people.Role) people.Person {
	w.Helper()
	p := people.Person{Kind: people.Staff, Username: username, DisplayName: "Dr. " + username, Roles: roles, Language: lang.English}
	hash, err := w.desk.SignIn.Hash(w.Context(), p, password)
	w.must(err)
	w.update(func(ctx context.Context, tx ledger.Tx) error {
		if p, err = people.Create(ctx, tx, w.clock, p); err != nil {
			return err
		}
		return people.SavePassword(ctx, tx, w.clock, p.ID, hash, temporary)
	})
	w.people[username] = p
	return p
}

func (w *world) who(username string) access.Who { return access.Of(w.people[username], "test") }

// browser is one visitor, with cookies.
type browser struct {
	*world
	client *http.Client
	token  string
}

func (w *world) visitor() *browser {
	jar, _ := cookiejar.New(nil)
	return &browser{world: w, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// signedIn is a visitor who has signed in.
func (w *world) signedIn(username string) *browser {
	w.Helper()
	b := w.visitor()
	b.get("/sign-in")
	if a := b.post("/sign-in", url.Values{"username": {username}, "password": {password}}); a.status != http.StatusSeeOther {
		w.Fatalf("%s cannot sign in: %d %s", username, a.status, a.text())
	}
	b.get("/settings")
	return b
}

// answer is what came back.
type answer struct {
	status int
	body   string
	header http.Header
}

var (
	tokens = regexp.MustCompile(`<meta name="csrf-token" content="([^"]*)"`)
	tags   = regexp.MustCompile(`<[^>]*>|\s+`)
)

// text is the body without its tags, for a message.
func (a answer) text() string {
	text := strings.TrimSpace(tags.ReplaceAllString(a.body, " "))
	return text[:min(len(text), 1500)]
}

func (b *browser) do(r *http.Request) answer {
	b.Helper()
	response, err := b.client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	if m := tokens.FindSubmatch(body); m != nil {
		b.token = string(m[1])
	}
	return answer{response.StatusCode, string(body), response.Header}
}

func (b *browser) get(path string) answer {
	b.Helper()
	r, err := http.NewRequestWithContext(b.Context(), http.MethodGet, b.web.URL+path, nil)
	b.must(err)
	return b.do(r)
}

func (b *browser) post(path string, form url.Values) answer {
	b.Helper()
	form = url.Values(cloned(form))
	form.Set("csrf_token", b.token)
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, b.web.URL+path, bytes.NewBufferString(form.Encode()))
	b.must(err)
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return b.do(r)
}

func cloned(form url.Values) map[string][]string {
	m := map[string][]string{}
	for k, v := range form {
		m[k] = v
	}
	return m
}

// sees fails unless a page answers well and holds some words.
func (b *browser) sees(path string, words ...string) answer {
	b.Helper()
	a := b.get(path)
	if a.status != http.StatusOK {
		b.Fatalf("GET %s: %d %s", path, a.status, a.text())
	}
	for _, word := range words {
		if !strings.Contains(a.body, word) {
			b.Errorf("GET %s does not say %q: %s", path, word, a.text())
		}
	}
	return a
}

// openCase opens a case in somebody's name.
func (w *world) openCase(username, title, summary string) ledger.ThreadID {
	w.Helper()
	id, err := w.desk.Door.Open(w.Context(), w.who(username), "case", []ledger.Draft{{Kind: "case.opened",
		Says: casebook.Opened{Pathway: "hfs-mvd", Title: title, Summary: summary, Urgency: "soon", Side: "left"}}})
	w.must(err)
	return id
}

func (w *world) say(username string, d ledger.Draft) *ledger.Entry {
	w.Helper()
	e, err := w.desk.Door.Say(w.Context(), w.who(username), d)
	w.must(err)
	return e
}

// groups are all groups of pages, as node lists them.
// TestEveryGroupIsWalked: a group of pages that the walks below do not know could tell anybody of a case, and nothing would say so.
func TestEveryGroupIsWalked(t *testing.T) {
	folders, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for _, f := range folders {
		if f.IsDir() {
			n++
		}
	}
	if n != len(groups()) {
		t.Errorf("%d folders hold groups of pages, and the walks know %d: name the new one in groups()", n, len(groups()))
	}
}

func groups() []face.Pages {
	return []face.Pages{today.Pages(), cases.Pages(), say.Pages(), members.Pages(), visits.Pages(), partners.Pages(), signin.Pages(), settings.Pages(), packs.Pages(), upkeep.Pages(), images.Pages(), lab.Pages(), segment.Pages(), compare.Pages(), erasures.Pages(), registrypage.Pages(), reply.Pages()}
}
