package storetest

import (
	"consentstream/state"
	"consentstream/state/store"
)

// OfPebble adapts a store on Pebble.
func OfPebble(s *store.Store) Store { return pebbleStore{s} }

type pebbleStore struct{ s *store.Store }

func (p pebbleStore) Apply(writes []Write, sync bool) error {
	b := p.s.NewBatch()
	defer b.Close()
	for _, w := range writes {
		Add(b, w)
	}
	return p.s.Apply(b, sync)
}

// Add puts one write into a batch.
func Add(b *store.Batch, w Write) {
	switch w.Kind {
	case PutState:
		b.Put(w.Partition, []byte(w.Name), []byte(w.Value))
	case DeleteState:
		b.Delete(w.Partition, []byte(w.Name))
	case PutTimer:
		b.PutTimer(w.Partition, w.At, []byte(w.Name))
	case DeleteTimer:
		b.DeleteTimer(w.Partition, w.At, []byte(w.Name))
	case PutPosition:
		b.PutPosition(w.Partition, w.Name, w.Offset)
	case DeletePosition:
		b.DeletePosition(w.Partition, w.Name)
	case PutMeta:
		b.PutMeta(w.Partition, w.Name, []byte(w.Value))
	case DeleteMeta:
		b.DeleteMeta(w.Partition, w.Name)
	}
}

func (p pebbleStore) Get(partition int32, key string) (string, bool, error) {
	value, closer, err := p.s.Get(partition, []byte(key))
	if err != nil {
		return "", false, err
	}
	return string(value), value != nil, closer.Close()
}

func (p pebbleStore) GetMany(partition int32, keys []string) (all []Found, err error) {
	r := p.s.NewReader(partition)
	for _, key := range keys {
		value, is, err := r.Get([]byte(key))
		if err != nil {
			return nil, err
		}
		all = append(all, Found{string(value), is})
	}
	return all, r.Close()
}

func (p pebbleStore) Scan(partition int32, from string, limit int) (states []State, err error) {
	err = p.s.Scan(partition, []byte(from), collect(&states, limit))
	return states, err
}

func (p pebbleStore) ScanPrefix(partition int32, prefix string, limit int) (states []State, err error) {
	err = p.s.ScanPrefix(partition, []byte(prefix), collect(&states, limit))
	return states, err
}

func collect(into *[]State, limit int) func(key, value []byte) (bool, error) {
	return func(key, value []byte) (bool, error) {
		*into = append(*into, State{string(key), string(value)})
		return len(*into) < limit, nil
	}
}

func (p pebbleStore) Due(partition int32, until state.Instant, limit int) (due []Timer, err error) {
	err = p.s.Due(partition, until, limit, func(at state.Instant, key []byte) error {
		due = append(due, Timer{at, string(key)})
		return nil
	})
	return due, err
}

func (p pebbleStore) DueAfter(partition int32, behind Timer, until state.Instant, limit int) (due []Timer, err error) {
	err = p.s.DueAfter(partition, behind.At, []byte(behind.Key), until, limit, func(at state.Instant, key []byte) error {
		due = append(due, Timer{at, string(key)})
		return nil
	})
	return due, err
}

func (p pebbleStore) Positions(partition int32) (map[string]int64, error) {
	return p.s.Positions(partition)
}

func (p pebbleStore) Meta(partition int32, name string) (string, bool, error) {
	value, err := p.s.Meta(partition, name)
	return string(value), value != nil, err
}

func (p pebbleStore) Partitions() ([]int32, error) { return p.s.Partitions() }

func (p pebbleStore) DropPartition(partition int32) error { return p.s.DropPartition(partition) }
