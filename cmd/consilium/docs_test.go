package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"consilium/store/storetest"
)

// TestDocumentsAreTrue runs the commands in the documents, in the order in which a reader types them: every line of every block marked sh. A document's
// blocks share one folder.
func TestDocumentsAreTrue(t *testing.T) {
	root := filepath.Join("..", "..")
	documents, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	documents = append(documents, filepath.Join(root, "README.md"))
	makefile, err := os.ReadFile(filepath.Join(root, "Makefile"))
	if err != nil {
		t.Fatal(err)
	}
	dir, ran := t.TempDir(), 0
	s3, _ := storetest.Bucket(t)
	database := storetest.Postgres(t).URL
	for _, path := range documents {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		script := scriptOf(t, path, string(text), string(makefile), s3, database)
		ran += strings.Count(script, "exec consilium")
		name := strings.TrimSuffix(filepath.Base(path), ".md") + ".txt"
		if err := os.WriteFile(filepath.Join(dir, name), []byte(script), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if ran < 10 {
		t.Errorf("only %d commands were found in the documents", ran)
	}
	examples := os.DirFS(root)
	testscript.Run(t, testscript.Params{Dir: dir, RequireExplicitExec: true, Cmds: commands, Setup: func(e *testscript.Env) error {
		e.Setenv("AWS_ACCESS_KEY_ID", s3.KeyID)
		e.Setenv("AWS_SECRET_ACCESS_KEY", s3.Secret)
		below, err := fs.Sub(examples, "docs/examples")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(e.WorkDir, "passphrase.txt"), []byte("correct horse battery staple\n"), 0o600); err != nil {
			return err
		}
		return os.CopyFS(filepath.Join(e.WorkDir, "docs", "examples"), below)
	}})
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```")

// scriptOf turns a document's shell blocks into a script. Commands that do not end become the script's own serve; make's targets have to exist.
func scriptOf(t *testing.T, path, text, makefile string, s3 *storetest.S3, database string) string {
	var script strings.Builder
	text = strings.ReplaceAll(text, "endpoint=https://s3.hospital.example&region=eu-central-1", "endpoint="+s3.Endpoint+"&region=us-east-1")
	text = strings.ReplaceAll(text, "postgres://consilium@db.hospital.example/quay", database)
	for _, block := range shellBlock.FindAllStringSubmatch(text, -1) {
		for line := range strings.Lines(strings.ReplaceAll(block[1], "\\\n", " ")) {
			line, _, _ = strings.Cut(strings.TrimSpace(line), "  #")
			line = strings.TrimSpace(line)
			fields := strings.Fields(line)
			switch {
			case len(fields) == 0:
			case fields[0] == "make":
				if len(fields) > 1 && !strings.Contains(makefile, "\n"+fields[1]+":") {
					t.Errorf("%s: make has no target %s", path, fields[1])
				}
			case fields[0] == "git" || fields[0] == "cd":
			case len(fields) > 1 && fields[0] == "consilium" && fields[1] == "serve":
				script.WriteString("serve " + after(fields, "--data") + "\n")
			case fields[0] == "consilium":
				script.WriteString("exec " + singleQuoted(line) + "\n")
			default:
				t.Errorf("%s: a reader is told to type %q, which this test does not know how to run", path, line)
			}
		}
	}
	return script.String()
}

// singleQuoted writes a shell line's double quotes as single ones, which are all that scripts know.
func singleQuoted(line string) string {
	out, inside := []byte(line), false
	for i, c := range out {
		switch {
		case c == '\'':
			inside = !inside
		case c == '"' && !inside:
			out[i] = '\''
		}
	}
	return string(out)
}

func after(fields []string, flag string) string {
	for i, f := range fields {
		if f == flag && i+1 < len(fields) {
			return fields[i+1]
		}
	}
	return "."
}
