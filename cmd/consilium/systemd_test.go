package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"consilium/node"
)

// TestTheUnitFilesHold has systemd judge the files that an administrator copies, and the program the commands in them.
func TestTheUnitFilesHold(t *testing.T) {
	files, err := filepath.Glob("../../docs/examples/systemd/consilium*")
	if err != nil || len(files) != 3 {
		t.Fatal(files, err)
	}
	dir := t.TempDir()
	args := []string{"verify", "--man=no", "--generators=no"}
	for _, file := range files {
		raw, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(raw)) {
			command, ok := strings.CutPrefix(strings.TrimSpace(line), "ExecStart=/usr/local/bin/consilium ")
			if !ok {
				continue
			}
			parser, err := parserOf(t.Context(), &cli{}, node.Rooms(), nil)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := parser.Parse(strings.Fields(command)); err != nil {
				t.Errorf("%s: consilium %s: %v", file, command, err)
			}
		}
		copied := filepath.Join(dir, filepath.Base(file))
		if err := os.WriteFile(copied, []byte(strings.ReplaceAll(string(raw), "/usr/local/bin/consilium", "/bin/true")), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, copied)
	}
	if out, err := exec.Command("systemd-analyze", args...).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
