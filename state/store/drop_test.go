package store

import (
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

func put(t *testing.T, s *Store, partition int32) {
	t.Helper()
	b := s.NewBatch()
	defer b.Close()
	b.Put(partition, []byte("key"), []byte("value"))
	if err := s.Apply(b, false); err != nil {
		t.Fatal(err)
	}
}

// A first start drops every task's partition, of which there is nothing: that must
// not write files for each of hundreds.
func TestDroppingNothingWritesNothing(t *testing.T) {
	s, err := Open("x", Options{FS: vfs.NewMem(), CacheBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	put(t, s, 1)
	before := s.Metrics()
	for _, partition := range []int32{0, 2} {
		if err := s.DropPartition(partition); err != nil {
			t.Fatal(err)
		}
	}
	if after := s.Metrics(); after.Flushes != before.Flushes || after.Compactions != before.Compactions {
		t.Errorf("%d flushes and %d compactions for nothing", after.Flushes-before.Flushes, after.Compactions-before.Compactions)
	}
	if err := s.DropPartition(1); err != nil {
		t.Fatal(err)
	}
	if partitions, err := s.Partitions(); len(partitions) != 0 || err != nil {
		t.Errorf("partitions %v are left, error %v", partitions, err)
	}
}

// A crash in the middle of a drop: what is deleted lies in the files still, and the
// next drop brings it out, though there seems to be nothing any more.
func TestADropThatBrokeOffIsFinished(t *testing.T) {
	disk := vfs.NewCrashableMem()
	s, err := Open("x", Options{FS: disk, CacheBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	put(t, s, 1)
	if err := s.deleteAll(1); err != nil {
		t.Fatal(err)
	}
	crashed := disk.CrashClone(vfs.CrashCloneCfg{})
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	again, err := Open("x", Options{FS: crashed, CacheBytes: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	if value, err := again.Meta(1, string(droppingName)); value == nil || err != nil {
		t.Fatalf("nothing tells that the drop is not finished: %v", err)
	}
	before := again.Metrics()
	if err := again.DropPartition(1); err != nil {
		t.Fatal(err)
	}
	if after := again.Metrics(); after.Flushes+after.Compactions == before.Flushes+before.Compactions {
		t.Error("the files were not written anew")
	}
	if partitions, err := again.Partitions(); len(partitions) != 0 || err != nil {
		t.Errorf("partitions %v are left, error %v", partitions, err)
	}
}
