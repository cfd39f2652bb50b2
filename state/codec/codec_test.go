package codec_test

import (
	"bytes"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/statetest"
)

// A contact with nothing in a list may have nil or an empty slice there.
var sameLists = cmpopts.EquateEmpty()

func TestContactComesBack(t *testing.T) {
	var arena codec.Arena
	var back state.Contact // reused, so that anything left over shows
	rapid.Check(t, func(t *rapid.T) {
		source := statetest.Rapid{T: t}
		c := statetest.Contact(source, statetest.Shop(), source.Int(0, 20))
		b := codec.AppendContact(nil, &c)
		arena.Reset()
		if err := codec.DecodeContact(b, &back, &arena); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(c, back, sameLists); diff != "" {
			t.Fatalf("decoded contact differs (-want +got):\n%s", diff)
		}
		if got := codec.Timer(b); got != c.Timer {
			t.Fatalf("Timer = %v, want %v", got, c.Timer)
		}
	})
}

func TestFactComesBack(t *testing.T) {
	var arena codec.Arena
	rapid.Check(t, func(t *rapid.T) {
		f := statetest.Facts(statetest.Rapid{T: t}, statetest.Shop(), 1)[0]
		f.Since -= state.Instant(rapid.IntRange(0, 2).Draw(t, "since")) * statetest.Day
		b := codec.AppendFact([]byte("before"), &f)
		arena.Reset()
		var back state.Fact
		if err := codec.DecodeFact(b[len("before"):], &back, &arena); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(f, back, sameLists); diff != "" {
			t.Fatalf("decoded fact differs (-want +got):\n%s", diff)
		}
	})
}

func TestEveryCutIsCorrupt(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := statetest.Contact(statetest.Rapid{T: t}, statetest.Shop(), 5)
		b := codec.AppendContact(nil, &c)
		cut := rapid.IntRange(0, len(b)-1).Draw(t, "cut")
		var back state.Contact
		err := codec.DecodeContact(slices.Clone(b[:cut]), &back, new(codec.Arena))
		if !errors.Is(err, codec.ErrCorrupt) {
			t.Fatalf("the first %d of %d bytes: error %v, want ErrCorrupt", cut, len(b), err)
		}
	})
}

func TestBytesOfANewerBuild(t *testing.T) {
	c := state.NewContact()
	b := codec.AppendContact(nil, &c)
	b[0]++
	var back state.Contact
	if err := codec.DecodeContact(b, &back, new(codec.Arena)); !errors.Is(err, codec.ErrVersion) {
		t.Errorf("error %v, want ErrVersion", err)
	}
	if got := codec.Timer(b); got != state.Never {
		t.Errorf("Timer = %v, want never", got)
	}
}

func TestBytesAfterTheEndAreRefused(t *testing.T) {
	c := state.NewContact()
	b := append(codec.AppendContact(nil, &c), 0)
	var back state.Contact
	if err := codec.DecodeContact(b, &back, new(codec.Arena)); !errors.Is(err, codec.ErrCorrupt) {
		t.Errorf("error %v, want ErrCorrupt", err)
	}
}

func TestAppendLeavesWhatIsThere(t *testing.T) {
	c := state.NewContact()
	want := codec.AppendContact(nil, &c)
	got := codec.AppendContact([]byte("abc"), &c)
	if !bytes.Equal(got[3:], want) || string(got[:3]) != "abc" {
		t.Errorf("appended %x after %q, want %x", got[3:], got[:3], want)
	}
}

// Limits are counted by Size, so nothing may be encoded larger.
func TestSizeIsAnUpperBound(t *testing.T) {
	pools := statetest.Shop()
	pools.Long, pools.Early = true, true
	empty := state.NewContact()
	head := len(codec.AppendContact(nil, &empty))
	for seed := range uint64(200) {
		source := statetest.Seed(seed)
		c := statetest.Fold(statetest.Facts(source, pools, source.Int(1, 80)))
		for i := range c.Facts {
			f := &c.Facts[i]
			f.Address = ""
			if got, limit := len(codec.AppendFact(nil, f)), f.Size(); got > limit {
				t.Fatalf("seed %d: %+v takes %d bytes, Size %d", seed, f, got, limit)
			}
		}
		const marks = 50
		if got, limit := len(codec.AppendContact(nil, &c)), c.Size()+head+marks; got > limit {
			t.Fatalf("seed %d: %d facts take %d bytes, Size %d", seed, len(c.Facts), got, c.Size())
		}
	}
}
