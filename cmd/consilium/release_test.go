package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// previousRelease builds the program of the release before this one from this repository's history, once, into the user's cache. The file testdata/previous-release names the release and its commit, so
// that a clone without tags has it too; whoever makes a release writes it there.
func previousRelease(t *testing.T) (program string) {
	t.Helper()
	said, err := os.ReadFile("testdata/previous-release")
	if err != nil {
		t.Fatal(err)
	}
	name, commit, _ := strings.Cut(strings.TrimSpace(string(said)), " ")
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "consilium", name+"@"+commit)
	program = filepath.Join(dir, "consilium")
	if _, err := os.Stat(program); err == nil {
		return program
	} else if !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	source := sourceOf(t, name, commit)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	fresh := filepath.Join(source, "consilium.built")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-buildvcs=false", "-o", fresh, "./cmd/consilium")
	build.Dir = source
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("release %s does not build: %v\n%s", name, err, out)
	}
	if err := moveInto(fresh, program); err != nil {
		t.Fatal(err)
	}
	return program
}

// sourceOf lays a commit out in a folder.
func sourceOf(t *testing.T, name, commit string) string {
	t.Helper()
	archive := exec.CommandContext(t.Context(), "git", "archive", "--format=tar", commit)
	archive.Dir = filepath.Join("..", "..") // a folder below gives only what lies in it
	var tar, complaint bytes.Buffer
	archive.Stdout, archive.Stderr = &tar, &complaint
	if err := archive.Run(); err != nil && withoutHistory() {
		t.Skipf("NOT TRIED: the upgrade from release %s is built from the repository's history, and this copy has none; tools/test says so too", name)
	} else if err != nil {
		t.Fatalf("this test builds the release before this one, %s, from the repository's history, and its commit %s is not here (%v: %s). It needs git and a whole clone: git fetch --unshallow",
			name, commit, err, strings.TrimSpace(complaint.String()))
	}
	dir := t.TempDir()
	unpack := exec.CommandContext(t.Context(), "tar", "-x", "-C", dir)
	unpack.Stdin = &tar
	if out, err := unpack.CombinedOutput(); err != nil {
		t.Fatalf("unpacking release %s: %v %s", name, err, out)
	}
	return dir
}

// withoutHistory tells that the sources came as an archive, or as a clone of the last commit alone.
func withoutHistory() bool {
	out, err := exec.Command("git", "rev-parse", "--is-shallow-repository").Output()
	return err != nil || strings.TrimSpace(string(out)) == "true"
}

// moveInto puts a file where others look for it, whole or not at all, also from another file system.
func moveInto(from, to string) error {
	content, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(to), "fresh-")
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	err = errors.Join(err, f.Chmod(0o755), f.Close())
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return os.Rename(f.Name(), to)
}
