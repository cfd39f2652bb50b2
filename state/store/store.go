package store

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/cockroachdb/pebble/v2"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"
)

// Options say whose store it is and how much memory it may take.
type Options struct {
	// Group is the consumer group whose tasks the store holds, "" for a store
	// that no group fills. A store of another group is refused.
	Group string
	// ClusterID is the Kafka cluster it is filled from, "" = not bound yet. The
	// first id that is given binds the store; another one is refused later.
	ClusterID string
	// CacheBytes bounds the blocks of files that are held in memory; 0 means
	// DefaultCacheBytes.
	CacheBytes int64
	// MemTableBytes is the size at which recent writes go to a file; up to
	// maxMemTables of that size are held beside the cache. 0 means
	// DefaultMemTableBytes.
	MemTableBytes int64
	// FS is where the directory lies; nil means the disk.
	FS vfs.FS
	// ReadOnly reads a store as it is and creates nothing. It still needs the
	// store to itself: a running processor answers over HTTP instead.
	ReadOnly bool
	// BulkLoad is for filling a store at one go: nothing is logged for a crash
	// and files are not compacted meanwhile. What was applied is durable after
	// Persist only.
	BulkLoad bool
	// Logger hears of flushes, compactions and trouble; nil means slog.Default.
	Logger *slog.Logger

	exit func(code int) // of the process; nil means os.Exit
}

// Defaults of Options: they hold the processor under 1 GiB of memory.
const (
	DefaultCacheBytes    = 256 << 20
	DefaultMemTableBytes = 64 << 20
)

func (o Options) withDefaults() Options {
	if o.CacheBytes == 0 {
		o.CacheBytes = DefaultCacheBytes
	}
	if o.MemTableBytes == 0 {
		o.MemTableBytes = DefaultMemTableBytes
	}
	if o.FS == nil {
		o.FS = vfs.Default
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.exit == nil {
		o.exit = os.Exit
	}
	return o
}

// Store is an open state directory. See the package comment for what may run
// concurrently.
type Store struct {
	dir      string
	fs       vfs.FS
	identity identity
	db       *pebble.DB
	bulk     bool
	log      *logger
	stalls   stalls
	writer   sstable.WriterOptions // of the tables of loads
	tables   atomic.Int64          // how many loads have begun

	closing sync.Once
	lock    *pebble.Lock
	cache   *pebble.Cache
	err     error
}

// Open opens the store in dir and creates it when there is none. It refuses,
// without changing a byte, a store that is corrupted, held by another process,
// of another group or cluster, or written by a newer version; the error tells
// which and what to do, and errors.Is finds the reason.
func Open(dir string, o Options) (*Store, error) {
	o = o.withDefaults()
	id, found, err := inspect(dir, o)
	if err != nil {
		return nil, err
	}
	lock, err := acquire(dir, o, found)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, fs: o.FS, lock: lock, bulk: o.BulkLoad}
	if err := s.open(id, found, o); err != nil {
		return nil, errors.Join(err, s.release())
	}
	return s, nil
}

// inspect reads the identity and decides whether the directory may be used.
func inspect(dir string, o Options) (id identity, found bool, err error) {
	id, found, err = readIdentity(o.FS, dir)
	if err != nil {
		return id, false, err
	}
	if found {
		return id, true, id.check(dir, o)
	}
	name, err := lying(o.FS, dir, isDatabaseFile)
	if err != nil {
		return id, false, err
	}
	if name != "" {
		return id, false, refused(dir, ErrCorrupted, name+" lies there without "+identityFile, rebuildAdvice)
	}
	if o.ReadOnly {
		return id, false, refused(dir, ErrNoStore, "no "+identityFile+" in it", "check the directory, or fill it first")
	}
	return id, false, nil
}

