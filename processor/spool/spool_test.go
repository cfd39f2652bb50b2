package spool

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"
)

// With hardly any memory the sort makes many runs; the order stays. Some keys
// begin others, some records are larger than any buffer.
func TestManyRunsMerge(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pool := NewFile(t.TempDir())
	defer pool.Close()
	sorter := NewSorter(pool, 1, bytes.Compare)
	var want []string
	for i := range 500 {
		key := strings.Repeat("k\x00z"[:1+random.IntN(3)], 1+random.IntN(5))
		payload := fmt.Sprint(random.IntN(20))
		if i%100 == 0 {
			payload = strings.Repeat("x", 3*spoolBuffer)
		}
		want = append(want, key+"\x00\x00"+payload)
		if err := sorter.Add([]byte(key), []byte(payload[:1]), []byte(payload[1:])); err != nil {
			t.Fatal(err)
		}
	}
	left, err := sorter.End()
	if err != nil {
		t.Fatal(err)
	}
	m, err := NewMerge([]Run{left}, pool, 1<<20, sorter.Compare)
	if err != nil {
		t.Fatal(err)
	}
	if len(pool.runs) < 400 {
		t.Errorf("only %d runs", len(pool.runs))
	}
	var got []string
	for e := m.Least(); e != nil; e = m.Least() {
		got = append(got, string(e.Key())+"\x00\x00"+string(e.Payload()))
		if n := len(got); n > 1 && strings.Compare(keyOf(got[n-2]), keyOf(got[n-1])) > 0 {
			t.Fatalf("%q comes before %q", keyOf(got[n-2]), keyOf(got[n-1]))
		}
		if err := m.Drop(); err != nil {
			t.Fatal(err)
		}
	}
	slices.Sort(want)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("%d records, want %d; or others", len(got), len(want))
	}
}

// Keys that agree in their first bytes, end within or at a multiple of them, or
// hold zeros where others end.
func TestKeysOfAllKindsAreSorted(t *testing.T) {
	for seed := range uint64(200) {
		random := rand.New(rand.NewPCG(seed, 2))
		var entries, want []Entry
		for range 2 + random.IntN(60) {
			key := strings.Repeat("abcdefgh"[:1+random.IntN(8)], random.IntN(6)) + strings.Repeat("\x00", random.IntN(3)) + "yz"[:random.IntN(3)]
			data := []byte(key + fmt.Sprint(random.IntN(3)))
			entries = append(entries, Entry{prefixOf([]byte(key)), data, len(key)})
		}
		want = slices.Clone(entries)
		slices.SortFunc(want, func(a, b Entry) int {
			return cmp.Or(bytes.Compare(a.Key(), b.Key()), bytes.Compare(a.Payload(), b.Payload()))
		})
		sortEntries(entries, bytes.Compare)
		for i := range entries {
			a, b := &entries[i], &want[i]
			if !bytes.Equal(a.data, b.data) || a.key != b.key || a.prefix != b.prefix {
				t.Fatalf("seed %d, place %d: %q %q prefix %x, want %q %q prefix %x", seed, i, a.Key(), a.Payload(), a.prefix, b.Key(), b.Payload(), b.prefix)
			}
		}
	}
}

func keyOf(line string) string { return line[:strings.LastIndex(line, "\x00\x00")] }

func TestTheSpoolLeavesNoName(t *testing.T) {
	dir := t.TempDir()
	s := NewFile(dir)
	if err := s.write([]Entry{{data: []byte("key secret"), key: 3}}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("the folder holds %v while the spool is open", left)
	}
}
