package processor

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"consentstream/state"
)

// shared is what contacts of a replay have to do with each other: the addresses
// that more than one of them uses, as far as it matters.
type shared struct {
	addresses map[addressID]*sharedAddress
	// through are negatives on their way to contacts that used an address in an
	// earlier replay already, in order.
	through map[state.Key][]incoming
	// reached are the contacts of through, in the order of the input.
	reached []state.Key
}

// sharedAddress is an address that several contacts may use.
type sharedAddress struct {
	Address            // what is known of it before, and at the end
	negatives []passed // of the input, in order
	// uses are the first records of the input by which contacts use it; of a
	// crowd at least the earliest.
	uses map[string]place
	// first are the contacts of uses in their order.
	first []string
}

// passed is a negative of the input on its way to other contacts.
type passed struct {
	incoming
	origin string
}

// share reads the facts that may concern several contacts.
func (r *Replay) share() error {
	r.shared = shared{addresses: map[addressID]*sharedAddress{}, through: map[state.Key][]incoming{}}
	if err := r.input.Shared(r.grown(), r.shareFact); err != nil {
		return err
	}
	for id, a := range r.shared.addresses {
		a.order()
		slices.SortFunc(a.negatives, func(x, y passed) int { return x.place.compare(y.place) })
		r.reachUsers(id, a)
	}
	r.shared.sort()
	return nil
}

func (r *Replay) shareFact(f *ReplayFact) error {
	id := addressID{f.Key.Controller, f.Fact.Address}
	a, err := r.sharedAddress(id)
	if err != nil {
		return err
	}
	at := placeOf(&f.Fact)
	at.id = strings.Clone(at.id)
	a.use(f.Key.Contact, at)
	if !Follows(&f.Fact) {
		return nil
	}
	copied := forwarded(&f.Fact)
	kept, err := cloneFact(&copied)
	a.negatives = append(a.negatives, passed{incoming{place: at, fact: kept}, strings.Clone(f.Key.Contact)})
	return err
}

// sharedAddress returns an address with what earlier replays left of it.
func (r *Replay) sharedAddress(id addressID) (*sharedAddress, error) {
	if a, ok := r.shared.addresses[id]; ok {
		return a, nil
	}
	id = addressID{strings.Clone(id.controller), strings.Clone(id.address)}
	before, err := r.addressBefore(id)
	a := &sharedAddress{Address: before, uses: map[string]place{}}
	r.shared.addresses[id] = a
	return a, err
}

// addressBefore is an address as earlier replays have left it.
func (r *Replay) addressBefore(id addressID) (Address, error) {
	if !r.grown() {
		return NewAddress(), nil
	}
	value, closer, err := r.store.Get(replayPartition, appendAddressKey(nil, id.controller, id.address))
	if err != nil {
		return Address{}, err
	}
	a := NewAddress()
	if value != nil {
		a, err = decodeAddress(value)
	}
	return a, errors.Join(err, closer.Close())
}

// use keeps the first use of each contact, but of a crowd only the earliest.
func (a *sharedAddress) use(contact string, at place) {
	if before, known := a.uses[contact]; known && before.compare(at) <= 0 {
		return
	}
	a.uses[strings.Clone(contact)] = at
	if len(a.uses) > 2*crowd {
		a.order()
	}
}

// order puts the contacts in the order of their first uses, and forgets those
// that came behind a crowd.
func (a *sharedAddress) order() {
	a.first = slices.AppendSeq(a.first[:0], maps.Keys(a.uses))
	slices.SortFunc(a.first, func(x, y string) int {
		if c := a.uses[x].compare(a.uses[y]); c != 0 {
			return c
		}
		return strings.Compare(x, y)
	})
	if len(a.first) <= crowd {
		return
	}
	a.Crowded = true
	for _, contact := range a.first[crowd:] {
		delete(a.uses, contact)
	}
	a.first = a.first[:crowd]
}

// reachUsers sends the negatives of the input to the contacts that used the
// address before.
func (r *Replay) reachUsers(id addressID, a *sharedAddress) {
	for _, user := range a.Users {
		key := state.Key{Controller: id.controller, Contact: user}
		for i := range a.negatives {
			if a.negatives[i].origin != user {
				r.shared.through[key] = append(r.shared.through[key], a.negatives[i].incoming)
			}
		}
	}
}

// sort puts what goes through addresses in order.
func (s *shared) sort() {
	for key, queue := range s.through {
		slices.SortStableFunc(queue, func(a, b incoming) int { return a.place.compare(b.place) })
		s.reached = append(s.reached, key)
	}
	slices.SortFunc(s.reached, compareKeys)
}

// compareKeys orders keys as the input and the store do.
func compareKeys(a, b state.Key) int {
	if c := compareBarred(a.Contact, b.Contact); c != 0 {
		return c
	}
	return compareBarred(a.Controller, b.Controller)
}

// compareBarred compares ids as they sort with the separator behind them.
func compareBarred(a, b string) int {
	n := min(len(a), len(b))
	switch c := strings.Compare(a[:n], b[:n]); {
	case c != 0 || len(a) == len(b):
		return c
	case len(a) > n:
		return int(a[n]) - separator
	}
	return separator - int(b[n])
}

// reaching returns what comes to a contact from elsewhere, in order, and strikes
// it off the list.
func (s *shared) reaching(key state.Key, arrived []incoming) []incoming {
	queue := s.through[key]
	if len(queue) > 0 {
		delete(s.through, key)
		if at, found := slices.BinarySearchFunc(s.reached, key, compareKeys); found {
			s.reached = slices.Delete(s.reached, at, at+1)
		}
	}
	return merge(queue, arrived)
}

// answer is what the owner of an address answers to a first use at a place: the
// negatives known before it, and those that come later.
func (r *Replay) answer(key state.Key, address string, alone bool, now place) (known []state.Fact, later []incoming, crowded bool, err error) {
	id := addressID{key.Controller, address}
	a, ok := r.shared.addresses[id]
	if !ok {
		known, crowded, err = r.answerAlone(key, id, alone)
		return known, nil, crowded, err
	}
	crowded = a.crowds(key.Contact)
	known = slices.Clip(a.Negatives.Facts)
	for i := range a.negatives {
		n := &a.negatives[i]
		switch {
		case n.origin == key.Contact:
		case n.place.compare(now) < 0:
			known = append(known, n.fact)
		default:
			later = append(later, n.incoming)
		}
	}
	return known, later, crowded, nil
}

// crowds reports whether a contact is one of those who come when too many
// others use the address.
func (a *sharedAddress) crowds(contact string) bool {
	if _, known := slices.BinarySearch(a.Users, contact); known {
		return false
	}
	room := crowd - len(a.Users)
	for i := range a.first {
		if _, known := slices.BinarySearch(a.Users, a.first[i]); known {
			continue
		}
		if room--; room < 0 {
			return true
		}
		if a.first[i] == contact {
			return false
		}
	}
	return true
}

// keepAddresses stores the addresses that several contacts may use.
func (r *Replay) keepAddresses() {
	for id, a := range r.shared.addresses {
		for i := range a.first {
			a.Use(a.first[i])
		}
		for i := range a.negatives {
			a.Object(a.negatives[i].fact)
		}
		r.keepAddress(id, &a.Address)
	}
}
