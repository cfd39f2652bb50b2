//go:build !linux && !darwin

package local

import (
	"os"
	"time"
)

// peakMemory is not known on this system.
func peakMemory(*os.ProcessState) int64 { return 0 }

// OwnCPU is not known on this system.
func OwnCPU() time.Duration { return 0 }
