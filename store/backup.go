package store

import (
	"archive/tar"
	"bufio"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"filippo.io/age"
)

// A backup is a folder. Everything that tells of anybody is closed with age, to a recipient whose identity is kept elsewhere:
//
//	backup.json    what this is, in the clear: the form, when, for which recipient. It is written last
//	key.age        where a passphrase closes the backup: the identity, closed by the passphrase
//	folder.age     one tar: the small files of the data folder (keys, configuration), and the database
//	blobs/ab/*.age each blob, under a name that only the data folder can tell from its hash
//	blobs.age      which blobs there were: one that is missing is noticed
//	…              files that hold nothing of what they name, as they are
//
// A second backup to the same place copies only blobs that are new.
const (
	backupForm  = 1
	backupFile  = "backup.json"
	backupKey   = "key.age"
	folderFile  = "folder.age"
	blobList    = "blobs.age"
	backupNames = "keys/backup" // in the data folder: what names of blobs are made with
)

// Sealing says to whom a backup is closed: one of the two.
type Sealing struct {
	Recipient  string // age's, as text: age1…
	Passphrase string
}

// Opening says how a backup is opened: one of the two.
type Opening struct {
	Identity   string // age's, as text: AGE-SECRET-KEY-…
	Passphrase string
}

var (
	// ErrSealing says that a backup was asked for without saying, or saying twice, to whom it is closed.
	ErrSealing = errors.New("a backup is closed to a recipient (age1…) or by a passphrase of at least 12 letters: say one of them")
	// ErrOtherRecipient says that the folder holds a backup for somebody else.
	ErrOtherRecipient = errors.New("the folder holds a backup that is closed to another recipient; choose another folder")
	// ErrOpening says that the key does not open the backup, or that it was changed.
	ErrOpening = errors.New("the backup is not opened by this, or was changed")
)

type backupHead struct {
	Form      int       `json:"form"`
	Made      time.Time `json:"made"`
	Recipient string    `json:"recipient"`
	Without   []Left    `json:"without,omitempty"`
}

// Left is something that a backup does not hold, because its operator's own tools copy it better.
type Left string

// What a backup may be without.
const (
	LeftDatabase Left = "database" // it is PostgreSQL's
	LeftFiles    Left = "files"    // they are in an object store
)

// Without tells what a backup of this store does not hold.
func (s *Store) Without() (list []Left) {
	if s.Postgres() {
		list = append(list, LeftDatabase)
	}
	if _, bucket := s.blobs.(*Bucket); bucket {
		list = append(list, LeftFiles)
	}
	return list
}

