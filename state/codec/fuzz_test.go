package codec_test

import (
	"bytes"
	"errors"
	"testing"

	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/statetest"
)

// What decodes must encode again to something that decodes to the same; what
// does not must say that it is corrupt. Nothing panics or takes more memory
// than the bytes could hold.
func FuzzDecodeContact(f *testing.F) {
	for _, c := range []state.Contact{state.NewContact(), typical(), everything()} {
		f.Add(codec.AppendContact(nil, &c))
	}
	for seed := range uint64(20) {
		c := statetest.Contact(statetest.Seed(seed), statetest.Shop(), 30)
		f.Add(codec.AppendContact(nil, &c))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var c, again state.Contact
		codec.Timer(b)
		if err := codec.DecodeContact(b, &c, new(codec.Arena)); err != nil {
			if !errors.Is(err, codec.ErrCorrupt) && !errors.Is(err, codec.ErrVersion) {
				t.Fatalf("error %v is of no known kind", err)
			}
			return
		}
		if cap(c.Facts) > len(b) || cap(c.Published.Rows) > len(b) {
			t.Fatalf("%d bytes took room for %d facts and %d rows", len(b), cap(c.Facts), cap(c.Published.Rows))
		}
		once := codec.AppendContact(nil, &c)
		if err := codec.DecodeContact(once, &again, new(codec.Arena)); err != nil {
			t.Fatalf("own bytes do not decode: %v", err)
		}
		if twice := codec.AppendContact(nil, &again); !bytes.Equal(once, twice) {
			t.Fatalf("encoded as\n%x, then as\n%x", once, twice)
		}
	})
}

func FuzzDecodeFact(f *testing.F) {
	for _, fact := range statetest.Facts(statetest.Seed(1), statetest.Shop(), 60) {
		f.Add(codec.AppendFact(nil, &fact))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var fact, again state.Fact
		if err := codec.DecodeFact(b, &fact, new(codec.Arena)); err != nil {
			if !errors.Is(err, codec.ErrCorrupt) {
				t.Fatalf("error %v is of no known kind", err)
			}
			return
		}
		once := codec.AppendFact(nil, &fact)
		if err := codec.DecodeFact(once, &again, new(codec.Arena)); err != nil {
			t.Fatalf("own bytes do not decode: %v", err)
		}
		if twice := codec.AppendFact(nil, &again); !bytes.Equal(once, twice) {
			t.Fatalf("encoded as\n%x, then as\n%x", once, twice)
		}
	})
}
