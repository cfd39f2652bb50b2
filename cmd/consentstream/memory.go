package main

import (
	"os"
	"runtime/debug"
)

// heapLimit is what the garbage collector keeps the heap of a long-running
// command below where it can. The store's cache and memtables come on top, so
// that a process stays under 1 GiB.
const heapLimit = 560 << 20

// heapGrowth is how many percent the heap grows between two collections while it
// is far from the limit: what lives is small, and collecting it again and again
// costs more than the memory in between.
const heapGrowth = 400

// limitMemory makes the collector work harder near the limit and less far from
// it, unless GOMEMLIMIT and GOGC say otherwise.
func limitMemory() {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(heapLimit)
	}
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(heapGrowth)
	}
}
