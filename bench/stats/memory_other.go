//go:build !unix

package main

import (
	"os"
	"time"
)

// largestMB is not known on this system.
func largestMB(*os.ProcessState) float64 { return 0 }

// processorTime is not known on this system.
func processorTime() time.Duration { return 0 }
