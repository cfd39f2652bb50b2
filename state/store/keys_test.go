package store

import (
	"encoding/hex"
	"errors"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"consentstream/state"
)

// Stores written by a released version hold these bytes. A change of any of
// them needs a new FormatVersion.
func TestGoldenBytesOfKeys(t *testing.T) {
	for _, c := range []struct {
		what string
		key  []byte
		want string
	}{
		{"state", nameKey(kindState, 258, []byte("c-1")), "730102632d31"},
		{"state of the last partition", nameKey(kindState, 65535, []byte("c")), "73ffff63"},
		{"timer at 1970", timerKey(1, 0, []byte("c")), "740001800000000000000063"},
		{"timer before 1970", timerKey(1, -1, []byte("c")), "7400017fffffffffffffff63"},
		{"timer in 2026", timerKey(1, 1793487600000, []byte("c")), "740001800001a19430f98063"},
		{"timer unset", timerKey(1, state.Unset, nil), "7400010000000000000000"},
		{"timer never", timerKey(1, state.Never, nil), "740001ffffffffffffffff"},
		{"position", nameKey(kindPosition, 7, []byte("clicks")), "6f0007636c69636b73"},
		{"meta", nameKey(kindMeta, 7, []byte("m")), "6d00076d"},
	} {
		if got := hex.EncodeToString(c.key); got != c.want {
			t.Errorf("%s: key %s, want %s", c.what, got, c.want)
		}
	}
}

func TestByteOrderOfInstantsIsTimeOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a, b := state.Instant(rapid.Int64().Draw(t, "a")), state.Instant(rapid.Int64().Draw(t, "b"))
		ka, kb := appendInstant(nil, a), appendInstant(nil, b)
		if (a < b) != (slices.Compare(ka, kb) < 0) || (a == b) != slices.Equal(ka, kb) {
			t.Fatalf("instants %d and %d, keys %x and %x", a, b, ka, kb)
		}
		if back := instantOf(ka); back != a {
			t.Fatalf("instant %d came back as %d", a, back)
		}
	})
}

func TestAfterIsTheLeastKeyBehindThePrefix(t *testing.T) {
	for prefix, want := range map[string]string{"s\x00\x00": "s\x00\x01", "s\x00\xff": "s\x01", "s\xff\xff": "t", "\xff": ""} {
		if got := string(after([]byte(prefix))); got != want {
			t.Errorf("after(%q) = %q, want %q", prefix, got, want)
		}
	}
}

func TestPartitionsThatNoKeyHolds(t *testing.T) {
	for _, partition := range []int32{-1, 65536} {
		if err := checkPartition(partition); !errors.Is(err, ErrPartition) {
			t.Errorf("partition %d: %v", partition, err)
		}
	}
}
