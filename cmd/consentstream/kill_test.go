package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"consentstream/processor"
	"consentstream/processor/generate"
	"consentstream/processor/kafka"
	"consentstream/schemas"
	"consentstream/state"
	"consentstream/state/rules"
)

// TestKilledAtAnyPoint runs the built program against a real Kafka, kills it
// without warning again and again, sometimes with a second instance beside it,
// while records arrive twice, at the wrong partition and unreadable. An
// independent reader then checks that every change was published exactly once
// and that the last one of each contact is what a plain fold of all inputs says.
//
// KILL_SEED and KILLS choose another run.
func TestKilledAtAnyPoint(t *testing.T) {
	brokers := os.Getenv("KAFKA_BROKERS")
	if brokers == "" {
		t.Skip("KAFKA_BROKERS names no real Kafka")
	}
	k := newKillTest(t, brokers, envNumber("KILL_SEED", 1))
	k.run(int(envNumber("KILLS", 12)))
	k.check()
}

func envNumber(name string, otherwise uint64) uint64 {
	if n, err := strconv.ParseUint(os.Getenv(name), 10, 64); err == nil {
		return n
	}
	return otherwise
}

const killPartitions = 4

type killTest struct {
	t       *testing.T
	random  *rand.Rand
	program string
	config  string
	brokers string
	group   string
	topics  processor.Topics
	client  *kafka.Client
	oracle  *processor.Driver
	dir     string
	unread  map[string]bool
}

func newKillTest(t *testing.T, brokers string, seed uint64) *killTest {
	t.Logf("KILL_SEED=%d", seed)
	k := &killTest{t: t, random: rand.New(rand.NewPCG(seed, 3)), brokers: brokers, dir: t.TempDir(), unread: map[string]bool{}}
	k.program = filepath.Join(k.dir, "consentstream")
	if out, err := exec.Command("go", "build", "-o", k.program, ".").CombinedOutput(); err != nil {
		t.Fatalf("build: %v\n%s", err, out)
	}
	prefix := fmt.Sprintf("kill-%d-", time.Now().UnixNano())
	k.group = prefix + "group"
	k.topics = prefixed(prefix)
	k.config = filepath.Join(k.dir, "config.yaml")
	if err := os.WriteFile(k.config, []byte(configOf(k.group, &k.topics)), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := kafka.Dial(kafka.Config{Brokers: strings.Split(brokers, ",")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	k.client = client
	if _, err := client.CreateTopics(t.Context(), k.topics.TopicSpecs(killPartitions, -1, nil)); err != nil {
		t.Fatal(err)
	}
	k.oracle = processor.NewDriver(rules.Default(), nil)
	return k
}

// prefixed returns topic names of this run's own.
func prefixed(prefix string) processor.Topics {
	t := processor.DefaultTopics()
	for _, name := range []*string{&t.Purchases, &t.Clicks, &t.Signups, &t.Unsubscribes, &t.Eligibility, &t.Retention, &t.DeadLetter, &t.Changelog, &t.Repartition, &t.Addresses} {
		*name = prefix + *name
	}
	return t
}

func configOf(group string, t *processor.Topics) string {
	return fmt.Sprintf(`group: %s
session_timeout: 6s
topics: {purchases: %s, clicks: %s, signups: %s, unsubscribes: %s, eligibility_changed: %s, retention_expiry: %s, dead_letter: %s, changelog: %s, repartition: %s, addresses: %s}
`, group, t.Purchases, t.Clicks, t.Signups, t.Unsubscribes, t.Eligibility, t.Retention, t.DeadLetter, t.Changelog, t.Repartition, t.Addresses)
}

// run produces a load while instances are killed and started again.
func (k *killTest) run(kills int) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		k.produce()
	}()
	first, second := k.start("a"), (*exec.Cmd)(nil)
	for range kills {
		time.Sleep(time.Duration(200+k.random.IntN(1500)) * time.Millisecond)
		switch k.random.IntN(4) {
		case 0:
			if second == nil {
				second = k.start("b")
				continue
			}
			k.kill(second)
			second = nil
		default:
			k.kill(first)
			first = k.start("a")
		}
	}
	<-done
	if second != nil {
		k.kill(second)
	}
	await, cancel := context.WithTimeout(context.Background(), 90*time.Second)
	defer cancel()
	k.awaitEnd(await)
	k.kill(first)
}

// awaitEnd waits until everything is read and the first start is over.
func (k *killTest) awaitEnd(ctx context.Context) {
	for quiet := 0; quiet < 3; {
		before := k.published()
		if err := processor.AwaitRead(ctx, k.client, k.group, &k.topics, killPartitions); err != nil {
			k.t.Fatalf("the inputs were not read to their ends: %v\n%s", err, k.log("a"))
		}
		time.Sleep(time.Second)
		if k.published() == before {
			quiet++
		} else {
			quiet = 0
		}
	}
}

// published is the sum of the ends of the published topic.
func (k *killTest) published() (sum int64) {
	var tps []kafka.TopicPartition
	for p := range int32(killPartitions) {
		tps = append(tps, kafka.TopicPartition{Topic: k.topics.Eligibility, Partition: p})
	}
	ends, err := k.client.EndOffsets(context.Background(), tps, true)
	if err != nil {
		k.t.Fatal(err)
	}
	for _, end := range ends {
		sum += end
	}
	return sum
}

func (k *killTest) start(name string) *exec.Cmd {
	log, err := os.OpenFile(filepath.Join(k.dir, name+".log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		k.t.Fatal(err)
	}
	defer log.Close()
	cmd := exec.Command(k.program, "run", "--brokers", k.brokers, "--config", k.config, "--state", filepath.Join(k.dir, name))
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		k.t.Fatal(err)
	}
	k.t.Cleanup(func() { _ = cmd.Process.Kill() })
	return cmd
}

func (k *killTest) kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait() // killed: that is its error
}

