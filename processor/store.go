package processor

import (
	"consentstream/state"
	"consentstream/state/store"
)

// Store is what a task needs of the local store; *store.Store provides it.
type Store interface {
	NewReader(partition int32) *store.Reader
	ScanPrefix(partition int32, prefix []byte, fn func(key, value []byte) (bool, error)) error
	Scan(partition int32, from []byte, fn func(key, value []byte) (bool, error)) error
	DueAfter(partition int32, after state.Instant, afterKey []byte, until state.Instant, limit int, fn func(at state.Instant, key []byte) error) error
	Positions(partition int32) (map[string]int64, error)
	Meta(partition int32, name string) ([]byte, error)
	NewBatch() *store.Batch
	NewLoad(partition int32) *store.Load
	Apply(b *store.Batch, sync bool) error
	DropPartition(partition int32) error
}

// view reads states as they will be once the steps in flight are applied.
type view struct {
	store    Store
	reader   *store.Reader
	inFlight *Step // being committed; nil = none
	current  *Step // being computed
}

// get returns the state under a key and the instant the deadline index holds
// for it; value nil = there is none. The value is valid until the next call.
func (v *view) get(key []byte) (value []byte, err error) {
	if p, ok := v.current.lookup(key); ok {
		return p.Value, nil
	}
	if p, ok := v.inFlight.lookup(key); ok {
		return p.Value, nil
	}
	value, found, err := v.reader.Get(key)
	if err != nil || !found {
		return nil, err
	}
	return value, nil
}
