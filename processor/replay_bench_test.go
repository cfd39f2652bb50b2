package processor_test

import (
	"context"
	"log/slog"
	"testing"

	"consentstream/processor"
	"consentstream/processor/generate"
	"consentstream/schemas"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// BenchmarkReplay takes sorted facts through the fold, the rules and the store,
// without reading and sorting; one op is one fact.
func BenchmarkReplay(b *testing.B) {
	for _, zipf := range []float64{0, 1.1} {
		name := "uniform"
		if zipf > 0 {
			name = "zipf"
		}
		b.Run(name, func(b *testing.B) { benchmarkReplay(b, zipf) })
	}
}

func benchmarkReplay(b *testing.B, zipf float64) {
	config := generate.Default()
	config.Events, config.Contacts, config.Zipf = int64(b.N), max(b.N/5, 1), zipf
	s, err := store.Open(b.TempDir(), store.Options{CacheBytes: 128 << 20, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	run, err := processor.NewReplay(s, rules.Default(), nil)
	if err != nil {
		b.Fatal(err)
	}
	shop := generate.New(config)
	var record schemas.Record
	chunk := make([]processor.ReplayFact, 0, processor.ChunkFacts)
	b.ReportAllocs()
	b.ResetTimer()
	for more := true; more; {
		b.StopTimer()
		chunk = chunk[:0]
		for len(chunk) < processor.ChunkFacts && more {
			if more = shop.Next(&record); more {
				kept := record.Clone()
				chunk = append(chunk, processor.ReplayFact{Key: kept.Key, Fact: kept.Fact})
			}
		}
		b.StartTimer()
		if err := run.Add(context.Background(), chunk); err != nil {
			b.Fatal(err)
		}
	}
}
