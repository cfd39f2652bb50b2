//go:build linux || darwin

package local

import (
	"os"
	"runtime"
	"syscall"
	"time"
)

// peakMemory returns the most resident memory that a process had, in bytes.
func peakMemory(state *os.ProcessState) int64 {
	u, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	peak := int64(u.Maxrss) //nolint:unconvert // 32 bits wide on 32-bit systems
	if runtime.GOOS == "darwin" {
		return peak
	}
	return peak << 10 // Linux counts in KiB
}

// OwnCPU returns the processor time of this process so far.
func OwnCPU() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
