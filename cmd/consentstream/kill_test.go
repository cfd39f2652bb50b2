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

	"consentstream/deploy/chaos/proof"
	"consentstream/processor"
	"consentstream/processor/kafka"
	"consentstream/state"
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
	dir     string
}

func newKillTest(t *testing.T, brokers string, seed uint64) *killTest {
	t.Logf("KILL_SEED=%d", seed)
	k := &killTest{t: t, random: rand.New(rand.NewPCG(seed, 3)), brokers: brokers, dir: t.TempDir()}
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

// produce writes the load.
func (k *killTest) produce() {
	load, err := proof.NewLoad(proof.LoadConfig{Seed: k.random.Uint64(), Events: 12_000, Contacts: 900, Topics: k.topics, Partitions: killPartitions})
	if err != nil {
		k.t.Error(err)
		return
	}
	writer, err := proof.NewWriter(k.brokers)
	if err != nil {
		k.t.Error(err)
		return
	}
	defer writer.Close()
	for {
		batch, err := load.Batch(100)
		if err == nil {
			err = writer.Write(context.Background(), batch)
		}
		if err != nil {
			k.t.Error(err)
			return
		}
		if len(batch) == 0 {
			return
		}
		time.Sleep(80 * time.Millisecond)
	}
}

// check lets an independent reader judge what was published.
func (k *killTest) check() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	evidence, err := proof.Read(ctx, k.brokers, &k.topics)
	if err != nil {
		k.t.Fatal(err)
	}
	found := proof.Judge(&k.topics, evidence, state.At(time.Now()))
	for _, problem := range found.Problems[:min(len(found.Problems), 10)] {
		k.t.Error(problem)
	}
	if len(found.Problems) > 10 {
		k.t.Errorf("and %d problems more", len(found.Problems)-10)
	}
	k.t.Logf("%d input records, %d contacts, %d changes published", found.Inputs, found.Contacts, found.Eligibility)
}