// Backup writes a copy of the data folder to dst while everything goes on: the database as of one moment and the named files of the folder (keys, configuration), then the
// blobs. Files in the clear are copied as they are. It never deletes a blob: what was erased since is removed again when the backup is restored with the newest list of erasures.
//
// The database comes first: a blob is stored before the entry that names it, so every entry in the copy finds its blobs. A backup that was cut short is completed by the next.
// A database of PostgreSQL and blobs of a bucket are not in it ([Store.Without]): their operators copy those, the database first.
func (s *Store) Backup(ctx context.Context, dst string, seal Sealing, clear []string, files ...string) error {
	if err := checkBackupPlace(s.dir, dst); err != nil {
		return err
	}
	if err := makeFolder(dst); err != nil {
		return fmt.Errorf("making the backup's folder: %w", sorted(err))
	}
	to, err := sealTo(dst, seal)
	if err != nil {
		return err
	}
	names, err := s.nameKey()
	if err != nil {
		return err
	}
	if !slices.Contains(files, backupNames) {
		files = append(slices.Clip(files), backupNames)
	}
	if err := s.backupFolder(ctx, dst, to, files); err != nil {
		return fmt.Errorf("backing up the database: %w", sorted(err))
	}
	if !slices.Contains(s.Without(), LeftFiles) {
		if err := s.backupBlobs(ctx, dst, to, names); err != nil {
			return fmt.Errorf("backing up the blobs: %w", sorted(err))
		}
	}
	for _, name := range clear {
		if err := copyFile(ctx, filepath.Join(s.dir, name), filepath.Join(dst, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("copying %s: %w", name, sorted(err))
		}
	}
	head, err := json.Marshal(backupHead{backupForm, s.now().UTC(), to.text, s.Without()})
	if err != nil {
		return err
	}
	return writeFile(filepath.Join(dst, backupFile), head)
}

// recipient is to whom a backup is closed.
type recipient struct {
	age.Recipient
	text string
}

// sealTo finds to whom the backups in a folder are closed. The first one with a passphrase makes an identity and closes that with it: so the later ones need no passphrase to be slow.
func sealTo(dst string, seal Sealing) (recipient, error) {
	if (seal.Recipient == "") == (seal.Passphrase == "") || seal.Passphrase != "" && len(seal.Passphrase) < 12 {
		return recipient{}, ErrSealing
	}
	before, err := readBackupHead(dst)
	if err != nil && !errors.Is(err, ErrNoStore) {
		return recipient{}, err
	}
	text := strings.TrimSpace(seal.Recipient)
	if seal.Passphrase != "" {
		if text, err = keyOf(dst, seal.Passphrase); err != nil {
			return recipient{}, err
		}
	}
	if before.Recipient != "" && before.Recipient != text {
		return recipient{}, ErrOtherRecipient
	}
	list, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil || len(list) != 1 {
		return recipient{}, errors.Join(ErrSealing, err)
	}
	return recipient{list[0], text}, nil
}

// keyOf opens the identity of a folder of backups with a passphrase, or makes it, and gives its recipient.
func keyOf(dst, passphrase string) (string, error) {
	path := filepath.Join(dst, backupKey)
	text, err := openKey(path, passphrase)
	if errors.Is(err, fs.ErrNotExist) {
		if text, err = makeKey(path, passphrase); err != nil {
			return "", err
		}
	}
	if err != nil {
		return "", err
	}
	identity, err := age.ParseHybridIdentity(text)
	if err != nil {
		return "", errors.Join(ErrOpening, err)
	}
	return identity.Recipient().String(), nil
}

func makeKey(path, passphrase string) (string, error) {
	identity, err := age.GenerateHybridIdentity()
	if err != nil {
		return "", err
	}
	by, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	w, err := age.Encrypt(&out, by)
	if err == nil {
		_, err = io.WriteString(w, identity.String())
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = writeFile(path, []byte(out.String()))
	}
	return identity.String(), err
}

func openKey(path, passphrase string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	by, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return "", errors.Join(ErrOpening, err)
	}
	r, err := age.Decrypt(io.LimitReader(f, 64<<10), by)
	if err != nil {
		return "", errors.Join(ErrOpening, err)
	}
	text, err := io.ReadAll(io.LimitReader(r, 16<<10))
	if err != nil {
		return "", errors.Join(ErrOpening, err)
	}
	return strings.TrimSpace(string(text)), nil
}

func readBackupHead(dir string) (h backupHead, err error) {
	raw, err := os.ReadFile(filepath.Join(dir, backupFile))
	if errors.Is(err, fs.ErrNotExist) {
		return h, fmt.Errorf("there is no backup in %s: %w", dir, ErrNoStore)
	}
	if err != nil {
		return h, fmt.Errorf("reading the backup: %w", err)
	}
	if err := json.Unmarshal(raw, &h); err != nil || h.Form != backupForm {
		return h, fmt.Errorf("the backup in %s has form %d; this release reads form %d", dir, h.Form, backupForm)
	}
	return h, nil
}

// nameKey is what the names of blobs in a backup are made with: without it, nobody tells from a name which file it is.
func (s *Store) nameKey() ([]byte, error) {
	path := filepath.Join(s.dir, filepath.FromSlash(backupNames))
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		raw = []byte(hex.EncodeToString(randomBytes(32)) + "\n")
		if err = makeFolder(filepath.Dir(path)); err == nil {
			err = writeFile(path, raw)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("reading what names in a backup are made with: %w", sorted(err))
	}
	return []byte(strings.TrimSpace(string(raw))), nil
}

