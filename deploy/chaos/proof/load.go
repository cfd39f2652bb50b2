package proof

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"github.com/twmb/franz-go/pkg/kgo"

	"consentstream/processor"
	"consentstream/processor/generate"
	"consentstream/processor/kafka"
	"consentstream/schemas"
)

// LoadConfig says which load to make.
type LoadConfig struct {
	Seed       uint64
	Events     int64 // of the sample shop; duplicates, bad records and households come on top
	Contacts   int   // of the sample shop
	Topics     processor.Topics
	Partitions int32
}

// Load makes the records of a sample shop with everything that goes wrong in a
// real one: records that come twice, days late, at the wrong partition, without
// a key or unreadable, and households that share an address. The same
// LoadConfig gives the same records. It is not safe for concurrent use.
type Load struct {
	config  LoadConfig
	random  *rand.Rand
	shop    *generate.Generator
	encoder *schemas.Encoder
	made    int64          // events of the shop so far
	later   []delayed      // to come after some more events
	record  schemas.Record // used again
	last    map[int][]byte // the newest good value of each topic, for bad records
	topics  []string       // of the inputs, by state.Topic
}

// delayed is a record that waits until the shop has made so many events.
type delayed struct {
	after  int64
	record *kgo.Record
}

// NewLoad returns a Load.
func NewLoad(c LoadConfig) (*Load, error) {
	shop := generate.Default()
	shop.Seed, shop.Events, shop.Contacts = c.Seed, c.Events, c.Contacts
	if err := shop.Validate(); err != nil {
		return nil, err
	}
	encoder, err := schemas.NewEncoder()
	if err != nil {
		return nil, err
	}
	return &Load{
		config: c, random: rand.New(rand.NewPCG(c.Seed, 1)), shop: generate.New(shop), encoder: encoder,
		last: map[int][]byte{}, topics: c.Topics.Inputs(),
	}, nil
}

// How often a record meets which fate: one in so many.
const (
	misroutedOne  = 20
	twiceOne      = 30
	againOne      = 60 // a while later, maybe at another partition
	keylessOne    = 60
	badOne        = 80
	householdEach = 60 // events of the shop between two households
	laterAtMost   = 400
)

// Next returns the next event of the shop with what comes beside it, in the
// order to write them; nothing at the end.
func (l *Load) Next() ([]*kgo.Record, error) {
	if !l.shop.Next(&l.record) {
		return l.due(true), nil
	}
	l.made++
	r, err := l.encode(&l.record)
	if err != nil {
		return nil, err
	}
	if l.made%householdEach == 0 {
		if err := l.household(l.made / householdEach); err != nil {
			return nil, err
		}
	}
	out := l.fates(r)
	if l.one(badOne) {
		out = append(out, l.bad(r))
	}
	return append(out, l.due(false)...), nil
}

// Batch returns at least n records where so many are left, in the order to write
// them; none at the end.
func (l *Load) Batch(n int) (batch []*kgo.Record, err error) {
	for len(batch) < n {
		next, err := l.Next()
		if err != nil || len(next) == 0 {
			return batch, err
		}
		batch = append(batch, next...)
	}
	return batch, nil
}

// Rest returns the records that were to come later, for a load that is ended
// before its time.
func (l *Load) Rest() []*kgo.Record { return l.due(true) }

// encode returns the record where it belongs.
func (l *Load) encode(r *schemas.Record) (*kgo.Record, error) {
	value, err := l.encoder.Record(nil, r.Fact.Topic, r)
	if err != nil {
		return nil, fmt.Errorf("sample record: %w", err)
	}
	l.last[int(r.Fact.Topic)] = value
	key := []byte(r.Key.Contact)
	return &kgo.Record{
		Topic: l.topics[r.Fact.Topic], Partition: kafka.Partition(key, l.config.Partitions),
		Key: key, Value: value, Timestamp: r.Fact.RecordedAt.Time(),
	}, nil
}

// fates returns the record as it is sent, with its duplicates.
func (l *Load) fates(r *kgo.Record) []*kgo.Record {
	if l.one(misroutedOne) {
		r.Partition = l.anywhere()
	}
	if l.one(keylessOne) {
		r.Key, r.Partition = nil, l.anywhere()
	}
	out := []*kgo.Record{r}
	if l.one(twiceOne) {
		out = append(out, copyOf(r))
	}
	if l.one(againOne) {
		again := copyOf(r)
		if l.one(2) {
			again.Partition = l.anywhere()
		}
		l.delay(again)
	}
	return out
}

func (l *Load) one(in int) bool { return l.random.IntN(in) == 0 }

func (l *Load) anywhere() int32 { return l.random.Int32N(l.config.Partitions) }

func (l *Load) delay(r *kgo.Record) {
	l.later = append(l.later, delayed{l.made + 1 + l.random.Int64N(laterAtMost), r})
}

// sentHeader tells after how many events of the shop a delayed record was sent:
// timestamps say when it happened, and offsets of two partitions do not compare.
const sentHeader = "proof-sent"

// due takes out the delayed records whose time has come, or all.
func (l *Load) due(all bool) (out []*kgo.Record) {
	kept := l.later[:0]
	for _, d := range l.later {
		if all || d.after <= l.made {
			d.record.Headers = append(d.record.Headers, kgo.RecordHeader{Key: sentHeader, Value: strconv.AppendInt(nil, l.made, 10)})
			out = append(out, d.record)
		} else {
			kept = append(kept, d)
		}
	}
	l.later = kept
	return out
}

// copyOf returns a record that can be produced beside r.
func copyOf(r *kgo.Record) *kgo.Record {
	return &kgo.Record{Topic: r.Topic, Partition: r.Partition, Key: r.Key, Value: r.Value, Timestamp: r.Timestamp, Headers: r.Headers}
}

// badHeader marks the records that no processor can use.
const badHeader = "proof-bad"

// bad returns a record that cannot be used, near a good one.
func (l *Load) bad(near *kgo.Record) *kgo.Record {
	topic := l.random.IntN(len(l.topics))
	r := &kgo.Record{
		Topic: l.topics[topic], Partition: near.Partition, Key: near.Key, Timestamp: near.Timestamp,
		Headers: []kgo.RecordHeader{{Key: badHeader, Value: []byte("yes")}},
	}
	good := l.last[topic]
	switch kind := l.random.IntN(5); {
	case kind == 0:
		r.Value = nil
	case kind == 1:
		r.Value = []byte("\xc3\x01\x01\x02\x03\x04\x05\x06\x07\x08 of a schema that nobody knows")
	case kind == 2 && len(good) > 0:
		r.Value = good[:len(good)-1]
	case kind == 3 && len(good) > 0: // readable, and about somebody else than its key says
		r.Key, r.Value = []byte(fmt.Sprintf("stranger-%d", l.made)), good
		r.Partition = kafka.Partition(r.Key, l.config.Partitions)
	default:
		r.Value = []byte("not a record")
	}
	return r
}
