package replay

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"consentstream/processor"
	"consentstream/state"
)

// met is what a plain map knows of an address.
type met struct {
	contacts map[string]bool
	follows  bool
}

// What several contacts share is never taken for the address of one alone, and
// what matters is never left out, however few the slots are.
func TestMeetingsMissNothing(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		m, plain := newMeetings(0), map[string]*met{}
		type fact struct {
			address string
			at      meeting
		}
		var facts []fact
		for range 20_000 {
			address := fmt.Sprint("a", random.IntN(8000))
			contact := address // most addresses are of one contact
			if random.IntN(50) == 0 {
				contact = fmt.Sprint("c", random.IntN(3))
			}
			follows := random.IntN(30) == 0
			facts = append(facts, fact{address, m.meet(state.Key{Controller: "x", Contact: contact}, address, follows)})
			if plain[address] == nil {
				plain[address] = &met{contacts: map[string]bool{}}
			}
			plain[address].contacts[contact] = true
			plain[address].follows = plain[address].follows || follows
		}
		needless := 0
		for _, f := range facts {
			p := plain[f.address]
			shared := len(p.contacts) > 1
			if shared && m.alone(f.at) || shared && p.follows && !m.matters(f.at, false) ||
				(shared || f.at.follows) && !m.matters(f.at, true) {
				t.Fatalf("seed %d: %s of %d contacts, followed %v", seed, f.address, len(p.contacts), p.follows)
			}
			if !shared && !m.alone(f.at) {
				needless++
			}
		}
		if needless > len(facts)/4 {
			t.Errorf("seed %d: %d of %d facts are taken for shared ones", seed, needless, len(facts))
		}
	}
}

// A crowd is known as one, refusals or not.
func TestMeetingsKnowACrowd(t *testing.T) {
	m := newMeetings(-1)
	var at meeting
	for i := range 3000 {
		at = m.meet(state.Key{Controller: "x", Contact: fmt.Sprint(i)}, "office", false)
		if i == 10 && m.matters(at, false) {
			t.Error("eleven are a crowd")
		}
	}
	if !m.matters(at, false) {
		t.Error("three thousand are none")
	}
}

func TestAFactWithoutAddressMeetsNobody(t *testing.T) {
	m := newMeetings(0)
	for _, contact := range []string{"a", "b"} {
		at := m.meet(state.Key{Contact: contact}, "", true)
		if !m.alone(at) || m.matters(at, true) {
			t.Error("it meets somebody")
		}
	}
}

// Shared hands out all facts of an address that two contacts use and one
// refuses, whether they are sorted in memory or on disk, and begins anew.
func TestSharedFacts(t *testing.T) {
	for _, memory := range []int64{0, 1} {
		s, err := Open(t.Context(), []string{sampleFiles(t, "null")}, Options{MemoryBytes: memory})
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]int{}
		for range 2 {
			if err := s.Shared(false, func(f *processor.ReplayFact) error {
				all[strings.Clone(f.Fact.Address)]++
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
		facts := drained(t, s)
		plain, count := map[string]*met{}, map[string]int{}
		for i := range facts {
			f := &facts[i]
			address := f.Fact.Address
			if plain[address] == nil {
				plain[address] = &met{contacts: map[string]bool{}}
			}
			count[address]++
			plain[address].contacts[f.Key.Contact] = true
			plain[address].follows = plain[address].follows || processor.Follows(&f.Fact)
		}
		shared := 0
		for address, p := range plain {
			if address == "" || len(p.contacts) < 2 || !p.follows {
				continue
			}
			if shared++; all[address] != 2*count[address] {
				t.Errorf("%d bytes: %s came %d times in two readings, it has %d facts", memory, address, all[address], count[address])
			}
		}
		if shared == 0 {
			t.Error("the sample shares no address")
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
}
