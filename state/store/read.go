package store

import (
	"errors"
	"io"

	"github.com/cockroachdb/pebble/v2"
)

// Get returns the state under the key, nil when there is none. The value may
// be read until the closer is closed; the closer is never nil.
func (s *Store) Get(partition int32, key []byte) (value []byte, closer io.Closer, err error) {
	return s.get(kindState, partition, key)
}

func (s *Store) get(kind byte, partition int32, name []byte) ([]byte, io.Closer, error) {
	if err := checkPartition(partition); err != nil {
		return nil, nothing{}, s.wrap("get", err)
	}
	value, closer, err := s.db.Get(nameKey(kind, partition, name))
	switch {
	case errors.Is(err, pebble.ErrNotFound):
		return nil, nothing{}, nil
	case err != nil:
		return nil, nothing{}, s.wrap("get", err)
	case value == nil:
		value = []byte{} // present, and empty
	}
	return value, closer, nil
}

// nothing is the closer of a value that is not there.
type nothing struct{}

func (nothing) Close() error { return nil }

// Reader looks up many states of one partition as they were when the Reader
// was made: what is applied later is not seen. With keys in ascending order it
// goes from one to the next without starting each time from the top, which
// is much cheaper than Get. One goroutine at a time.
type Reader struct {
	s   *Store
	it  *pebble.Iterator
	err error
	key []byte
}

// NewReader returns a Reader; an error shows in the first Get. Close it soon:
// it holds files that compactions want to delete.
func (s *Store) NewReader(partition int32) *Reader {
	r := &Reader{s: s}
	if r.err = checkPartition(partition); r.err != nil {
		return r
	}
	r.key = prefix(kindState, partition)
	r.it, r.err = s.db.NewIter(bounds(r.key))
	return r
}

// Get returns the state under the key; value is valid until the next call.
func (r *Reader) Get(key []byte) (value []byte, found bool, err error) {
	if r.err != nil {
		return nil, false, r.s.wrap("read", r.err)
	}
	r.key = append(r.key[:prefixLen], key...)
	// Pebble's prefix of a key is the whole key here, so this finds the key
	// itself or nothing, and asks the bloom filters first.
	if !r.it.SeekPrefixGE(r.key) {
		return nil, false, r.s.wrap("read", r.it.Error())
	}
	value, err = r.it.ValueAndErr()
	if err != nil {
		return nil, false, r.s.wrap("read", err)
	}
	return value, true, nil
}

// Close gives the Reader's files free.
func (r *Reader) Close() error {
	if r.it == nil {
		return nil
	}
	return r.s.wrap("read", r.it.Close())
}

// Scan calls fn with the states of the partition whose key is from or later,
// in key order, until fn returns false or an error. It sees the states as they
// were when it began. Key and value are valid during the call only.
func (s *Store) Scan(partition int32, from []byte, fn func(key, value []byte) (more bool, err error)) error {
	if err := checkPartition(partition); err != nil {
		return s.wrap("scan", err)
	}
	all := prefix(kindState, partition)
	return s.scan(&pebble.IterOptions{LowerBound: append(all, from...), UpperBound: after(all)}, withoutPrefix(fn))
}

// ScanPrefix is Scan over the states whose key begins with keyPrefix.
func (s *Store) ScanPrefix(partition int32, keyPrefix []byte, fn func(key, value []byte) (more bool, err error)) error {
	if err := checkPartition(partition); err != nil {
		return s.wrap("scan", err)
	}
	return s.scan(bounds(nameKey(kindState, partition, keyPrefix)), withoutPrefix(fn))
}

func withoutPrefix(fn func(key, value []byte) (bool, error)) func(key, value []byte) (bool, error) {
	return func(key, value []byte) (bool, error) { return fn(key[prefixLen:], value) }
}

// bounds limits an iterator to the keys with a prefix.
func bounds(prefix []byte) *pebble.IterOptions {
	return &pebble.IterOptions{LowerBound: append([]byte(nil), prefix...), UpperBound: after(prefix)}
}

func (s *Store) scan(options *pebble.IterOptions, fn func(key, value []byte) (bool, error)) (err error) {
	it, err := s.db.NewIter(options)
	if err != nil {
		return s.wrap("scan", err)
	}
	defer func() { err = errors.Join(err, s.wrap("scan", it.Close())) }()
	for more := it.First(); more; more = it.Next() {
		value, err := it.ValueAndErr()
		if err != nil {
			return s.wrap("scan", err)
		}
		if more, err := fn(it.Key(), value); err != nil || !more {
			return err
		}
	}
	return s.wrap("scan", it.Error())
}
