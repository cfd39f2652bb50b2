package processor

import (
	"bytes"
	"fmt"
	"slices"

	"consentstream/state"
	"consentstream/state/codec"
)

// owners takes in what the addresses topic says, one address after the other.
func (s *stepper) owners() error {
	slices.SortFunc(s.in.owner, func(a, b ownerWork) int {
		if c := bytes.Compare(a.key, b.key); c != 0 {
			return c
		}
		return a.order - b.order
	})
	for rest := s.in.owner; len(rest) > 0; {
		n := 1
		for n < len(rest) && bytes.Equal(rest[n].key, rest[0].key) {
			n++
		}
		if err := s.ownerWork(rest[:n]); err != nil {
			return fmt.Errorf("state of an address: %w", err)
		}
		rest = rest[n:]
	}
	return nil
}

// ownerWork answers uses of one address and forwards negatives on it.
func (s *stepper) ownerWork(group []ownerWork) error {
	value, err := s.view.get(group[0].key)
	if err != nil {
		return err
	}
	a := NewAddress()
	if value != nil {
		if a, err = decodeAddress(value); err != nil {
			return err
		}
	}
	changed := false
	for i := range group {
		w := &group[i]
		if w.rec.Mark == markUse {
			changed = s.use(&a, w) || changed
		} else {
			changed = s.objection(&a, w) || changed
		}
	}
	if !changed {
		return nil
	}
	s.scratch = appendAddress(s.scratch[:0], &a)
	put := Put{Key: group[0].key, Value: s.step.memory.copy(s.scratch), Armed: state.Never, Timer: state.Never}
	s.step.put(put)
	s.changelog(put.Key, put.Value)
	return nil
}

// use notes a use and answers it, also one that is known: the contact that asks
// again has lost the answer. A quiet one is answered only where there is something
// to tell.
func (s *stepper) use(a *Address, w *ownerWork) bool {
	rec := &w.rec
	changed, crowded := a.Use(rec.ID)
	if w.quiet && !crowded && len(a.Negatives.Facts) == 0 {
		return changed
	}
	s.sendEnvelope(rec.ID, &envelope{
		Kind: envelopeAnswer, To: state.Key{Controller: rec.Controller, Contact: rec.ID},
		Address: rec.Address, Crowded: crowded, Facts: a.Negatives.Facts,
	}, s.carried(w.trace)...)
	return changed
}

// objection notes a negative and forwards it to every other contact that uses
// the address.
func (s *stepper) objection(a *Address, w *ownerWork) bool {
	if !a.Object(*w.fact) {
		return false
	}
	for _, user := range a.Users {
		if bytes.Equal(originTag(user, w.fact.ID), w.tag) {
			continue
		}
		s.sendEnvelope(user, &envelope{
			Kind: envelopeForward, To: state.Key{Controller: w.rec.Controller, Contact: user},
			Address: w.rec.Address, Facts: []state.Fact{*w.fact},
		})
	}
	return true
}

// spread brings facts that are about a contact at every controller to each of
// its states, and keeps them for controllers that are not known yet.
func (s *stepper) spread() error {
	for i := 0; i < len(s.in.everywhere); i++ { // what lifts one denial may add another
		e := s.in.everywhere[i]
		if err := s.spreadOne(&e); err != nil {
			return fmt.Errorf("facts for every controller: %w", err)
		}
	}
	return nil
}

func (s *stepper) spreadOne(e *everywhere) error {
	keys, err := s.controllersOf(e.contact)
	if err != nil {
		return err
	}
	for _, key := range keys {
		s.in.work = append(s.in.work, work{key: key, order: len(s.in.work), kind: workFact, fact: &e.fact, from: origin{topic: s.config.Topics.Unsubscribes, partition: -1, offset: -1}})
	}
	return s.keepWildcard(e)
}

// liftOther brings the release of a record that denied two contacts to the
// other one, whichever of release and denial came first.
func (s *stepper) liftOther(c *state.Contact, f *state.Fact) {
	for i := range c.Facts {
		known := &c.Facts[i]
		switch {
		case lifts(f, known):
			s.in.toOther(known, f)
		case lifts(known, f):
			s.in.toOther(f, known)
		}
	}
}

// lifts reports whether one fact releases the other.
func lifts(release, denial *state.Fact) bool {
	return release.Internal.Kind == state.InternalRelease && denial.Internal.Kind == state.InternalUnreadable &&
		release.Internal.Target == denial.ID
}

func (in *intake) toOther(denial, release *state.Fact) {
	if denial.Internal.By != "" {
		in.toContact(denial.Internal.By, *release)
	}
}

// controllersOf lists the store keys of a contact at every controller that has
// a state or gets one in this step.
func (s *stepper) controllersOf(contact string) ([][]byte, error) {
	prefix := append([]byte{prefixContact}, contact...)
	prefix = append(prefix, separator)
	found := map[string]bool{}
	for _, w := range s.in.work {
		if bytes.HasPrefix(w.key, prefix) {
			found[string(w.key)] = true
		}
	}
	for _, step := range []*Step{s.view.inFlight, s.step} {
		if step == nil {
			continue
		}
		for _, p := range step.Puts {
			if bytes.HasPrefix(p.Key, prefix) {
				found[string(p.Key)] = true
			}
		}
	}
	err := s.view.store.ScanPrefix(s.partition, prefix, func(key, _ []byte) (bool, error) {
		found[string(key)] = true
		return true, nil
	})
	keys := make([][]byte, 0, len(found))
	for key := range found {
		keys = append(keys, []byte(key))
	}
	slices.SortFunc(keys, bytes.Compare)
	return keys, err
}

// keepWildcard stores a fact for controllers that are not known yet.
func (s *stepper) keepWildcard(e *everywhere) error {
	s.scratch = appendWildcardKey(s.scratch[:0], e.contact)
	key := s.step.memory.copy(s.scratch)
	c, err := s.wildcard(key)
	if err != nil {
		return err
	}
	if !c.Add(e.fact).Changed {
		return nil
	}
	s.liftOther(&c, &e.fact)
	s.wildcards = true
	s.scratch = codec.AppendContact(s.scratch[:0], &c)
	put := Put{Key: key, Value: s.step.memory.copy(s.scratch), Armed: state.Never, Timer: state.Never}
	s.step.put(put)
	s.changelog(put.Key, put.Value)
	return nil
}

// wildcard reads the facts that a contact has for every controller.
func (s *stepper) wildcard(key []byte) (state.Contact, error) {
	c := state.NewContact()
	value, err := s.view.get(key)
	if err != nil || value == nil {
		return c, err
	}
	return c, codec.DecodeContact(slices.Clone(value), &c, new(codec.Arena))
}

// inheritWildcard gives a new state the facts its contact has for every controller.
func (s *stepper) inheritWildcard(key state.Key, into *state.Contact) error {
	if !s.wildcards {
		return nil
	}
	c, err := s.wildcard(appendWildcardKey(nil, key.Contact))
	if err != nil {
		return err
	}
	for _, f := range c.Facts {
		into.Add(f)
	}
	return nil
}
