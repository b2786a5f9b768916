//go:build unix

package storetest

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"consilium/store"
)

// WithStandby is Postgres on a primary of its own with a synchronous standby, whose address names both, and what loses the primary and promotes the standby.
func WithStandby(t testing.TB) (o store.Options, failOver func()) {
	t.Helper()
	primary, err := startCluster()
	if err != nil {
		t.Fatal(err)
	}
	own := databaseOn(t, primary)
	standby, err := standbyOf(primary)
	if err != nil {
		t.Fatal(err)
	}
	ask(t, primary, `ALTER SYSTEM SET synchronous_standby_names = '*'`) // after the copy was made: a standby that is promoted waits for nobody
	ask(t, primary, `SELECT pg_reload_conf()`)
	awaitSync(t, primary)
	both := *own
	both.RawQuery = url.Values{"host": {primary.Query().Get("host") + "," + standby.Query().Get("host")}, "sslmode": {"disable"}, "target_session_attrs": {"read-write"}}.Encode()
	return store.Options{Dir: t.TempDir(), URL: both.String(), Create: true}, func() {
		t.Helper()
		killServer(t, primary)
		ask(t, standby, `SELECT pg_promote()`)
	}
}

// standbyOf copies a running server and starts the copy as its standby.
func standbyOf(primary *url.URL) (*url.URL, error) {
	bin, err := programs()
	if err != nil {
		return nil, err
	}
	as, err := serverUser()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "consilium-pg-")
	if err == nil && as != nil {
		err = os.Chown(dir, int(as.Uid), int(as.Gid))
	}
	if err != nil {
		return nil, err
	}
	copying := exec.Command(filepath.Join(bin, "pg_basebackup"), "-h", primary.Query().Get("host"), "-U", "consilium", "-D", filepath.Join(dir, "data"), "-R", "-X", "stream", "-c", "fast")
	copying.Dir = dir
	copying.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	if said, err := copying.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("copying the primary: %w\n%s", err, said)
	}
	if err := guard(bin, dir, as); err != nil {
		return nil, err
	}
	at := *primary
	at.RawQuery = url.Values{"host": {dir}, "port": {"5432"}, "sslmode": {"disable"}}.Encode()
	return &at, await(&at, filepath.Join(dir, "log"))
}

// awaitSync waits until commits wait for the standby.
func awaitSync(t testing.TB, primary *url.URL) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), primary.String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	for deadline := time.Now().Add(60 * time.Second); ; {
		var n int
		if err := conn.QueryRow(context.Background(), `SELECT COUNT(*) FROM pg_stat_replication WHERE sync_state IN ('sync', 'quorum')`).Scan(&n); err != nil {
			t.Fatal(err)
		}
		if n > 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the standby does not become synchronous")
		}
		time.Sleep(50 * time.Millisecond) // polling another program
	}
}
