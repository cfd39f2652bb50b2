package store

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/cockroachdb/pebble/v2"
)

// Metrics are numbers of an open store. Counters run since Open.
type Metrics struct {
	DiskBytes     uint64 // all files, logs too
	MemTableBytes uint64 // recent writes held in memory
	CacheBytes    int64  // blocks held in memory
	CacheHits     int64
	CacheMisses   int64

	Flushes           int64
	Compactions       int64
	CompactionDebt    uint64 // estimated bytes still to be compacted
	ReadAmplification int    // files that a lookup may have to ask

	WriteStalls   int64 // times that writers had to wait for the disk
	WriteStallFor time.Duration
}

// Metrics returns the numbers as they are now.
func (s *Store) Metrics() Metrics {
	m := s.db.Metrics()
	return Metrics{
		DiskBytes:         m.DiskSpaceUsage(),
		MemTableBytes:     m.MemTable.Size,
		CacheBytes:        m.BlockCache.Size,
		CacheHits:         m.BlockCache.Hits,
		CacheMisses:       m.BlockCache.Misses,
		Flushes:           m.Flush.Count,
		Compactions:       m.Compact.Count,
		CompactionDebt:    m.Compact.EstimatedDebt,
		ReadAmplification: m.ReadAmp(),
		WriteStalls:       s.stalls.count.Load(),
		WriteStallFor:     time.Duration(s.stalls.nanos.Load()),
	}
}

// Checkpoint writes a copy of the store, as it is now, to a directory that
// does not exist yet. Files are hard links where the file system has them, so
// it is quick; but bytes that are erased from the store later stay in the
// copy, whose lifetime the caller must bound.
func (s *Store) Checkpoint(dir string) error {
	if err := s.db.Checkpoint(dir, pebble.WithFlushedWAL()); err != nil {
		return s.wrap("checkpoint", err)
	}
	return writeIdentity(s.fs, dir, s.identity)
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