func blobName(names []byte, hash Hash) string {
	m := hmac.New(sha256.New, names)
	m.Write(hash[:])
	name := hex.EncodeToString(m.Sum(nil))
	return filepath.Join(blobFolder, name[:2], name+".age")
}

// backupFolder writes the tar: the database as of one moment, and small files.
func (s *Store) backupFolder(ctx context.Context, dst string, to recipient, files []string) error {
	copied := filepath.Join(s.dir, databaseFile+".copy")
	defer os.Remove(copied)
	if !s.Postgres() {
		if err := s.copyDatabase(ctx, copied); err != nil {
			return err
		}
	}
	return s.seal(filepath.Join(dst, folderFile), to, func(w io.Writer) error {
		t := tar.NewWriter(w)
		for _, name := range files {
			if err := addFile(t, filepath.Join(s.dir, filepath.FromSlash(name)), filepath.ToSlash(name)); err != nil {
				return err
			}
		}
		if !s.Postgres() {
			if err := addFile(t, copied, databaseFile); err != nil {
				return err
			}
		}
		return t.Close()
	})
}

func (s *Store) copyDatabase(ctx context.Context, path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	db, err := sql.Open("sqlite", sqliteDSN(filepath.Join(s.dir, databaseFile), "rw", "deferred", 10*time.Second))
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, "VACUUM INTO $1", path)
	return err
}

// backupBlobs closes each blob that is not in the backup yet, and then the list of them.
func (s *Store) backupBlobs(ctx context.Context, dst string, to recipient, names []byte) error {
	var list strings.Builder
	err := s.blobs.Walk(ctx, func(hash Hash, size int64) error {
		there, err := s.backupBlob(ctx, dst, to, names, hash)
		if there {
			fmt.Fprintf(&list, "%x\n", hash)
		}
		return err
	})
	if err != nil {
		return err
	}
	return s.seal(filepath.Join(dst, blobList), to, func(w io.Writer) error {
		_, err := io.WriteString(w, list.String())
		return err
	})
}

func addFile(t *tar.Writer, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if err := t.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: info.Size(), Typeflag: tar.TypeReg}); err != nil {
		return err
	}
	_, err = io.Copy(t, io.LimitReader(f, info.Size()))
	return err
}

func (s *Store) backupBlob(ctx context.Context, dst string, to recipient, names []byte, hash Hash) (there bool, err error) {
	path := filepath.Join(dst, blobName(names, hash))
	if _, err := os.Stat(path); err == nil {
		return true, nil // it got its name whole, and blobs never change
	}
	f, _, err := s.blobs.Open(ctx, hash)
	if errors.Is(err, ErrNoBlob) {
		return false, nil // erased meanwhile
	}
	if err != nil {
		return false, err
	}
	defer f.Close()
	if err := makeFolder(filepath.Dir(path)); err != nil {
		return false, err
	}
	return true, s.seal(path, to, func(w io.Writer) error {
		_, err := copyBytes(ctx, w, f, math.MaxInt64)
		return err
	})
}

// seal writes a closed file, whole or not at all.
func (s *Store) seal(path string, to recipient, write func(io.Writer) error) error {
	out, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	buffered := bufio.NewWriterSize(out, copyBuffer)
	w, err := age.Encrypt(buffered, to.Recipient)
	if err == nil {
		err = write(w)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = buffered.Flush()
	}
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return rename(out.Name(), path)
}

// copyFile copies a file; it is there whole or not at all.
func copyFile(ctx context.Context, from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := makeFolder(filepath.Dir(to)); err != nil {
		return err
	}
	out, err := os.CreateTemp(filepath.Dir(to), filepath.Base(to)+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(out.Name())
	_, err = copyBytes(ctx, out, io.Reader(in), math.MaxInt64)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return err
	}
	return rename(out.Name(), to)
}
