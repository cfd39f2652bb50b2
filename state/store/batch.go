package store

import (
	"github.com/cockroachdb/pebble/v2"

	"consentstream/state"
)

// Batch collects what one step writes; Apply writes it as a whole. Within a
// batch the later of two writes to one key counts. Batches whose keys are
// added in order are applied fastest, about twice as fast as unsorted ones.
//
// A partition that no key can hold makes the whole batch fail in Apply.
type Batch struct {
	b   *pebble.Batch
	err error
}

// NewBatch returns an empty batch. Close it, or Reset and use it again.
func (s *Store) NewBatch() *Batch { return &Batch{b: s.db.NewBatch()} }

// Put stores the state under the key of a contact. Key and value are copied.
func (b *Batch) Put(partition int32, key, value []byte) {
	set(b, kindState, partition, nil, key, value)
}

// Delete removes the state of a contact; that there is none is no error.
func (b *Batch) Delete(partition int32, key []byte) { remove(b, kindState, partition, nil, key) }

// PutTimer says that the contact must be looked at again at the instant. One
// contact may have several timers; the caller removes those it has replaced.
func (b *Batch) PutTimer(partition int32, at state.Instant, key []byte) {
	var due [instantLen]byte
	set(b, kindTimer, partition, appendInstant(due[:0], at), key, nil)
}

// DeleteTimer removes one timer; that there is none is no error.
func (b *Batch) DeleteTimer(partition int32, at state.Instant, key []byte) {
	var due [instantLen]byte
	remove(b, kindTimer, partition, appendInstant(due[:0], at), key)
}

// PutPosition stores the offset under a name that the caller chooses, such as
// the topic whose next offset it is.
func (b *Batch) PutPosition(partition int32, name string, offset int64) {
	set(b, kindPosition, partition, nil, name, encodeOffset(offset))
}

// DeletePosition removes a position; that there is none is no error.
func (b *Batch) DeletePosition(partition int32, name string) {
	remove(b, kindPosition, partition, nil, name)
}

// PutMeta stores a small value of the task itself.
func (b *Batch) PutMeta(partition int32, name string, value []byte) {
	set(b, kindMeta, partition, nil, name, value)
}

// DeleteMeta removes a value of the task; that there is none is no error.
func (b *Batch) DeleteMeta(partition int32, name string) { remove(b, kindMeta, partition, nil, name) }

// Len is the number of writes in the batch.
func (b *Batch) Len() int { return int(b.b.Count()) }

// Bytes is the size of the batch as it goes to the log.
func (b *Batch) Bytes() int { return b.b.Len() }

// Reset empties the batch for the next step, also after Apply.
func (b *Batch) Reset() {
	b.b.Reset()
	b.err = nil
}

// Close gives the batch's memory back; it must not be used any more.
func (b *Batch) Close() error { return b.b.Close() }

// set builds key (prefix, due, tail) and value in place, inside the batch, so
// that a write costs no allocation.
func set[T []byte | string](b *Batch, kind byte, partition int32, due []byte, tail T, value []byte) {
	if !b.accepts(partition) {
		return
	}
	op := b.b.SetDeferred(prefixLen+len(due)+len(tail), len(value))
	fill(op.Key, kind, partition, due, tail)
	copy(op.Value, value)
	b.finish(op)
}

func remove[T []byte | string](b *Batch, kind byte, partition int32, due []byte, tail T) {
	if !b.accepts(partition) {
		return
	}
	op := b.b.DeleteDeferred(prefixLen + len(due) + len(tail))
	fill(op.Key, kind, partition, due, tail)
	b.finish(op)
}

func fill[T []byte | string](dst []byte, kind byte, partition int32, due []byte, tail T) {
	putPrefix(dst, kind, partition)
	n := copy(dst[prefixLen:], due)
	copy(dst[prefixLen+n:], tail)
}

func (b *Batch) accepts(partition int32) bool {
	if err := checkPartition(partition); err != nil && b.err == nil {
		b.err = err
	}
	return b.err == nil
}

func (b *Batch) finish(op *pebble.DeferredBatchOp) {
	if err := op.Finish(); err != nil && b.err == nil {
		b.err = err
	}
}

// Apply writes the batch as a whole. With sync it is on disk when Apply
// returns; without, a crash of the machine may lose it together with all that
// came after it, while the end of the process alone loses nothing.
func (s *Store) Apply(b *Batch, sync bool) error {
	if b.err != nil {
		return s.wrap("apply", b.err)
	}
	if b.b.Empty() {
		if sync {
			return s.Sync()
		}
		return nil
	}
	return s.wrap("apply", s.write(b.b, sync))
}

func (s *Store) write(b *pebble.Batch, sync bool) error {
	defer s.log.surrender()
	return s.db.Apply(b, writeOptions(sync))
}

// Sync puts on disk whatever was applied before without sync.
func (s *Store) Sync() error {
	defer s.log.surrender()
	return s.wrap("sync", s.db.LogData(nil, pebble.Sync))
}

// Persist puts on disk whatever was applied before, also in a bulk load.
func (s *Store) Persist() error {
	if !s.bulk {
		return s.Sync()
	}
	defer s.log.surrender()
	return s.wrap("flush", s.db.Flush())
}

func writeOptions(sync bool) *pebble.WriteOptions {
	if sync {
		return pebble.Sync
	}
	return pebble.NoSync
}
