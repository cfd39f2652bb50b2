package store

import (
	"bytes"
	"log/slog"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"
)

// fullDisk takes no byte once it is full.
type fullDisk struct {
	vfs.FS
	full   atomic.Bool
	tables atomic.Bool // it is full for tables alone
}

type fullFile struct {
	vfs.File
	disk *fullDisk
}

func (d *fullDisk) Create(name string, category vfs.DiskWriteCategory) (vfs.File, error) {
	if d.tables.Load() && strings.HasSuffix(name, ".sst") {
		return nil, syscall.ENOSPC
	}
	f, err := d.FS.Create(name, category)
	return fullFile{f, d}, err
}

func (f fullFile) Write(p []byte) (int, error) {
	if f.disk.full.Load() {
		return 0, syscall.ENOSPC
	}
	return f.File.Write(p)
}

// A log that the disk does not take ends the process with what to do, not with
// a panic of Pebble's; what was applied before is there at the next start.
func TestAFullDiskEndsTheProcess(t *testing.T) {
	mem := vfs.NewMem()
	disk := &fullDisk{FS: mem}
	var log bytes.Buffer
	type exited struct{ code int }
	s, err := Open("store", Options{
		Group: "g", FS: disk, CacheBytes: 1 << 20, Logger: slog.New(slog.NewTextHandler(&log, nil)),
		exit: func(code int) { panic(exited{code}) },
	})
	if err != nil {
		t.Fatal(err)
	}
	b := s.NewBatch()
	b.Put(0, []byte("kept"), []byte("v"))
	if err := s.Apply(b, true); err != nil {
		t.Fatal(err)
	}
	disk.full.Store(true)
	defer func() {
		if p := recover(); p != (exited{2}) {
			t.Errorf("ended by %v", p)
		}
		if !strings.Contains(log.String(), "no space left on device") || !strings.Contains(log.String(), "look at disk and free space") {
			t.Errorf("the log says %s", log.String())
		}
	}()
	for range 100_000 { // a log is written in blocks
		b.Reset()
		b.Put(0, []byte("lost"), bytes.Repeat([]byte("v"), 1000))
		if err := s.Apply(b, true); err != nil {
			t.Fatal(err)
		}
	}
	t.Error("the disk is not full")
}

// What a log holds goes to files before a store is open. A disk that does not take
// them ends the process too: it would wait there, deaf to every signal.
func TestADiskThatIsFullAtTheStartEndsTheProcess(t *testing.T) {
	mem := vfs.NewCrashableMem()
	options := Options{Group: "g", FS: mem, CacheBytes: 1 << 20, MemTableBytes: 1 << 20, Logger: slog.New(slog.DiscardHandler)}
	s, err := Open("store", options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	b := s.NewBatch()
	b.Put(0, []byte("kept"), []byte("v"))
	if err := s.Apply(b, true); err != nil {
		t.Fatal(err)
	}
	disk := &fullDisk{FS: mem.CrashClone(vfs.CrashCloneCfg{})}
	disk.tables.Store(true)
	var log bytes.Buffer
	options.FS, options.Logger = disk, slog.New(slog.NewTextHandler(&log, nil))
	ends := make(chan int, 100)
	options.exit = func(code int) {
		ends <- code
		disk.tables.Store(false) // so that Open returns
	}
	opened, err := Open("store", options)
	if err != nil {
		t.Fatal(err)
	}
	defer opened.Close()
	if code := <-ends; code != exitFailed {
		t.Errorf("ended by %d", code)
	}
	if !strings.Contains(log.String(), "no space left on device") || !strings.Contains(log.String(), "look at disk and free space") {
		t.Errorf("the log says %s", log.String())
	}
}
