package processor

import (
	"consentstream/state"
	"consentstream/state/codec"
)

// contactWork is one contact's way through a step: load, fold, decide, publish,
// store.
func (s *stepper) contactWork(group []work, sweepCause state.CauseKind) error {
	key, err := parseContactKey(group[0].key)
	if err != nil {
		return err
	}
	old, err := s.load(group[0].key, key)
	if err != nil {
		return err
	}
	c := &s.contact
	armed := c.Timer
	s.disarmStale(group, armed)
	o := s.fold(key.Controller, c, group, sweepCause)
	if !o.look && !o.changed {
		return nil
	}
	published := false
	if s.mayPublish(o) {
		if published, err = s.decide(key, c, group, old, armed, o); err != nil {
			return err
		}
	}
	if !o.changed && !published && c.Timer == armed {
		return nil // a deadline that still waits for more input
	}
	s.store(group[0].key, c, armed)
	s.ask(key)
	return nil
}

// load decodes the state of a contact into s.contact and returns the bytes it
// came from, nil for a contact nobody knows.
func (s *stepper) load(storeKey []byte, key state.Key) ([]byte, error) {
	value, err := s.view.get(storeKey)
	if err != nil {
		return nil, err
	}
	s.arena.Reset()
	if value != nil {
		return value, codec.DecodeContact(value, &s.contact, &s.arena)
	}
	s.contact = emptied(s.contact)
	return nil, s.inheritWildcard(key, &s.contact)
}

// emptied returns a contact nobody knows that keeps the memory of c.
func emptied(c state.Contact) state.Contact {
	// storeRows compares with families that it finds in the memory of rows: those
	// of another contact may be overwritten already.
	rows := c.Published.Rows[:cap(c.Published.Rows)]
	clear(rows)
	fresh := state.NewContact()
	fresh.Facts, fresh.Uses, fresh.Published.Rows = c.Facts[:0], c.Uses[:0], rows[:0]
	return fresh
}

// folded is what folding the work of one contact did.
type folded struct {
	changed  bool // the state differs
	look     bool // a deadline or a sweep asks for a decision
	negative bool // something new takes a permission away
	moves    bool // something new may move the eligibility
	last     int  // position in the group of the last new fact, -1 = none
	due      state.Instant
	sweep    state.CauseKind
	erasure  state.Instant
}

// fold folds the facts of a group into the contact.
func (s *stepper) fold(controller string, c *state.Contact, group []work, sweepCause state.CauseKind) folded {
	o := folded{last: -1, due: state.Unset, erasure: state.Unset}
	s.added, s.uses, s.objections = s.added[:0], s.uses[:0], s.objections[:0]
	for i := range group {
		w := &group[i]
		switch w.kind {
		case workFact:
			s.foldFact(controller, c, w, i, &o)
		case workAnswer:
			if c.Answer(w.address, w.crowded) {
				o.changed, o.moves, o.last = true, true, i
				s.added = append(s.added, i)
			}
		case workDue:
			if w.due == c.Timer {
				o.look, o.due = true, max(o.due, w.due)
			}
		case workSweep:
			o.look, o.sweep = true, sweepCause
		}
	}
	return o
}

func (s *stepper) foldFact(controller string, c *state.Contact, w *work, position int, o *folded) {
	f := w.fact
	before := newestErasure(c)
	outcome := addFact(c, w)
	if outcome.FirstUse != "" {
		s.uses = append(s.uses, addressUse{outcome.FirstUse, w.trace, w.backlog})
	}
	o.changed = o.changed || outcome.Changed || outcome.Conflict // a negative that lost is kept
	if (outcome.Changed || outcome.Conflict) && Follows(f) {
		s.objections = append(s.objections, f)
	}
	switch {
	case outcome.Conflict && w.raw != nil:
		s.deadLetter(w.raw, w.from, w.trace, errConflict)
	case outcome.Duplicate:
		s.step.Counts.Duplicates++
	}
	if !outcome.Changed {
		return
	}
	s.added = append(s.added, position)
	o.last = position
	o.negative = o.negative || f.IsNegative()
	o.moves = o.moves || s.phase.firstStart || !s.judge.passesOver(controller, c, f, s.now, outcome)
	if outcome.Added {
		s.step.Counts.Facts++
		if isErasure(f) && f.OccurredAt > before {
			o.erasure = f.OccurredAt
		}
	}
}

// addFact adds the fact of a piece of work. An address that the backlog of a first
// start names counts as answered: its net waits for what the owner has to tell.
func addFact(c *state.Contact, w *work) state.Outcome {
	outcome := c.Add(*w.fact)
	if w.backlog && outcome.FirstUse != "" {
		c.Answer(outcome.FirstUse, false)
	}
	return outcome
}

func isErasure(f *state.Fact) bool {
	return f.Unsubscribe != nil && f.Unsubscribe.Kind == state.UnsubscribeErasure && !f.Forwarded
}

func newestErasure(c *state.Contact) state.Instant {
	newest := state.Unset
	for i := range c.Facts {
		if isErasure(&c.Facts[i]) {
			newest = max(newest, c.Facts[i].OccurredAt)
		}
	}
	return newest
}

// mayPublish reports whether a decision is due now. During a first start only a
// negative is published at once; everything else waits for the sweep.
func (s *stepper) mayPublish(o folded) bool {
	if s.phase.firstStart {
		return o.negative
	}
	return o.look || o.moves
}