func (k *killTest) log(name string) string {
	b, _ := os.ReadFile(filepath.Join(k.dir, name+".log"))
	return string(b[max(0, len(b)-3000):])
}

// produce writes the load; the oracle hears of every record once.
func (k *killTest) produce() {
	config := generate.Default()
	config.Seed, config.Events, config.Contacts = k.random.Uint64(), 12_000, 900
	random := rand.New(rand.NewPCG(config.Seed, 1))
	encoder, err := schemas.NewEncoder()
	if err != nil {
		k.t.Error(err)
		return
	}
	shop := generate.New(config)
	var record schemas.Record
	var batch []kafka.OutRecord
	for shop.Next(&record) {
		kept := record.Clone()
		k.oracle.Deliver(kept.Key, kept.Fact)
		value, err := encoder.Record(nil, kept.Fact.Topic, &kept)
		if err != nil {
			k.t.Error(err)
			return
		}
		key := []byte(kept.Key.Contact)
		out := kafka.OutRecord{Topic: k.topics.Inputs()[kept.Fact.Topic], Partition: kafka.Partition(key, killPartitions), Key: key, Value: value, Timestamp: int64(kept.Fact.RecordedAt)}
		if random.IntN(20) == 0 {
			out.Partition = random.Int32N(killPartitions)
		}
		batch = append(batch, out)
		if random.IntN(30) == 0 {
			batch = append(batch, out)
		}
		if random.IntN(400) == 0 {
			batch = append(batch, kafka.OutRecord{Topic: k.topics.Unsubscribes, Partition: kafka.Partition(key, killPartitions), Key: key, Value: []byte("not a record"), Timestamp: out.Timestamp})
			k.unread[kept.Key.Contact] = true
		}
		if len(batch) >= 100 {
			if _, err := k.client.Produce(context.Background(), batch); err != nil {
				k.t.Error(err)
				return
			}
			batch = batch[:0]
			time.Sleep(80 * time.Millisecond)
		}
	}
	if _, err := k.client.Produce(context.Background(), batch); err != nil {
		k.t.Error(err)
	}
}

// check reads what was published with another client and holds it against the oracle.
func (k *killTest) check() {
	sequence := map[state.Key]int64{}
	ids := map[string]bool{}
	last := map[state.Key]state.EligibilityChanged{}
	decoder := schemas.NewDecoder()
	for _, value := range k.readCommitted(k.topics.Eligibility) {
		var e state.EligibilityChanged
		if err := decoder.EligibilityChanged(append([]byte(nil), value...), &e); err != nil {
			k.t.Fatal(err)
		}
		if e.Sequence != sequence[e.Key]+1 {
			k.t.Errorf("contact %s: sequence %d after %d", e.Key.Contact, e.Sequence, sequence[e.Key])
		}
		if ids[e.EventID] {
			k.t.Errorf("contact %s: event id published twice", e.Key.Contact)
		}
		sequence[e.Key], ids[e.EventID], last[e.Key] = e.Sequence, true, e
	}
	now := state.At(time.Now())
	k.oracle.Advance(now)
	wrong := 0
	for _, key := range k.oracle.Keys() {
		if wrong += k.compare(key, last[key], now); wrong > 5 {
			k.t.Fatal("and more")
		}
	}
	k.t.Logf("%d contacts, %d records published", len(k.oracle.Keys()), len(ids))
}

// compare returns 1 where the last record of a contact is not what holds.
func (k *killTest) compare(key state.Key, published state.EligibilityChanged, now state.Instant) int {
	if k.unread[key.Contact] {
		for _, v := range published.Verdicts {
			if v.Kind == state.MessagePromotional && v.Allowed {
				k.t.Errorf("contact %s: marketing allowed although a negative could not be read", key.Contact)
				return 1
			}
		}
		return 0
	}
	d := rules.Standing(rules.Default(), key.Controller, k.oracle.Contact(key), now, now)
	if len(d.Verdicts) != len(published.Verdicts) {
		k.t.Errorf("contact %s: %d rows published, %d hold", key.Contact, len(published.Verdicts), len(d.Verdicts))
		return 1
	}
	for i, v := range d.Verdicts {
		p := published.Verdicts[i]
		if p.Kind != v.Kind || p.Channel != v.Channel || p.Allowed != v.Allowed || p.Reason != v.Reason {
			k.t.Errorf("contact %s: %v/%v published %v %v, holds %v %v", key.Contact, v.Channel, v.Kind, p.Allowed, p.Reason, v.Allowed, v.Reason)
			return 1
		}
	}
	return 0
}

// readCommitted reads a topic from start to end with franz-go.
func (k *killTest) readCommitted(topic string) (values [][]byte) {
	client, err := kgo.NewClient(kgo.SeedBrokers(strings.Split(k.brokers, ",")...), kgo.ConsumeTopics(topic),
		kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		k.t.Fatal(err)
	}
	defer client.Close()
	for {
		ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
		fetches := client.PollFetches(ctx)
		cancel()
		if fetches.NumRecords() == 0 {
			return values
		}
		fetches.EachRecord(func(r *kgo.Record) { values = append(values, r.Value) })
	}
}
