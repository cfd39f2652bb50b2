package store

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/bloom"
	"github.com/cockroachdb/redact"
)

const bloomBitsPerKey = 10

// maxMemTables is how many memtables there may be before writers have to wait:
// one fills while another is written out, a third absorbs a slow disk.
const maxMemTables = 3

// pebbleOptions are the settings that measured best for states of a few
// hundred bytes, written in sorted batches and read back in key order.
func pebbleOptions(o Options, cache *pebble.Cache, stalls *stalls, compactions *compactions, log *slog.Logger) *pebble.Options {
	l := &logger{log: log, exit: o.exit}
	l.opening.Store(true)
	p := &pebble.Options{
		FormatMajorVersion:          pebble.FormatNewest,
		ReadOnly:                    o.ReadOnly,
		Cache:                       cache,
		MemTableSize:                uint64(o.MemTableBytes),
		MemTableStopWritesThreshold: maxMemTables,
		L0CompactionThreshold:       4,
		L0StopWritesThreshold:       1000,
		// A large first level rewrites a state less often on its way down.
		LBaseMaxBytes: 512 << 20,
		// Erased bytes must leave the files soon, also when nothing is written.
		FlushDelayDeleteRange:      time.Second,
		CompactionConcurrencyRange: func() (int, int) { return 1, 2 },
		EventListener:              listener(stalls, l),
		Logger:                     l,
	}
	// Reads do not start compactions: what is read is soon rewritten anyway.
	p.Experimental.ReadSamplingMultiplier = -1
	p.Experimental.CompactionScheduler = compactions
	setLevels(p)
	if o.BulkLoad {
		p.DisableWAL = true
		p.L0CompactionThreshold, p.L0CompactionFileThreshold = bulkLoadFiles, bulkLoadFiles
	}
	return p
}

// bulkLoadFiles is how many files a bulk load may leave to later compactions.
const bulkLoadFiles = 256

// setLevels puts a bloom filter on every level but the last: there a filter
// would cost most memory and save least, since most looked-up keys exist.
func setLevels(p *pebble.Options) {
	p.ApplyCompressionSettings(func() pebble.DBCompressionSettings { return pebble.DBCompressionFastest })
	p.TargetFileSizes[0] = 8 << 20
	for i := range p.Levels {
		p.Levels[i].BlockSize = 8 << 10
		p.Levels[i].IndexBlockSize = 256 << 10
		p.Levels[i].FilterPolicy = bloom.FilterPolicy(bloomBitsPerKey)
	}
	p.Levels[len(p.Levels)-1].FilterPolicy = pebble.NoFilterPolicy
}

// stalls counts how often, and how long, writers had to wait for the disk.
type stalls struct {
	count   atomic.Int64
	nanos   atomic.Int64
	started atomic.Int64
}

func (s *stalls) begin() {
	s.count.Add(1)
	s.started.Store(time.Now().UnixNano())
}

func (s *stalls) end() { s.nanos.Add(time.Now().UnixNano() - s.started.Load()) }

// listener tells of what Pebble does in the background, in numbers only: its
// own texts may quote keys.
func listener(stalls *stalls, l *logger) *pebble.EventListener {
	log := l.log
	return &pebble.EventListener{
		BackgroundError: l.background,
		DataCorruption: func(info pebble.DataCorruptionInfo) {
			log.Error("corrupted file; stop, move the directory away and start again", "file", info.Path, "error", scrub(info.Details))
		},
		FlushEnd: func(info pebble.FlushInfo) {
			log.Debug("flushed", "bytes", info.InputBytes, "files", len(info.Output), "duration", info.TotalDuration)
		},
		CompactionEnd: func(info pebble.CompactionInfo) {
			log.Debug("compacted", "reason", info.Reason, "to_level", info.Output.Level, "files", len(info.Output.Tables), "duration", info.TotalDuration)
		},
		WriteStallBegin: func(info pebble.WriteStallBeginInfo) {
			stalls.begin()
			log.Warn("writes wait for the disk", "reason", info.Reason)
		},
		WriteStallEnd: stalls.end,
		DiskSlow: func(info pebble.DiskSlowInfo) {
			log.Warn("slow disk", "operation", info.OpType.String(), "duration", info.Duration)
		},
		LowDiskSpace: func(info pebble.LowDiskSpaceInfo) {
			log.Warn("low disk space", "available_bytes", info.AvailBytes, "total_bytes", info.TotalBytes)
		},
	}
}

// logger receives Pebble's own texts. Infof is dropped, the listener says it
// better; the others are blanked where Pebble does not call them safe.
type logger struct {
	log     *slog.Logger
	exit    func(code int)
	opening atomic.Bool // Open has not returned yet
}

func (l *logger) Infof(string, ...any) {}

func (l *logger) Errorf(format string, args ...any) {
	l.log.Error("store", "error", blanked(format, args))
}

// Fatalf ends the process, as Pebble requires: it has found that it cannot
// keep its promises, for instance on a full disk. A start brings the store
// forward from the changelog.
func (l *logger) Fatalf(format string, args ...any) { l.end(blanked(format, args)) }

func (l *logger) end(reason string) {
	l.quit(reason)
	panic("store: exit returned after " + reason)
}

func (l *logger) quit(reason string) {
	l.log.Error("the store cannot go on: look at disk and free space, then start again", "error", reason)
	l.exit(exitFailed)
}

// background hears of a flush or a compaction that failed. Pebble tries again, for
// ever. That is right beside a store that works; but while one opens, what its log
// holds is flushed before anything else, and nobody could end a process that waits
// for a full disk there.
func (l *logger) background(err error) {
	if l.opening.Load() {
		l.quit(scrub(err))
		return
	}
	l.log.Error("background work failed, it is tried again", "error", scrub(err))
}

// exitFailed is the exit code of a process that could not do its work.
const exitFailed = 2

// surrender, deferred around a write, ends the process where Pebble panics
// because the system does not take its log any more: it holds locks then, so
// that neither another write nor a close would return.
func (l *logger) surrender() {
	p := recover()
	if p == nil {
		return
	}
	err, ok := p.(error)
	var errno syscall.Errno
	if !ok || !errors.As(err, &errno) {
		panic(p)
	}
	l.end(errno.Error())
}

func blanked(format string, args []any) string {
	return redact.Sprintf(format, args...).Redact().StripMarkers()
}
