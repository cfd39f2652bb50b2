package store_test

import (
	"io"
	"log/slog"
	"testing"

	"github.com/cockroachdb/pebble/v2/vfs"

	"consentstream/state/store"
	"consentstream/state/store/storetest"
)

// quiet keeps the background's talk out of test output.
var quiet = slog.New(slog.NewTextHandler(io.Discard, nil))

func open(t testing.TB, dir string, o store.Options) *store.Store {
	t.Helper()
	if o.Logger == nil {
		o.Logger = quiet
	}
	if o.CacheBytes == 0 {
		o.CacheBytes, o.MemTableBytes = 1<<20, 1<<20
	}
	s, err := store.Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestConformanceOnDisk(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Store {
		return storetest.OfPebble(open(t, t.TempDir(), store.Options{}))
	})
}

func TestConformanceInMemory(t *testing.T) {
	storetest.Run(t, func(t testing.TB) storetest.Store {
		return storetest.OfPebble(open(t, "state", store.Options{FS: vfs.NewMem()}))
	})
}

func TestConformanceOfTheNaiveStore(t *testing.T) {
	storetest.Run(t, func(testing.TB) storetest.Store { return storetest.NewNaive() })
}
