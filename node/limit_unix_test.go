//go:build unix

package node_test

import (
	"os/signal"
	"strconv"
	"syscall"
)

// limitFiles lets no file of this process grow beyond a number of bytes: the nearest thing to a full disk that needs no rights.
func limitFiles(bytes string) error {
	if bytes == "" {
		return nil
	}
	limit, err := strconv.ParseUint(bytes, 10, 64)
	if err != nil {
		return err
	}
	signal.Ignore(syscall.SIGXFSZ)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: limit, Max: limit})
}
