package store_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/cockroachdb/pebble/v2/vfs"

	"consentstream/state"
	"consentstream/state/store"
)

func TestABatchIsUsedAgainAfterReset(t *testing.T) {
	s := open(t, "state", store.Options{FS: vfs.NewMem()})
	b := s.NewBatch()
	defer b.Close()
	for n := range int64(3) {
		b.Put(0, fmt.Appendf(nil, "k%d", n), []byte("v"))
		b.PutPosition(0, "clicks", n)
		if b.Len() != 2 || b.Bytes() == 0 {
			t.Fatalf("round %d: %d writes, %d bytes", n, b.Len(), b.Bytes())
		}
		if err := s.Apply(b, n == 1); err != nil {
			t.Fatal(err)
		}
		b.Reset()
	}
	n := 0
	err := s.Scan(0, nil, func(_, _ []byte) (bool, error) { n++; return true, nil })
	if err != nil || n != 3 {
		t.Errorf("%d states, error %v", n, err)
	}
}

// A partition that no key holds must not end up in another one.
func TestPartitionsOutOfRangeAreRefusedEverywhere(t *testing.T) {
	s := open(t, "state", store.Options{FS: vfs.NewMem()})
	for _, p := range []int32{-1, 65536} {
		b := s.NewBatch()
		b.Put(0, []byte("good"), nil)
		b.PutTimer(p, 0, []byte("bad"))
		errs := map[string]error{"Apply": s.Apply(b, false), "DropPartition": s.DropPartition(p)}
		_, _, errs["Get"] = s.Get(p, nil)
		_, _, errs["Reader"] = s.NewReader(p).Get(nil)
		errs["Scan"] = s.Scan(p, nil, nil)
		errs["ScanPrefix"] = s.ScanPrefix(p, nil, nil)
		errs["Due"] = s.Due(p, 0, 0, nil)
		_, errs["Positions"] = s.Positions(p)
		_, errs["Meta"] = s.Meta(p, "m")
		for what, err := range errs {
			if !errors.Is(err, store.ErrPartition) {
				t.Errorf("%s of partition %d: %v", what, p, err)
			}
		}
		b.Close()
	}
	if partitions, err := s.Partitions(); err != nil || len(partitions) != 0 {
		t.Errorf("the store holds partitions %v, error %v", partitions, err)
	}
}

// A Reader and a Scan see what was there when they began.
func TestReadersSeeOneMoment(t *testing.T) {
	s := open(t, "state", store.Options{FS: vfs.NewMem()})
	step(t, s, 0, 1, false)
	r := s.NewReader(0)
	defer r.Close()
	step(t, s, 0, 2, false)
	if err := s.DropPartition(0); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"contact-0", "contact-2", "contact-1"} { // in any order
		if value, found, err := r.Get([]byte(key)); !found || err != nil || value[0] != '1' {
			t.Errorf("%s: %q, found %v, error %v", key, value, found, err)
		}
	}
	later := s.NewReader(0)
	defer later.Close()
	if _, found, err := later.Get([]byte("contact-0")); found || err != nil {
		t.Errorf("a new reader finds a dropped state: %v, error %v", found, err)
	}
}

func TestAnErrorOfTheCallerEndsAScan(t *testing.T) {
	s := open(t, "state", store.Options{FS: vfs.NewMem()})
	step(t, s, 0, 1, false)
	stop, calls := errors.New("enough"), 0
	err := s.Scan(0, nil, func(_, _ []byte) (bool, error) { calls++; return true, stop })
	due := s.Due(0, state.Never, 0, func(state.Instant, []byte) error { calls++; return stop })
	if !errors.Is(err, stop) || !errors.Is(due, stop) || calls != 2 {
		t.Errorf("errors %v and %v after %d calls", err, due, calls)
	}
}

