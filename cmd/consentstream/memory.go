package main

import (
	"os"
	"runtime/debug"
)

// heapLimit is what the garbage collector keeps the heap of a long-running
// command below where it can. The store's cache and memtables come on top, so
// that a process stays under 1 GiB.
const heapLimit = 560 << 20

// limitMemory makes the collector work harder near the limit, unless GOMEMLIMIT
// says otherwise.
func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapLimit)
	}
}
