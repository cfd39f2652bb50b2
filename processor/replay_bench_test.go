package processor_test

import (
	"log/slog"
	"testing"
	"time"

	"consentstream/processor"
	"consentstream/processor/generate"
	"consentstream/processor/replay"
	"consentstream/state"
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
	dir := b.TempDir()
	sink, err := generate.NewAvroFolder(dir, "null")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := generate.Run(b.Context(), config, sink, nil); err != nil {
		b.Fatal(err)
	}
	s, err := store.Open(b.TempDir(), store.Options{CacheBytes: 128 << 20, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	run, err := processor.NewReplay(s, rules.Default(), nil)
	if err != nil {
		b.Fatal(err)
	}
	sorted, err := replay.Open(b.Context(), []string{dir}, replay.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer sorted.Close()
	b.ReportAllocs()
	b.ResetTimer()
	if _, err := run.Run(b.Context(), sorted, state.At(time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC))); err != nil {
		b.Fatal(err)
	}
}
