package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"consentstream/state"
)

// emptyIsNil treats no entries alike, however they are written.
var emptyIsNil = cmpopts.EquateEmpty()

type testCase struct {
	name string
	test func(t *testing.T, s Store)
}

var cases = []testCase{
	{"an empty store has nothing", emptyStore},
	{"the last write of a batch counts", lastWriteCounts},
	{"a key that begins another is another key", prefixKeys},
	{"an empty value is there", emptyValue},
	{"timers come in the order of time", timerOrder},
	{"timers of one instant come by key", timerTies},
	{"a timer is due at its instant", timerBoundary},
	{"timers are read on behind the last one seen", timersInPages},
	{"kinds and partitions do not mix", separation},
	{"dropping a partition leaves the others", dropLeavesOthers},
	{"a dropped partition can be filled again", dropThenFill},
}

func emptyStore(t *testing.T, s Store) {
	if _, found, err := s.Get(0, "a"); found || err != nil {
		t.Errorf("Get: found %v, error %v", found, err)
	}
	if _, found, err := s.Meta(0, "a"); found || err != nil {
		t.Errorf("Meta: found %v, error %v", found, err)
	}
	want(t, "Positions", second(s.Positions(0)), map[string]int64{})
	want(t, "Due", second(s.Due(0, state.Never, 0)), []Timer{})
	want(t, "Partitions", second(s.Partitions()), []int32{})
	must(t, s.DropPartition(0))
	must(t, s.Apply(nil, true))
}

func lastWriteCounts(t *testing.T, s Store) {
	must(t, s.Apply([]Write{
		{Kind: PutState, Name: "a", Value: "1"}, {Kind: DeleteState, Name: "a"}, {Kind: PutState, Name: "a", Value: "2"},
		{Kind: PutState, Name: "b", Value: "1"}, {Kind: DeleteState, Name: "b"},
		{Kind: PutPosition, Name: "clicks", Offset: 1}, {Kind: PutPosition, Name: "clicks", Offset: -2},
	}, false))
	want(t, "Scan", second(s.Scan(0, "", 10)), []State{{"a", "2"}})
	want(t, "Positions", second(s.Positions(0)), map[string]int64{"clicks": -2})
}

func prefixKeys(t *testing.T, s Store) {
	must(t, s.Apply([]Write{{Kind: PutState, Name: "ab", Value: "1"}, {Kind: PutState, Name: "abc", Value: "2"}}, false))
	want(t, "GetMany", second(s.GetMany(0, []string{"a", "ab", "abb", "abc", "abcd"})), []Found{{}, {"1", true}, {}, {"2", true}, {}})
	want(t, "ScanPrefix", second(s.ScanPrefix(0, "abc", 10)), []State{{"abc", "2"}})
	want(t, "Scan", second(s.Scan(0, "abb", 10)), []State{{"abc", "2"}})
}

func emptyValue(t *testing.T, s Store) {
	must(t, s.Apply([]Write{{Kind: PutState, Name: "a"}, {Kind: PutMeta, Name: "m"}}, false))
	if _, found, _ := s.Get(0, "a"); !found {
		t.Error("a state with an empty value is not found")
	}
	if _, found, _ := s.Meta(0, "m"); !found {
		t.Error("an empty meta value is not found")
	}
}

func timerOrder(t *testing.T, s Store) {
	ordered := []Timer{{state.Unset, "a"}, {-1000, "a"}, {-1, "z"}, {0, "a"}, {1, "b"}, {256, "a"}, {1 << 41, "a"}, {state.Never, "a"}}
	var writes []Write
	for i := range ordered {
		due := ordered[(i*5+3)%len(ordered)]
		writes = append(writes, Write{Kind: PutTimer, At: due.At, Name: due.Key})
	}
	must(t, s.Apply(writes, false))
	want(t, "all", second(s.Due(0, state.Never, 0)), ordered)
	want(t, "up to 0", second(s.Due(0, 0, 0)), ordered[:4])
	want(t, "the first two", second(s.Due(0, state.Never, 2)), ordered[:2])
}