func TestACheckpointIsAStoreOfItsMoment(t *testing.T) {
	dir := t.TempDir()
	s := open(t, filepath.Join(dir, "state"), store.Options{Group: "g", ClusterID: "c"})
	step(t, s, 0, 1, false)
	copied := filepath.Join(dir, "copy")
	if err := s.Checkpoint(copied); err != nil {
		t.Fatal(err)
	}
	step(t, s, 0, 2, false)
	if err := s.Checkpoint(copied); err == nil {
		t.Error("a checkpoint overwrote another one")
	}
	if n := reached(t, open(t, copied, store.Options{Group: "g", ClusterID: "c"}), 0); n != 1 {
		t.Errorf("the copy stands at %d", n)
	}
	if _, err := store.Open(copied, store.Options{Group: "other"}); err == nil {
		t.Error("the copy is open to any group")
	}
}

// A bulk load is there after Persist, for whoever opens the store next.
func TestABulkLoadIsThereAfterPersist(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{BulkLoad: true})
	step(t, s, 0, 1, false)
	if err := s.Persist(); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil { // as a kill -9 leaves it
		t.Fatal(err)
	}
	if n := reached(t, open(t, copied, store.Options{}), 0); n != 1 {
		t.Errorf("it stands at %d", n)
	}
}

func TestAReadOnlyStoreRefusesWrites(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{})
	step(t, s, 0, 1, false)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	before := digest(t, dir)
	s = open(t, dir, store.Options{ReadOnly: true})
	if n := reached(t, s, 0); n != 1 {
		t.Errorf("it stands at %d", n)
	}
	b := s.NewBatch()
	defer b.Close()
	b.Put(0, []byte("k"), nil)
	if s.Apply(b, false) == nil || s.DropPartition(0) == nil {
		t.Error("it takes writes")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if digest(t, dir) != before {
		t.Error("files were changed")
	}
}

// The bytes of a dropped partition leave the tables without further writes.
func TestDroppedBytesLeaveTheDisk(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, store.Options{MemTableBytes: 256 << 10, CacheBytes: 8 << 20})
	b := s.NewBatch()
	defer b.Close()
	for n := range 20_000 {
		b.Put(int32(n%2), fmt.Appendf(nil, "contact-%d", n), fmt.Appendf(nil, "dropped-%d %x", n%2, n*n*n*7919))
		if b.Len() == 1000 {
			if err := s.Apply(b, false); err != nil {
				t.Fatal(err)
			}
			b.Reset()
		}
	}
	eventually(t, "the tables hold both partitions", func() bool { return tablesHold(t, dir, "dropped-0") && tablesHold(t, dir, "dropped-1") })
	if err := s.DropPartition(0); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the dropped partition is gone from the tables", func() bool { return !tablesHold(t, dir, "dropped-0") })
	if !tablesHold(t, dir, "dropped-1") {
		t.Error("the other partition is gone too")
	}
}

// eventually waits for what happens in the background: how long that takes is
// the business of a loaded machine, not of the test.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(5 * time.Minute); !is(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never came true: %s", what)
		}
	}
}

// tablesHold looks for the start of a value; packing leaves it readable once
// in each block.
func tablesHold(t *testing.T, dir, value string) bool {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*.sst"))
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if content, err := os.ReadFile(path); err == nil && bytes.Contains(content, []byte(value)) {
			return true
		}
	}
	return false
}

func TestMetricsTellSizes(t *testing.T) {
	s := open(t, t.TempDir(), store.Options{MemTableBytes: 256 << 10, CacheBytes: 8 << 20})
	for n := range int64(3000) {
		step(t, s, 0, n, false)
	}
	m := s.Metrics()
	if m.DiskBytes == 0 || m.MemTableBytes == 0 || m.Flushes == 0 {
		t.Errorf("metrics %+v", m)
	}
}

func TestClosingTwiceIsClosing(t *testing.T) {
	s := open(t, "state", store.Options{FS: vfs.NewMem()})
	if err := errors.Join(s.Close(), s.Close()); err != nil {
		t.Error(err)
	}
}
