//go:build nodes

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"consilium/store/storetest"
)

// TestTheWalksOnTwoNodes runs the browser tests at hospitals of two nodes each, on PostgreSQL and S3 and behind balancers, while a node is killed and started anew every minute.
// It takes some fifteen minutes, so it stands behind a build tag: make nodes. WALKS names one file instead of all; KILL how often.
func TestTheWalksOnTwoNodes(t *testing.T) {
	_, bucket := storetest.Bucket(t)
	program, err := exec.LookPath("consilium-pair")
	if err != nil {
		t.Fatal(err)
	}
	every := "1m"
	if said := os.Getenv("KILL"); said != "" {
		every = said
	}
	walks := filepath.Join("..", "..", "web", "browser", "*.test.js")
	if said := os.Getenv("WALKS"); said != "" {
		walks = filepath.Join("..", "..", said)
	}
	files, err := filepath.Glob(walks)
	if err != nil || len(files) == 0 {
		t.Fatalf("no walks at %s: %v", walks, err)
	}
	tests := exec.CommandContext(t.Context(), "node", append([]string{"--test", "--test-reporter=spec", "--test-concurrency=1"}, files...)...)
	tests.Env = append(os.Environ(), "CONSILIUM="+program, pairDB+"="+storetest.Postgres(t).URL, pairBlobs+"="+bucket, pairKill+"="+every)
	tests.Stdout, tests.Stderr = os.Stdout, os.Stderr
	if err := tests.Run(); err != nil {
		t.Fatal(err)
	}
}
