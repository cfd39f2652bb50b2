package doctor

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"consentstream/processor"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
)

// aheadAllowed is how far a timestamp may be ahead of our clock: what clocks
// that are kept differ by, and the time to ask.
const aheadAllowed = 10 * time.Second

// producer is what is known of those who write a topic, by the name that their
// records give themselves.
type producer struct {
	topic, name string
	sampled     int
	misrouted   int
	fits        []int // by stranger: misrouted records that lie where it puts them
	ahead       time.Duration
	faults      map[schemas.Fault]int
	keyless     int
}

// examineRecords looks at the newest records of the inputs, and at those that
// were sent on.
func (x *examination) examineRecords(ctx context.Context) error {
	producers := map[[2]string]*producer{}
	for _, topic := range x.Topics.Inputs() {
		if !x.readable(topic) {
			continue
		}
		index := slices.Index(x.Topics.Inputs(), topic)
		err := x.newest(ctx, topic, func(p int32, r *kafka.Record) {
			x.look(producers, state.Topic(index), topic, p, r)
		})
		if err != nil {
			return err
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(producers), func(a, b [2]string) int { return cmp.Or(cmp.Compare(a[0], b[0]), cmp.Compare(a[1], b[1])) }) {
		x.judge(producers[key])
	}
	return x.examineRepartition(ctx)
}

// newest calls fn with up to Sample of the newest records of each partition.
func (x *examination) newest(ctx context.Context, topic string, fn func(int32, *kafka.Record)) error {
	tps := make([]kafka.TopicPartition, x.found[topic].Partitions)
	for p := range tps {
		tps[p] = kafka.TopicPartition{Topic: topic, Partition: int32(p)}
	}
	starts, err := x.Client.StartOffsets(ctx, tps)
	if err != nil {
		return err
	}
	ends, err := x.Client.EndOffsets(ctx, tps, true)
	if err != nil {
		return err
	}
	for _, tp := range tps {
		from := max(starts[tp], ends[tp]-int64(x.Sample))
		if err := x.read(ctx, tp, from, ends[tp], fn); err != nil {
			return err
		}
	}
	return nil
}

func (x *examination) read(ctx context.Context, tp kafka.TopicPartition, from, end int64, fn func(int32, *kafka.Record)) error {
	for from < end {
		fetched, err := x.Client.Fetch(ctx, []kafka.Position{{TopicPartition: tp, Offset: from}}, kafka.FetchOptions{Committed: true})
		if err != nil {
			return err
		}
		f := &fetched[0]
		if errors.Is(f.Err, kafka.ErrOffsetOutOfRange) {
			return nil // deleted meanwhile
		}
		if f.Err != nil && !kafka.Retriable(f.Err) {
			return f.Err
		}
		for i := range f.Records {
			if r := &f.Records[i]; r.Offset < end {
				fn(tp.Partition, r)
				x.report.Sampled++
			}
		}
		from = f.Next
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// look takes one record into the account of its producer.
func (x *examination) look(producers map[[2]string]*producer, kind state.Topic, topic string, partition int32, r *kafka.Record) {
	var decoded schemas.Record
	fault := x.decode(kind, r, &decoded)
	name := nameOf(r, &decoded)
	p := producers[[2]string{topic, name}]
	if p == nil {
		p = &producer{topic: topic, name: name, fits: make([]int, len(strangers)), faults: map[schemas.Fault]int{}}
		producers[[2]string{topic, name}] = p
	}
	p.sampled++
	if fault != "" {
		p.faults[fault]++
	}
	p.ahead = max(p.ahead, state.Instant(r.Timestamp).Time().Sub(x.Now))
	key := r.Key
	if len(key) == 0 {
		key = []byte(decoded.Key.Contact)
		p.keyless++
	}
	if len(key) > 0 {
		p.place(key, partition, x.found[topic].Partitions)
	}
}

// place notes where a key lies, and where others would have put it.
func (p *producer) place(key []byte, partition, n int32) {
	if kafka.Partition(key, n) == partition {
		return
	}
	p.misrouted++
	for i := range strangers {
		if strangers[i].choose(key, n) == partition {
			p.fits[i]++
		}
	}
}

// decode returns why a record cannot be used, "" where it can or where that
// cannot be known now.
func (x *examination) decode(kind state.Topic, r *kafka.Record, into *schemas.Record) schemas.Fault {
	if r.Value == nil {
		return schemas.FaultUndecodable
	}
	err := x.Decoder.Decode(kind, r.Value, state.Instant(r.Timestamp), into)
	if err == nil {
		err = schemas.CheckKey(r.Key, into.Key.Contact)
	}
	var bad *schemas.RecordError
	if errors.As(err, &bad) && bad.Fault != schemas.FaultRegistry {
		return bad.Fault
	}
	return ""
}

// nameOf is how a record names the system that wrote it. What looks like an
// address of a person is not repeated.
func nameOf(r *kafka.Record, decoded *schemas.Record) string {
	name := decoded.Fact.Source
	for _, h := range r.Headers {
		if h.Key == "ce_source" && len(h.Value) > 0 {
			name = string(h.Value)
		}
	}
	switch {
	case name == "":
		return "a producer without a name"
	case strings.Contains(name, "@"):
		return "a producer whose name is left out, for it may be a person's"
	}
	return fmt.Sprintf("%.64q", name)
}

func (p *producer) subject() string { return fmt.Sprintf("%s, %s", p.topic, p.name) }

// judge turns the account of a producer into findings.
func (x *examination) judge(p *producer) {
	if p.misrouted > 0 {
		likely := guess(p.fits, p.misrouted)
		x.report.find(Finding{
			Warning, "routing", p.subject(), fmt.Sprintf("%d of its newest %d records lie in a partition that their key does not belong to; it chooses by %s", p.misrouted, p.sampled, likely.name),
			"nothing is lost: each is sent on to its task, one transaction later; an objection takes a little longer", likely.mend,
		})
	}
	for _, fault := range slices.Sorted(maps.Keys(p.faults)) {
		x.report.find(x.unreadable(p, fault))
	}
	if p.ahead > aheadAllowed {
		x.report.find(x.early(p))
	}
	if p.keyless > 0 {
		x.report.note(fmt.Sprintf("%s: %d of its newest %d records have no key; their contact_id is taken, and one that cannot be read denies nobody", p.subject(), p.keyless, p.sampled))
	}
}

func (x *examination) unreadable(p *producer, fault schemas.Fault) Finding {
	f := Finding{
		Warning, "records", p.subject(), fmt.Sprintf("%d of its newest %d records cannot be used: %s", p.faults[fault], p.sampled, fault),
		"what they say does not count: a consent or an order may be missing, and mail that somebody waits for may be denied",
		"look at the reasons: consentstream dead-letters list --brokers " + strings.Join(x.Brokers, ","),
	}
	if p.topic == x.Topics.Unsubscribes {
		f.Severity = Danger
		f.Means = "somebody may have objected: marketing to the contacts in their keys is denied until the records are sent again or released; where the key is missing, nobody knows who"
	}
	return f
}

// early is the finding for timestamps that are ahead of our clock.
func (x *examination) early(p *producer) Finding {
	f := Finding{
		Warning, "clocks", p.subject(), fmt.Sprintf("its newest record is stamped %v ahead of this machine", p.ahead.Round(time.Second)),
		"deadlines are reckoned from wrong instants; an objection still counts as soon as it is read",
		"compare the clocks (chronyc tracking, timedatectl) of that producer, of the brokers where message.timestamp.type is LogAppendTime, and of this machine",
	}
	if p.ahead > 24*time.Hour {
		f.Severity = Danger
		f.Means = "what a person agrees to is held back until that day, and retention periods begin too late"
	}
	return f
}

// examineRepartition counts which inputs had records that were sent on.
func (x *examination) examineRepartition(ctx context.Context) error {
	if !x.readable(x.Topics.Repartition) {
		return nil
	}
	sent, total := map[string]int{}, 0
	err := x.newest(ctx, x.Topics.Repartition, func(_ int32, r *kafka.Record) {
		total++
		if topic, ok := processor.MisroutedTopic(r.Value); ok {
			sent[topic]++
		}
	})
	for _, topic := range slices.Sorted(maps.Keys(sent)) {
		x.report.find(Finding{
			Warning, "routing", topic, fmt.Sprintf("%d of the newest %d records in %s were sent on from it, for their key belonged to another partition", sent[topic], total, x.Topics.Repartition),
			"nothing was lost: each took one transaction more",
			"find the producer by the findings about newer records, or by its client.id in the brokers' metrics; " + otherwise.mend,
		})
	}
	return err
}
