package replay

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"time"

	"consentstream/state"
)

// Options say how to read; the zero value is ready.
type Options struct {
	// Location is the time zone of JSON timestamps with no offset; nil = UTC.
	Location *time.Location
	// SpoolDir is where sorted runs go that memory does not hold; "" = the
	// system's folder for temporary files.
	SpoolDir string
	// MemoryBytes bounds what is held in memory for sorting; 0 means
	// DefaultMemoryBytes.
	MemoryBytes int64
	// Progress is told from time to time how many bytes of how many were
	// read, total -1 where standard input is among the inputs. Never called
	// twice at the same time.
	Progress func(done, total int64)
	// OnBad is told every record that cannot be used. Never called twice at
	// the same time.
	OnBad func(BadRecord)
	// Stdin is read for the input "-"; nil means os.Stdin.
	Stdin io.Reader
}

// DefaultMemoryBytes is enough for a million events without a spool. More runs
// cost little; more memory would be missing for the store that comes next.
const DefaultMemoryBytes = 256 << 20

// MinMemoryBytes is what a sort needs to be one; less counts as this.
const MinMemoryBytes = 1 << 20

func (o Options) withDefaults() Options {
	if o.Location == nil {
		o.Location = time.UTC
	}
	if o.MemoryBytes == 0 {
		o.MemoryBytes = DefaultMemoryBytes
	}
	o.MemoryBytes = max(o.MemoryBytes, MinMemoryBytes)
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	return o
}

// workers is how many files are read at the same time.
func workers(files int) int { return min(files, runtime.GOMAXPROCS(0)) }

// BadRecord is a record that cannot be used.
type BadRecord struct {
	File   string
	Number int64  // of the line or the record in the file, from 1
	Topic  string // "" = not known
	Err    error  // what is wrong, without any value of the record
	// Denied tells that all marketing is denied to the contacts that it could
	// be about.
	Denied bool
	// Lost is how many records after it cannot be read either, because the block
	// of a container file is broken there.
	Lost int64
	// Anybody tells that it, or one that is lost with it, may be a refusal of
	// somebody whose id cannot be read: the archive must be mended.
	Anybody bool
}

// String says where and what, for people.
func (b BadRecord) String() string { return fmt.Sprintf("%s:%d: %v", b.File, b.Number, b.Err) }

// Summary counts what was read.
type Summary struct {
	Files   int
	Facts   int64            // that can be used
	ByTopic map[string]int64 // of those
	Ignored int64            // positive records of a kind that only a later version knows
	Bad     int64            // records that cannot be used, those that are lost with one too
	Denied  int64            // contacts to whom bad records deny marketing, counted for each record
	Anybody int64            // of those, how many may be a refusal of anybody
	First   state.Instant    // smallest recorded_at; state.Unset when there are no facts
	Last    state.Instant    // largest
	Spooled int64            // bytes that went to disk
}
