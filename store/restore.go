package store

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
)

// backup is one that is open.
type backup struct {
	dir  string
	by   []age.Identity
	head backupHead
}

func (b *backup) lacks(l Left) bool { return slices.Contains(b.head.Without, l) }

func openBackup(dir string, o Opening) (*backup, error) {
	head, err := readBackupHead(dir)
	if err != nil {
		return nil, err
	}
	text := o.Identity
	if (o.Identity == "") == (o.Passphrase == "") {
		return nil, fmt.Errorf("%w: say an identity or a passphrase", ErrOpening)
	}
	if o.Passphrase != "" {
		if text, err = openKey(filepath.Join(dir, backupKey), o.Passphrase); err != nil {
			return nil, errors.Join(ErrOpening, err)
		}
	}
	by, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil {
		return nil, errors.Join(ErrOpening, err)
	}
	return &backup{dir, by, head}, nil
}

// open gives a closed file's bytes. That they are whole is known at their end.
func (b *backup) open(name string) (io.Reader, io.Closer, error) {
	f, err := os.Open(filepath.Join(b.dir, name))
	if err != nil {
		return nil, nil, err
	}
	r, err := age.Decrypt(bufio.NewReaderSize(f, copyBuffer), b.by...)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s: %w: %w", name, ErrOpening, err), f.Close())
	}
	return r, f, nil
}

// Settling is how a restore ends. A restore that is cut short leaves a folder that does not open: what it cannot open without comes last.
type Settling struct {
	Last   string                     // the small file without which the folder does not open; "": the database
	Before func(without []Left) error // done when all but the last file is in place; nil: nothing
}

// Restore copies a backup to an empty folder, checking every blob on the way, and tells what was not in it. The folder's next Open finds [MetaRolledBack] where the
// database was.
func Restore(ctx context.Context, from, dir string, o Opening, s Settling) (without []Left, err error) {
	b, err := openBackup(from, o)
	if err != nil {
		return nil, err
	}
	if err := emptyFolder(dir); err != nil {
		return nil, err
	}
	return b.head.Without, b.restore(ctx, dir, s)
}

func (b *backup) restore(ctx context.Context, dir string, s Settling) error {
	blobs, err := OpenFolder(filepath.Join(dir, blobFolder))
	if err != nil {
		return err
	}
	last := s.Last
	if last == "" && !b.lacks(LeftDatabase) {
		last = databaseFile
	}
	if err := b.unpack(ctx, dir, last); err != nil {
		return fmt.Errorf("restoring: %w", sorted(err))
	}
	_, err = b.eachBlob(ctx, dir, func(r io.Reader) (Hash, error) {
		hash, _, err := blobs.Put(ctx, r, math.MaxInt64)
		return hash, err
	})
	if err != nil {
		return fmt.Errorf("restoring the blobs: %w", sorted(err))
	}
	if s.Before != nil {
		if err := s.Before(b.head.Without); err != nil {
			return err
		}
	}
	if last == "" {
		return nil
	}
	return sorted(rename(filepath.Join(dir, last+unsettled), filepath.Join(dir, last)))
}

func emptyFolder(dir string) error {
	if err := makeFolder(dir); err != nil {
		return fmt.Errorf("restoring: %w", sorted(err))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("restoring: %w", err)
	}
	if len(entries) > 0 {
		return fmt.Errorf("restoring to %s: %w", dir, ErrNotEmpty)
	}
	return nil
}

// CheckBackup opens everything in a backup and compares each blob with its hash, without installing it. The database and the small files are laid into an empty folder, for who looks
// further; the blobs are not. It tells how many blobs there are, and what is not in it.
func CheckBackup(ctx context.Context, from, dir string, o Opening) (blobs int, without []Left, err error) {
	b, err := openBackup(from, o)
	if err != nil {
		return 0, nil, err
	}
	if err := emptyFolder(dir); err != nil {
		return 0, nil, err
	}
	if err := b.unpack(ctx, dir, ""); err != nil {
		return 0, nil, fmt.Errorf("checking the backup: %w", sorted(err))
	}
	blobs, err = b.eachBlob(ctx, dir, func(r io.Reader) (Hash, error) {
		sum := sha256.New()
		_, err := copyBytes(ctx, sum, r, math.MaxInt64)
		return Hash(sum.Sum(nil)), err
	})
	return blobs, b.head.Without, sorted(err)
}