// acquire takes the directory for this process.
func acquire(dir string, o Options, found bool) (*pebble.Lock, error) {
	if !found {
		if err := o.FS.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("store %s: create the directory: %w", dir, err)
		}
	}
	lock, err := pebble.LockDirectory(dir, o.FS)
	if err == nil {
		return lock, nil
	}
	var pathError *fs.PathError
	if errors.As(err, &pathError) && !errors.Is(err, syscall.EAGAIN) && !errors.Is(err, syscall.EACCES) {
		return nil, fmt.Errorf("store %s: take the lock: %w", dir, err)
	}
	return nil, refused(dir, ErrHeld, err.Error(),
		"stop that process, ask it over its HTTP address, or use another directory")
}

// open runs under the lock. The identity is read again, because another
// process may have created the store since.
func (s *Store) open(id identity, found bool, o Options) (err error) {
	if !found {
		if id, found, err = inspect(s.dir, o); err != nil {
			return err
		}
	}
	if found {
		if err := s.verifyPresent(o); err != nil {
			return err
		}
	}
	s.identity = id.merged(o)
	if !o.ReadOnly && s.identity != id {
		if err := writeIdentity(o.FS, s.dir, s.identity); err != nil {
			return err
		}
	}
	if !o.ReadOnly {
		if err := removeFiles(o.FS, s.dir, isUnfinishedLoad); err != nil {
			return err
		}
	}
	return s.openPebble(o)
}

// verifyPresent refuses a directory from which files of the database were
// lost: Pebble would begin anew and delete the others. Where there is no manifest
// and nothing holds data, a crash or a full disk has broken a creation off, and it
// is begun anew. A manifest without data is for Pebble, which knows what it names.
func (s *Store) verifyPresent(o Options) error {
	desc, err := pebble.Peek(s.dir, s.fs)
	if err != nil {
		return s.openError(err)
	}
	if _, err := s.fs.Stat(desc.ManifestFilename); desc.Exists && err == nil {
		return nil
	}
	name, err := lying(s.fs, s.dir, holdsData)
	switch {
	case err != nil:
		return err
	case name != "":
		return refused(s.dir, ErrCorrupted, "its manifest is missing", rebuildAdvice)
	}
	return s.clear(o)
}

// clear removes the files of a database that holds no data, since Pebble takes them
// for damage where some of them are missing.
func (s *Store) clear(o Options) error {
	if o.ReadOnly {
		return nil
	}
	return removeFiles(s.fs, s.dir, isDatabaseFile)
}

func (s *Store) openPebble(o Options) error {
	// Pebble takes memtables out of the cache's budget: without room for them a
	// busy store would hold no block at all and read each one from disk.
	s.cache = pebble.NewCache(o.CacheBytes + maxMemTables*o.MemTableBytes)
	compactions := newCompactions()
	options := pebbleOptions(o, s.cache, &s.stalls, compactions, o.Logger.With("store", s.dir))
	options.Lock, s.log = s.lock, options.Logger.(*logger)
	if o.FS != vfs.Default {
		options.FS = o.FS // otherwise Pebble's own, which watches for a slow disk
	}
	db, err := pebble.Open(s.dir, options)
	if err != nil {
		return s.openError(err)
	}
	s.log.opening.Store(false)
	s.db = db
	// As a table of the first levels: where it comes to lie is not known yet.
	s.writer = options.MakeWriterOptions(0, db.TableFormat())
	compactions.begin()
	return nil
}

func (s *Store) openError(err error) error {
	if isSystemError(err) && !pebble.IsCorruptionError(err) {
		return fmt.Errorf("store %s: open: %w", s.dir, err)
	}
	return corrupted(s.dir, err)
}

// Close writes what is only in memory and gives the directory free. No other
// method may run or be called any more. A second Close does nothing.
func (s *Store) Close() error {
	s.closing.Do(func() { s.err = s.release() })
	return s.err
}

func (s *Store) release() (err error) {
	if s.db != nil {
		err = s.wrap("close", s.db.Close())
	}
	if s.cache != nil {
		s.cache.Unref()
	}
	return errors.Join(err, s.lock.Close())
}

// Dir returns the directory of the store.
func (s *Store) Dir() string { return s.dir }
