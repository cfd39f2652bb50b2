package store_test

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"consentstream/state"
	"consentstream/state/store"
)

const (
	benchContacts = 300_000
	benchBatch    = 5_000
	benchValue    = 250
)

func benchKey(i int) []byte {
	// Spread like hashed contact ids, so that neighbours are no neighbours.
	return binary.BigEndian.AppendUint64(nil, uint64(i)*0x9e3779b97f4a7c15)
}

func benchStore(b *testing.B) *store.Store {
	s := open(b, b.TempDir(), store.Options{CacheBytes: store.DefaultCacheBytes, MemTableBytes: store.DefaultMemTableBytes})
	value := make([]byte, benchValue)
	batch := s.NewBatch()
	for i := range benchContacts {
		random := rand.New(rand.NewPCG(uint64(i), 0))
		for j := range value {
			value[j] = byte(random.Uint32() & 0x3f)
		}
		batch.Put(0, benchKey(i), value)
		if batch.Len() == benchBatch {
			applyBench(b, s, batch)
		}
	}
	applyBench(b, s, batch)
	return s
}

func applyBench(b *testing.B, s *store.Store, batch *store.Batch) {
	if err := s.Apply(batch, false); err != nil {
		b.Fatal(err)
	}
	batch.Reset()
}

func benchKeys(random *rand.Rand) [][]byte {
	keys := make([][]byte, benchBatch)
	for i := range keys {
		keys[i] = benchKey(random.IntN(benchContacts))
	}
	return keys
}

func BenchmarkGet(b *testing.B) {
	s, random := benchStore(b), rand.New(rand.NewPCG(1, 1))
	b.ResetTimer()
	for n := 0; n < b.N; n += benchBatch {
		for _, key := range benchKeys(random) {
			_, closer, err := s.Get(0, key)
			if err != nil {
				b.Fatal(err)
			}
			closer.Close()
		}
	}
}

func BenchmarkReaderSorted(b *testing.B) {
	s, random := benchStore(b), rand.New(rand.NewPCG(1, 1))
	b.ResetTimer()
	for n := 0; n < b.N; n += benchBatch {
		keys := benchKeys(random)
		slices.SortFunc(keys, slices.Compare)
		r := s.NewReader(0)
		for _, key := range keys {
			if _, found, err := r.Get(key); err != nil || !found {
				b.Fatal(found, err)
			}
		}
		r.Close()
	}
}

// BenchmarkStep reads, writes and re-arms a sorted batch, as a task does.
func BenchmarkStep(b *testing.B) {
	s, random := benchStore(b), rand.New(rand.NewPCG(1, 1))
	batch := s.NewBatch()
	value := make([]byte, benchValue)
	b.ResetTimer()
	for n := 0; n < b.N; n += benchBatch {
		keys := benchKeys(random)
		slices.SortFunc(keys, slices.Compare)
		r := s.NewReader(0)
		for i, key := range keys {
			old, _, err := r.Get(key)
			if err != nil {
				b.Fatal(err)
			}
			copy(value, old)
			value[n%benchValue]++
			batch.Put(0, key, value)
			if i%8 == 0 {
				batch.PutTimer(0, state.Instant(n+i), key)
			}
		}
		r.Close()
		batch.PutPosition(0, "clicks", int64(n))
		applyBench(b, s, batch)
	}
}
