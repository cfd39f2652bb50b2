package replay

import (
	"errors"
	"io"
	"os"
	"strconv"
	"syscall"
	"testing"

	"consentstream/processor"
	"consentstream/processor/generate"
)

// BenchmarkArchive reads and sorts Avro container files and tells the CPU time
// of each record, all threads together.
func BenchmarkArchive(b *testing.B) {
	events := int64(500_000)
	if n, err := strconv.ParseInt(os.Getenv("REPLAY_EVENTS"), 10, 64); err == nil {
		events = n
	}
	dir := b.TempDir()
	c := generate.Default()
	c.Events, c.Contacts = events, int(events/5)
	sink, err := generate.NewAvroFolder(dir, "null")
	if err != nil {
		b.Fatal(err)
	}
	if _, err := generate.Run(b.Context(), c, sink, nil); err != nil {
		b.Fatal(err)
	}
	for name, memory := range map[string]int64{"in memory": 2 << 30, "spooled": 64 << 20} {
		b.Run(name, func(b *testing.B) {
			before, n := cpu(b), int64(0)
			for b.Loop() {
				n += drain(b, dir, memory)
			}
			b.ReportMetric(float64(cpu(b)-before)/float64(n), "cpu-ns/record")
		})
	}
}

func drain(b *testing.B, dir string, memory int64) (n int64) {
	s, err := Open(b.Context(), []string{dir}, Options{MemoryBytes: memory})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	for f := new(processor.ReplayFact); ; n++ {
		err := s.Next(f)
		if errors.Is(err, io.EOF) {
			return n
		}
		if err != nil {
			b.Fatal(err)
		}
		if n%32 == 0 {
			s.Release()
		}
	}
}

// cpu is the CPU time of the process so far, in nanoseconds.
func cpu(b *testing.B) int64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		b.Fatal(err)
	}
	return usage.Utime.Nano() + usage.Stime.Nano()
}
