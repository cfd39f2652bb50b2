package doctor

import (
	"hash/crc32"
	"hash/fnv"
)

// partitioner is how some client library chooses the partition of a key.
type partitioner struct {
	name   string
	mend   string
	choose func(key []byte, n int32) int32
}

// strangers are the partitioners in use that differ from that of the Java client.
var strangers = []partitioner{
	{
		name: "CRC-32, the default of librdkafka (Python, .NET, Go, Node clients of Confluent)",
		mend: "set its producer property partitioner=murmur2_random",
		choose: func(key []byte, n int32) int32 {
			return int32(crc32.ChecksumIEEE(key) % uint32(n))
		},
	},
	{
		name: "FNV-1a, the default of Sarama and of segmentio/kafka-go",
		mend: "in kafka-go set Balancer: kafka.Murmur2Balancer{}; in Sarama give Producer.Partitioner a murmur2 hash",
		choose: func(key []byte, n int32) int32 {
			h := fnv.New32a()
			_, _ = h.Write(key)
			p := int32(h.Sum32()) % n
			return max(p, -p)
		},
	},
}

// otherwise is for a producer that none of them explains: it chooses by chance,
// by another field, or by hand.
var otherwise = partitioner{
	name: "no partitioner that can be told: by turns, by another key, or by hand",
	mend: "let it write the contact id as the record's key, choose no partition by hand, and use murmur2 as the Java client does",
}

// telling is how many misrouted records tell one partitioner from chance.
const telling = 5

// guess names the partitioner that explains where the misrouted records of a
// producer lie, every one of them. fits counts, by stranger, those that lie
// where it would have put them.
func guess(fits []int, misrouted int) partitioner {
	for i, n := range fits {
		if n == misrouted && misrouted >= telling {
			return strangers[i]
		}
	}
	return otherwise
}