// decide settles the contact, sends what it publishes and reports whether that
// is anything.
func (s *stepper) decide(key state.Key, c *state.Contact, group []work, old []byte, armed state.Instant, o folded) (bool, error) {
	at, known := liveMoment(s.now, c)
	if s.phase.laneWaits && len(s.added) > 0 {
		armed = at // what it allows waits like a deadline that comes just now
	}
	occasion := Occasion{
		At: at, Known: known, ReadUpTo: s.phase.allReadUpTo, Erasure: o.erasure, EffectiveAt: at, Due: state.Unset,
		Cause:      state.Cause{Kind: state.CauseReplay, Partition: -1, Offset: -1},
		FirstStart: s.phase.firstStart, Withhold: s.phase.firstStart || armed <= at && armed > s.phase.laneReadUpTo,
	}
	if armed <= at {
		occasion.Due = armed
	}
	switch {
	case o.last >= 0:
		occasion.Cause, occasion.EffectiveAt = s.causedBy(key, &group[o.last])
	case o.sweep != state.CauseUnknown:
		occasion.Cause.Kind = o.sweep
	default:
		s.step.Counts.Deadlines++
		occasion.Cause, occasion.EffectiveAt = s.deadlineMove(key, c, &occasion)
	}
	changes := s.judge.Settle(key, c, occasion)
	if changes.Eligibility != nil && len(s.added) > 0 && (len(s.added) > 1 || occasion.Due != state.Unset) {
		if err := s.attribute(key, old, group, &occasion, changes.Eligibility); err != nil {
			return false, err
		}
	}
	return changes.Eligibility != nil || len(changes.Retention) > 0, s.send(key, changes, group, &occasion)
}

// causedBy returns the cause that a piece of work is, and when it took effect.
func (s *stepper) causedBy(key state.Key, w *work) (state.Cause, state.Instant) {
	cause := state.Cause{Kind: state.CauseEvent, Topic: w.from.topic, Partition: w.from.partition, Offset: w.from.offset}
	if w.fact == nil {
		return cause, s.now
	}
	cause.EventID = w.fact.ID
	return cause, effectiveAt(s.config.Policy, key.Controller, w.fact)
}

// deadlineMove returns the last deadline that moved the contact: one of its own,
// or a policy that took over. One that had to wait lies before what was
// published meanwhile.
func (s *stepper) deadlineMove(key state.Key, c *state.Contact, o *Occasion) (state.Cause, state.Instant) {
	from := c.Published.DecidedAt
	if o.Due != state.Unset {
		from = min(from, o.Due-1)
	}
	at := s.judge.lastMove(key.Controller, c, o, max(from, c.Horizon))
	cause := state.Cause{Kind: state.CauseDeadline, Partition: -1, Offset: -1}
	if isVersionStart(s.config.Policy, at) {
		cause.Kind = state.CausePolicy
	}
	return cause, at
}

// attribute finds the last of the facts that moved what is published, by
// folding them again one at a time. Where none did, a deadline that has come
// while they were on their way did.
func (s *stepper) attribute(key state.Key, old []byte, group []work, o *Occasion, record *state.EligibilityChanged) error {
	c := &s.replayed
	*c = emptied(*c)
	s.scratchArena.Reset()
	if old != nil {
		if err := codec.DecodeContact(old, c, &s.scratchArena); err != nil {
			return err
		}
	} else if err := s.inheritWildcard(key, c); err != nil {
		return err
	}
	s.judge.beginCourse(c)
	if c.Published.Sequence > 0 {
		s.judge.moved(key.Controller, c, o, o.At)
	}
	last := -1
	for _, position := range s.added {
		w := &group[position]
		if w.kind == workAnswer {
			c.Answer(w.address, w.crowded)
		} else {
			addFact(c, w)
		}
		if differs, ends := s.judge.moved(key.Controller, c, o, o.At); differs || ends {
			last = position
		}
	}
	switch {
	case last >= 0:
		record.Cause, record.EffectiveAt = s.causedBy(key, &group[last])
	case len(record.Changed) > 0 && o.Due != state.Unset:
		record.Cause, record.EffectiveAt = s.deadlineMove(key, c, o)
	}
	return nil
}

// store puts the contact into the step and into the changelog.
//
// A deadline that moves later keeps its earlier index entry: when that fires,
// the contact is looked at, nothing differs, and it is armed again. Most facts
// move the deadline later, and so cost no write to the index.
func (s *stepper) store(storeKey []byte, c *state.Contact, armed state.Instant) {
	if armed != state.Never && armed > s.now && armed <= c.Timer {
		c.Timer = armed
	}
	s.scratch = codec.AppendContact(s.scratch[:0], c)
	value := s.step.memory.copy(s.scratch)
	s.step.put(Put{Key: storeKey, Value: value, Armed: armed, Timer: c.Timer})
	s.changelog(storeKey, value)
}

// disarmStale drops index entries of deadlines that the contact no longer has.
func (s *stepper) disarmStale(group []work, armed state.Instant) {
	for i := range group {
		if group[i].kind == workDue && group[i].due != armed {
			s.step.Stale = append(s.step.Stale, Due{At: group[i].due, Key: group[i].key})
		}
	}
}
