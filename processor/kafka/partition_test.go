package kafka

import (
	"math/rand"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
)

// The values are those of Kafka's own tests of Utils.murmur2.
func TestMurmur2KnownVectors(t *testing.T) {
	for key, want := range map[string]int32{
		"21":                         -973932308,
		"foobar":                     -790332482,
		"a-little-bit-long-string":   -985981536,
		"a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc": 479470107,
	} {
		if got := int32(murmur2([]byte(key))); got != want {
			t.Errorf("murmur2(%q) = %d, want %d", key, got, want)
		}
	}
}

func TestPartitionAgreesWithFranz(t *testing.T) {
	other := kgo.StickyKeyPartitioner(nil).ForTopic("any")
	rng := rand.New(rand.NewSource(1))
	for range 10_000 {
		key := make([]byte, rng.Intn(40))
		rng.Read(key)
		n := 1 + rng.Int31n(100)
		want := other.Partition(&kgo.Record{Key: key}, int(n))
		if got := Partition(key, n); got != int32(want) {
			t.Fatalf("Partition(%x, %d) = %d, want %d", key, n, got, want)
		}
	}
}
