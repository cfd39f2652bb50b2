package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/cockroachdb/pebble/v2/objstorage/objstorageprovider"
	"github.com/cockroachdb/pebble/v2/sstable"
	"github.com/cockroachdb/pebble/v2/vfs"

	"consentstream/state"
)

// Load collects very many writes of one partition and applies them as a whole.
// They are sorted and written to files that become part of the store as they
// are, past log and memtables, which costs about a third of applying batches.
// Within a load the later of two writes to one key counts.
//
// Keys and values are not copied: they must stay as they are until Apply.
type Load struct {
	s         *Store
	partition int32
	states    []loaded
	timers    []loaded
	positions map[string]int64
	bytes     int
	order     []place // reused from load to load
}

// loaded is one write; value nil deletes.
type loaded struct {
	due   state.Instant // of timers
	key   []byte
	value []byte
}

// smallLoad is up to how many bytes a load goes the way of batches: files of its
// own would cost more than they save.
const smallLoad = 1 << 20

// NewLoad returns an empty load of a partition.
func (s *Store) NewLoad(partition int32) *Load {
	return &Load{s: s, partition: partition, positions: map[string]int64{}}
}

// Put stores the state under the key of a contact; the value is not nil.
func (l *Load) Put(key, value []byte) {
	l.states = append(l.states, loaded{key: key, value: value})
	l.bytes += len(key) + len(value)
}

// Delete removes the state of a contact; that there is none is no error.
func (l *Load) Delete(key []byte) {
	l.states = append(l.states, loaded{key: key})
	l.bytes += len(key)
}

// PutTimer says that the contact must be looked at again at the instant.
func (l *Load) PutTimer(at state.Instant, key []byte) {
	l.timer(loaded{due: at, key: key, value: []byte{}})
}

// DeleteTimer removes one timer; that there is none is no error.
func (l *Load) DeleteTimer(at state.Instant, key []byte) { l.timer(loaded{due: at, key: key}) }

func (l *Load) timer(w loaded) {
	l.timers = append(l.timers, w)
	l.bytes += instantLen + len(w.key)
}

// PutPosition stores the offset under a name that the caller chooses.
func (l *Load) PutPosition(name string, offset int64) { l.positions[name] = offset }

// Bytes is the size of the keys and values so far.
func (l *Load) Bytes() int { return l.bytes }

// Apply writes the load as a whole. A large one is on disk when Apply returns, a
// small one is written as a batch without sync. The load is empty afterwards.
func (l *Load) Apply() error {
	defer l.reset()
	if err := checkPartition(l.partition); err != nil {
		return l.s.wrap("load", err)
	}
	if l.bytes <= smallLoad {
		return l.applyBatch()
	}
	return l.s.wrap("load", l.ingest())
}

func (l *Load) reset() {
	clear(l.states)
	clear(l.timers)
	l.states, l.timers, l.bytes = l.states[:0], l.timers[:0], 0
	clear(l.positions)
}

func (l *Load) applyBatch() error {
	b := l.s.NewBatch()
	defer b.Close()
	for i := range l.states {
		if w := &l.states[i]; w.value == nil {
			b.Delete(l.partition, w.key)
		} else {
			b.Put(l.partition, w.key, w.value)
		}
	}
	for i := range l.timers {
		if w := &l.timers[i]; w.value == nil {
			b.DeleteTimer(l.partition, w.due, w.key)
		} else {
			b.PutTimer(l.partition, w.due, w.key)
		}
	}
	for name, offset := range l.positions {
		b.PutPosition(l.partition, name, offset)
	}
	return l.s.Apply(b, false)
}

// ingest writes a file for each kind of entry, so that none spans the keys of
// other partitions, and makes all of them part of the store at once.
func (l *Load) ingest() (err error) {
	var files []string
	defer func() {
		for _, file := range files { // those that became part of the store are gone already
			if removed := l.s.fs.Remove(file); removed != nil && !errors.Is(removed, os.ErrNotExist) {
				err = errors.Join(err, removed)
			}
		}
	}()
	for _, write := range []func(*table) error{l.writeStates, l.writeTimers, l.writePositions} {
		t, err := l.s.newTable()
		if err != nil {
			return err
		}
		files = append(files, t.path)
		if err := errors.Join(write(t), t.w.Close()); err != nil {
			return err
		}
		if t.entries == 0 { // an empty file is no table
			files = files[:len(files)-1]
			if err := l.s.fs.Remove(t.path); err != nil {
				return err
			}
		}
	}
	return l.s.db.Ingest(context.Background(), files)
}

func (l *Load) writeStates(t *table) error {
	key := prefix(kindState, l.partition)
	return l.inOrder(l.states, byKey(l.states), func(w *loaded) error {
		key = append(key[:prefixLen], w.key...)
		return t.add(key, w.value)
	})
}

func (l *Load) writeTimers(t *table) error {
	key := prefix(kindTimer, l.partition)
	return l.inOrder(l.timers, byInstant, func(w *loaded) error {
		key = append(appendInstant(key[:prefixLen], w.due), w.key...)
		return t.add(key, w.value)
	})
}

func (l *Load) writePositions(t *table) error {
	key := prefix(kindPosition, l.partition)
	for _, name := range sortedKeys(l.positions) {
		if err := t.add(append(key[:prefixLen], name...), encodeOffset(l.positions[name])); err != nil {
			return err
		}
	}
	return nil
}

// table is a file of sorted entries that is not part of the store yet.
type table struct {
	path    string
	w       *sstable.Writer
	entries int
}

// loadPrefix begins the names of tables that are being written. What a crash has
// left of them is removed at the next Open.
const loadPrefix = "load-"

func (s *Store) newTable() (*table, error) {
	path := s.fs.PathJoin(s.dir, fmt.Sprintf("%s%d.tmp", loadPrefix, s.tables.Add(1)))
	f, err := s.fs.Create(path, vfs.WriteCategoryUnspecified)
	if err != nil {
		return nil, err
	}
	return &table{path: path, w: sstable.NewWriter(objstorageprovider.NewFileWritable(f), s.writer)}, nil
}

// add adds an entry; a nil value deletes what older files have under the key.
func (t *table) add(key, value []byte) error {
	t.entries++
	if value == nil {
		return t.w.Delete(key)
	}
	return t.w.Set(key, value)
}

// isUnfinishedLoad tells what a crash has left of loads.
func isUnfinishedLoad(name string) bool { return strings.HasPrefix(name, loadPrefix) }