func timerTies(t *testing.T, s Store) {
	must(t, s.Apply([]Write{{Kind: PutTimer, At: 7, Name: "b"}, {Kind: PutTimer, At: 7, Name: "ab"}, {Kind: PutTimer, At: 7, Name: "a"}}, false))
	must(t, s.Apply([]Write{{Kind: DeleteTimer, At: 7, Name: "ab"}, {Kind: DeleteTimer, At: 8, Name: "a"}}, false))
	want(t, "Due", second(s.Due(0, 7, 0)), []Timer{{7, "a"}, {7, "b"}})
}

func timerBoundary(t *testing.T, s Store) {
	must(t, s.Apply([]Write{{Kind: PutTimer, At: 1000, Name: "\xff\xff"}}, false))
	want(t, "a millisecond before", second(s.Due(0, 999, 0)), []Timer{})
	want(t, "at its instant", second(s.Due(0, 1000, 0)), []Timer{{1000, "\xff\xff"}})
}

func timersInPages(t *testing.T, s Store) {
	all := []Timer{{-5, "z"}, {7, "a"}, {7, "ab"}, {7, "b"}, {8, "a"}, {9, "a"}}
	var writes []Write
	for _, due := range all {
		writes = append(writes, Write{Kind: PutTimer, At: due.At, Name: due.Key})
	}
	must(t, s.Apply(writes, false))
	last, seen := Timer{At: state.Unset}, []Timer{}
	for range all {
		page := second(s.DueAfter(0, last, 8, 2)).Result
		if len(page) == 0 {
			break
		}
		seen, last = append(seen, page...), page[len(page)-1]
	}
	want(t, "all pages up to 8", second(seen, nil), all[:5])
}

// everyKind writes one entry of each kind under the same name.
func everyKind(partition int32, value string) []Write {
	return []Write{
		{Kind: PutState, Partition: partition, Name: "x", Value: value},
		{Kind: PutTimer, Partition: partition, Name: "x", At: 5},
		{Kind: PutPosition, Partition: partition, Name: "x", Offset: int64(partition)},
		{Kind: PutMeta, Partition: partition, Name: "x", Value: value},
	}
}

func separation(t *testing.T, s Store) {
	must(t, s.Apply(append(everyKind(255, "low"), everyKind(256, "high")...), false))
	holds(t, s, 255, "low")
	holds(t, s, 256, "high")
	want(t, "Partitions", second(s.Partitions()), []int32{255, 256})
	want(t, "the partition between", second(s.Scan(257, "", 10)), []State{})
}

func dropLeavesOthers(t *testing.T, s Store) {
	for _, partition := range []int32{0, 255, 256, 65535} {
		must(t, s.Apply(everyKind(partition, "v"), false))
	}
	must(t, s.DropPartition(256))
	must(t, s.DropPartition(65535))
	holds(t, s, 0, "v")
	holds(t, s, 255, "v")
	want(t, "Partitions", second(s.Partitions()), []int32{0, 255})
	want(t, "positions of the dropped", second(s.Positions(256)), map[string]int64{})
	want(t, "timers of the dropped", second(s.Due(256, state.Never, 0)), []Timer{})
}

func dropThenFill(t *testing.T, s Store) {
	must(t, s.Apply(everyKind(3, "old"), true))
	must(t, s.DropPartition(3))
	must(t, s.Apply(everyKind(3, "new"), false))
	holds(t, s, 3, "new")
}

// holds checks that exactly the entries of everyKind are there.
func holds(t *testing.T, s Store, partition int32, value string) {
	t.Helper()
	want(t, "Scan", second(s.Scan(partition, "", 10)), []State{{"x", value}})
	want(t, "Due", second(s.Due(partition, state.Never, 0)), []Timer{{5, "x"}})
	want(t, "Positions", second(s.Positions(partition)), map[string]int64{"x": int64(partition)})
	want(t, "Meta", found(s.Meta(partition, "x")), Found{value, true})
}

func want[T any](t *testing.T, what string, got outcome[T], want T) {
	t.Helper()
	if diff := cmp.Diff(outcome[T]{Result: want}, got, emptyIsNil); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
