package store_test

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"consilium/store"
	"consilium/store/storetest"
)

// TestMain lets a crash test run this binary as a program that writes until it is killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("STORE_CRASH_DIR"); dir != "" {
		writeForever(store.Options{Dir: dir, URL: os.Getenv("STORE_CRASH_URL")})
	}
	os.Exit(m.Run())
}

// writeForever writes rows from eight goroutines and says the number of each that was acknowledged.
func writeForever(o store.Options) {
	o.Migrations = append(o.Migrations, lines)
	s, err := store.Open(context.Background(), o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	var next atomic.Int64
	var said sync.Mutex
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for {
				n := int(next.Add(1))
				err := s.Update(context.Background(), func(ctx context.Context, tx *sql.Tx) error {
					if err := add(2*n)(ctx, tx); err != nil {
						return err
					}
					return add(2*n+1)(ctx, tx) // two rows: both or neither
				})
				if err != nil {
					fmt.Fprintln(os.Stderr, err)
					os.Exit(1)
				}
				said.Lock()
				fmt.Println(n)
				said.Unlock()
			}
		})
	}
	all.Wait()
}

func TestAcknowledgedWritesSurviveKill9(t *testing.T) {
	storetest.EachOptions(t, rooms, func(t *testing.T, o store.Options) {
		if err := reopen(t, o); err != nil {
			t.Fatal(err)
		}
		acknowledged := killAfter(t, o, 300)
		s := storetest.Open(t, o)
		rows := numbers(t, s)
		for _, n := range acknowledged {
			if _, found := slices.BinarySearch(rows, 2*n); !found {
				t.Errorf("write %d was acknowledged and is lost", n)
			}
		}
		for _, n := range rows {
			if _, found := slices.BinarySearch(rows, n^1); !found {
				t.Errorf("half of write %d is there", n/2)
			}
		}
		t.Logf("%d acknowledged, %d rows", len(acknowledged), len(rows))
	})
}

// killAfter kills the writing program without warning once it has acknowledged so many writes, and returns all
// that it acknowledged.
func killAfter(t *testing.T, o store.Options, enough int) []int {
	t.Helper()
	child := exec.Command(os.Args[0])
	child.Env = append(os.Environ(), "STORE_CRASH_DIR="+o.Dir, "STORE_CRASH_URL="+o.URL)
	child.Stderr = os.Stderr
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var acknowledged []int
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		n, err := strconv.Atoi(scanner.Text())
		if err != nil {
			break // cut in the middle of a line
		}
		if acknowledged = append(acknowledged, n); len(acknowledged) == enough {
			child.Process.Kill()
		}
	}
	child.Wait()
	if len(acknowledged) < enough {
		t.Fatalf("the program ended by itself after %d writes", len(acknowledged))
	}
	return acknowledged
}