// unsettled ends the name of the last file of a restore until all else is in place.
const unsettled = ".new"

// unpack lays the small files and the database into a folder, one of them under another name.
func (b *backup) unpack(ctx context.Context, dir, last string) error {
	r, f, err := b.open(folderFile)
	if err != nil {
		return err
	}
	defer f.Close()
	t, found := tar.NewReader(r), false
	for {
		h, err := t.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return errors.Join(ErrOpening, err)
		}
		if h.Typeflag != tar.TypeReg || !filepath.IsLocal(filepath.FromSlash(h.Name)) {
			return fmt.Errorf("%s is not a name inside the data folder: %w", h.Name, ErrOpening)
		}
		to := filepath.Join(dir, filepath.FromSlash(h.Name))
		found = found || h.Name == databaseFile
		if h.Name == last {
			to += unsettled
		}
		if err := layFile(ctx, to, t); err != nil {
			return err
		}
	}
	if _, err := io.Copy(io.Discard, r); err != nil { // to the end: only there it is known that nothing was cut off
		return errors.Join(ErrOpening, err)
	}
	if !found && !b.lacks(LeftDatabase) {
		return fmt.Errorf("the backup holds no database: %w", ErrNoStore)
	}
	return nil
}

// layFile makes a file whole or not at all.
func layFile(ctx context.Context, to string, r io.Reader) error {
	if err := makeFolder(filepath.Dir(to)); err != nil {
		return err
	}
	half := to + ".half"
	out, err := os.OpenFile(half, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err = about("bytes"); err == nil {
		_, err = copyBytes(ctx, out, r, math.MaxInt64)
	}
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return rename(half, to)
}

// eachBlob reads every blob of the backup; fn gives the hash of what it read. A blob under a name that is not its own was put there, or changed; one that the list names and that is
// not there is lost.
func (b *backup) eachBlob(ctx context.Context, dir string, fn func(io.Reader) (Hash, error)) (n int, err error) {
	if b.lacks(LeftFiles) {
		return 0, nil
	}
	names, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(backupNames)))
	if err != nil {
		return 0, err
	}
	names = []byte(strings.TrimSpace(string(names)))
	read := map[string]bool{}
	err = filepath.WalkDir(filepath.Join(b.dir, blobFolder), func(path string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil // a hospital without files
		}
		if err = errors.Join(err, ctx.Err()); err != nil || d.IsDir() || !strings.HasSuffix(path, ".age") {
			return err
		}
		name, err := filepath.Rel(b.dir, path)
		if err != nil {
			return err
		}
		if err := b.readBlob(name, names, fn); err != nil {
			return err
		}
		read[name] = true
		return nil
	})
	if err != nil {
		return 0, err
	}
	return len(read), b.allRead(names, read)
}

func (b *backup) readBlob(name string, names []byte, fn func(io.Reader) (Hash, error)) error {
	r, f, err := b.open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	hash, err := fn(r)
	if err != nil {
		return fmt.Errorf("%s: %w", name, errors.Join(ErrOpening, err))
	}
	if blobName(names, hash) != name {
		return fmt.Errorf("%s: %w", name, ErrWrongHash)
	}
	return nil
}

// allRead compares with the list.
func (b *backup) allRead(names []byte, read map[string]bool) error {
	r, f, err := b.open(blobList)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		var hash Hash
		if n, err := hex.Decode(hash[:], trimName(lines.Text())); err != nil || n != len(hash) {
			return fmt.Errorf("its list of files: %w", ErrOpening)
		}
		if !read[blobName(names, hash)] {
			return fmt.Errorf("file %x is missing in the backup: %w", hash[:4], ErrNoBlob)
		}
	}
	if err := lines.Err(); err != nil {
		return errors.Join(ErrOpening, err)
	}
	return nil
}

func randomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}
