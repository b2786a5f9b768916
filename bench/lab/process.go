package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// cost is what a process took.
type cost struct {
	wall, processor, megabytes float64
}

// measured runs a program to its end and says what it took; out is what it wrote to its standard output.
func measured(ctx context.Context, dir, program string, arguments ...string) (c cost, out []byte, err error) {
	command := exec.CommandContext(ctx, program, arguments...)
	command.Dir = dir
	var stdout, stderr bytes.Buffer
	command.Stdout, command.Stderr = &stdout, &stderr
	start := time.Now()
	if err := command.Run(); err != nil {
		return c, nil, fmt.Errorf("%s: %w\n%s%s", program, err, stdout.String(), stderr.String())
	}
	c.wall = time.Since(start).Seconds()
	if u, ok := command.ProcessState.SysUsage().(*syscall.Rusage); ok {
		c.processor = float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
		c.megabytes = float64(u.Maxrss) * 1024 / 1e6
	}
	return c, stdout.Bytes(), nil
}

// self is this program, to be run as a child.
func self() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// processorSeconds is what this process has used of all processors.
func processorSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}
