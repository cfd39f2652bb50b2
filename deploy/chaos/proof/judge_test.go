package proof

import (
	"fmt"
	"slices"
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

const testPartitions = 3

var testNow = generate.DefaultUntil.Add(time.Hour)

// sound returns the inputs of a load and what a sound group publishes about
// them: all of it by the in-memory processor, in order of the inputs.
func sound(t *testing.T) *Evidence {
	t.Helper()
	topics := processor.DefaultTopics()
	load, err := NewLoad(LoadConfig{Seed: 1, Events: 1500, Contacts: 120, Topics: topics, Partitions: testPartitions})
	if err != nil {
		t.Fatal(err)
	}
	e := &Evidence{}
	e.Inputs, err = load.Batch(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	number(e.Inputs)
	slices.SortFunc(e.Inputs, inOrder)
	f := newFold(&topics, e.Inputs)
	encoder, err := schemas.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range f.driver.Keys() {
		e.Eligibility = append(e.Eligibility, changes(encoder, key, f.driver.Contact(key))...)
	}
	for ref, bad := range f.bad {
		e.DeadLetters = append(e.DeadLetters, letterOf(ref, bad))
	}
	number(e.Eligibility)
	return e
}

// number gives records the offsets that a broker would.
func number(records []*kgo.Record) {
	next := map[topicPartition]int64{}
	for _, r := range records {
		at := topicPartition{r.Topic, r.Partition}
		r.Offset = next[at]
		next[at]++
	}
}

// changes returns two changes of a contact, an empty one and what holds.
func changes(encoder *schemas.Encoder, key state.Key, c *state.Contact) (out []*kgo.Record) {
	for sequence := int64(1); sequence <= 2; sequence++ {
		e := state.EligibilityChanged{EventID: fmt.Sprintf("%s-%d", key.Contact, sequence), Key: key, Sequence: sequence, Cause: state.Cause{Kind: state.CauseEvent, Partition: -1, Offset: -1}}
		if sequence == 2 {
			for _, v := range rules.Standing(rules.Default(), key.Controller, c, testNow, testNow).Verdicts {
				e.Verdicts = append(e.Verdicts, state.PublishedVerdict{Row: state.Row{
					Kind: v.Kind, Channel: v.Channel, Address: v.Address, Brand: v.Brand, Allowed: v.Allowed, AllowedByLaw: v.AllowedByLaw,
					Basis: v.Basis, Reason: v.Reason, Families: v.Families, Until: v.Until,
				}})
			}
		}
		value, err := encoder.EligibilityChanged(nil, &e)
		if err != nil {
			panic(err)
		}
		out = append(out, &kgo.Record{Topic: "eligibility-changed", Partition: kafka.Partition([]byte(key.Contact), testPartitions), Key: []byte(key.Contact), Value: value})
	}
	return out
}

func letterOf(ref string, bad *kgo.Record) *kgo.Record {
	letter := copyOf(bad)
	parts := strings.Split(ref, "/")
	for i, name := range []string{"topic", "partition", "offset"} {
		letter.Headers = append(letter.Headers, kgo.RecordHeader{Key: "__streams.errors." + name, Value: []byte(parts[i])})
	}
	return letter
}

func TestWhatIsSoundIsFoundSound(t *testing.T) {
	topics := processor.DefaultTopics()
	found := Judge(&topics, sound(t), testNow)
	if len(found.Problems) > 0 {
		t.Errorf("%d problems, the first: %s", len(found.Problems), found.Problems[0])
	}
	if found.Contacts < 100 || found.DeadLetters < 10 || found.ObjectedBefore == 0 || found.ObjectedAfter == 0 || found.Unharmed == 0 {
		t.Errorf("a load without faults proves nothing: %+v", found)
	}
}

// Each way to be wrong must be found.
func TestEveryWrongIsFound(t *testing.T) {
	topics := processor.DefaultTopics()
	cases := []struct {
		name, says string
		spoil      func(*Evidence)
	}{
		{"a lost change", "comes after change", func(e *Evidence) { e.Eligibility = slices.Delete(e.Eligibility, 0, 1) }},
		{"a change lost at the end", "rows were published", func(e *Evidence) { e.Eligibility = slices.Delete(e.Eligibility, 1, 2) }},
		{"a change twice", "was published twice", func(e *Evidence) { e.Eligibility = append(e.Eligibility, e.Eligibility[3]) }},
		{"a contact forgotten", "nothing was published", func(e *Evidence) { e.Eligibility = e.Eligibility[2:] }},
		{"an input lost", "", func(e *Evidence) { // as seen by the published side: the judge knows one fact more
			e.Inputs = append(e.Inputs, objection(t, e))
		}},
		{"a dead letter lost", "0 times in the dead letters", func(e *Evidence) { e.DeadLetters = e.DeadLetters[1:] }},
		{"a dead letter twice", "2 times in the dead letters", func(e *Evidence) { e.DeadLetters = append(e.DeadLetters, e.DeadLetters[0]) }},
		{"a good record dead", "which is a good record", func(e *Evidence) {
			e.DeadLetters = append(e.DeadLetters, letterOf("clicks/0/1000000", e.Inputs[0]))
		}},
		{"a dead letter changed", "not the record as it came", func(e *Evidence) { e.DeadLetters[0].Value = []byte("else") }},
		{"a published record unreadable", "eligibility-changed", func(e *Evidence) { e.Eligibility[5].Value = []byte("?") }},
		{"a retention stage unreadable", "retention", func(e *Evidence) {
			e.Retention = append(e.Retention, &kgo.Record{Topic: "retention-expiry", Value: []byte("?")})
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			e := sound(t)
			c.spoil(e)
			found := Judge(&topics, e, testNow)
			if !slices.ContainsFunc(found.Problems, func(p string) bool { return strings.Contains(p, c.says) }) {
				t.Errorf("not found; problems: %q", found.Problems)
			}
		})
	}
}

// objection is one more record: somebody of a household says no.
func objection(t *testing.T, e *Evidence) *kgo.Record {
	topics := processor.DefaultTopics()
	load, err := NewLoad(LoadConfig{Seed: 2, Events: 1, Contacts: 1, Topics: topics, Partitions: testPartitions})
	if err != nil {
		t.Fatal(err)
	}
	r := load.no("household-3-a", "household-3") // of a household in which nobody objects
	out, err := load.encode(&r)
	if err != nil {
		t.Fatal(err)
	}
	out.Offset = int64(len(e.Inputs))
	out.Headers = []kgo.RecordHeader{{Key: sentHeader, Value: []byte("1")}}
	return out
}

// An objection that did not reach the other contact is found without any fold.
func TestAHouseholdIsJudgedByItself(t *testing.T) {
	key := func(contact string) state.Key {
		return state.Key{Controller: schemas.DefaultController, Contact: contact}
	}
	allowed := state.EligibilityChanged{Verdicts: []state.PublishedVerdict{{Row: state.Row{Kind: state.MessageNewsletter, Channel: state.ChannelEmail, Allowed: true}}}}
	cases := []struct {
		name     string
		a, b     words
		aAllowed bool
		problems int
	}{
		{"nobody objected", words{1, 0}, words{2, 0}, true, 0},
		{"nobody objected and one is denied", words{1, 0}, words{2, 0}, false, 1},
		{"the other objected before", words{3, 0}, words{2, 1}, false, 0},
		{"the other objected and it did not arrive", words{3, 0}, words{2, 4}, true, 1},
	}
	for _, c := range cases {
		j := &judge{last: map[state.Key]state.EligibilityChanged{key("household-1-b"): allowed}}
		if c.aAllowed {
			j.last[key("household-1-a")] = allowed
		}
		j.households(map[string]*words{"household-1-a": &c.a, "household-1-b": &c.b})
		if len(j.Problems) != c.problems {
			t.Errorf("%s: %q", c.name, j.Problems)
		}
	}
}

// The same seed gives the same records.
func TestALoadIsRepeatable(t *testing.T) {
	a, b := sound(t).Inputs, sound(t).Inputs
	same := slices.EqualFunc(a, b, func(x, y *kgo.Record) bool {
		return x.Topic == y.Topic && x.Partition == y.Partition && x.Offset == y.Offset && string(x.Key) == string(y.Key) && string(x.Value) == string(y.Value)
	})
	if !same {
		t.Error("two loads of one seed differ")
	}
}
