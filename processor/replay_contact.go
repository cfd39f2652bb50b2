package processor

import (
	"errors"
	"io"
	"slices"

	"consentstream/state"
	"consentstream/state/codec"
)

// incoming is a fact that comes to a contact from elsewhere than its own records.
type incoming struct {
	place      place
	fact       state.Fact
	everywhere bool // it holds at every controller; else it comes through an address
}

// takeContact takes one contact through its facts, those for every controller
// and those that reach it through an address, and fires its deadlines.
func (r *Replay) takeContact(key state.Key, arrived []incoming) error {
	r.key = appendContactKey(r.key[:0], key)
	c := &r.contact
	*c = emptied(*c)
	r.memory[0].Reset()
	r.virtual.forget()
	known, err := r.load(c)
	if err != nil {
		return err
	}
	queue := r.shared.reaching(key, arrived)
	if !known {
		r.summary.Contacts++
		r.inheritEarlier(c, key)
	}
	armed := c.Timer
	if err := r.live(key, c, queue, known); err != nil {
		return err
	}
	r.keepAlone()
	r.keep(c, armed)
	r.input.Release()
	return r.flush()
}

// load reads the state at r.key.
func (r *Replay) load(c *state.Contact) (known bool, err error) {
	if r.reader == nil {
		return false, nil
	}
	value, found, err := r.reader.Get(r.key)
	if err != nil || !found {
		return false, err
	}
	r.encoded[0] = append(r.encoded[0][:0], value...)
	return true, codec.DecodeContact(r.encoded[0], c, &r.memory[0])
}

// inheritEarlier gives a contact that nobody knew what earlier replays have left
// for every controller of it.
func (r *Replay) inheritEarlier(c *state.Contact, key state.Key) {
	if everywhere := r.everywhere[key.Contact]; everywhere != nil {
		for i := range everywhere.Facts {
			c.Add(everywhere.Facts[i])
		}
	}
}

// live is a contact's own time: its records and what comes from elsewhere in
// order, its deadlines in between.
func (r *Replay) live(key state.Key, c *state.Contact, queue []incoming, known bool) error {
	var own ReplayFact
	more, err := r.nextOwn(key, &own)
	for n := 1; err == nil && (more || len(queue) > 0); {
		if len(queue) > 0 && (!more || queue[0].place.compare(placeOf(&own.Fact)) < 0) {
			next := &queue[0]
			queue = queue[1:]
			if !known && next.everywhere {
				c.Add(next.fact) // before its first own fact nothing is published about anybody
				continue
			}
			queue, err = r.take(key, c, &next.fact, false, queue)
			continue
		}
		known = true
		queue, err = r.take(key, c, &own.Fact, own.Alone, queue)
		if err == nil && n%settleEvery == 0 {
			err = r.settleMemory(c)
		}
		if n++; err == nil {
			more, err = r.nextOwn(key, &own)
		}
	}
	r.fireUpTo(key, c, r.end)
	return err
}

// nextOwn reads the contact's next own record, false when there is none.
func (r *Replay) nextOwn(key state.Key, into *ReplayFact) (bool, error) {
	contact, controller, _, err := r.input.Peek()
	if errors.Is(err, io.EOF) {
		return false, nil
	}
	if err != nil || string(contact) != key.Contact || string(controller) != key.Controller {
		return false, err
	}
	return true, r.input.Next(into)
}

// take folds one fact at its instant, after the deadlines before it. A first use
// of an address adds the negatives on it that come later to the queue.
func (r *Replay) take(key state.Key, c *state.Contact, f *state.Fact, alone bool, queue []incoming) ([]incoming, error) {
	at := max(r.clock, f.RecordedAt)
	r.fireUpTo(key, c, at)
	now := placeOf(f)
	r.place = place{at: at, class: now.class, recorded: now.at, id: f.ID, passedOn: f.Forwarded}
	var failed error
	outcome := r.virtual.fold(key, c, arrival{fact: f, at: at, topic: f.Topic.String()}, func(address string) ([]state.Fact, bool) {
		known, later, crowded, err := r.answer(key, address, alone, now)
		failed = err
		queue = merge(queue, later)
		return known, crowded
	})
	r.count(outcome, f)
	return queue, errors.Join(failed, r.object(key, f))
}

// merge puts further facts into a queue, in order.
func merge(queue, more []incoming) []incoming {
	if len(more) == 0 {
		return queue
	}
	merged := append(slices.Clone(queue), more...)
	slices.SortStableFunc(merged, func(a, b incoming) int { return a.place.compare(b.place) })
	return merged
}

func (r *Replay) fireUpTo(key state.Key, c *state.Contact, to state.Instant) {
	for c.Timer <= to {
		r.summary.Deadlines++
		r.place = place{at: c.Timer, deadline: true}
		r.virtual.fire(key, c)
	}
}

// count counts the records of the input, and not their copies.
func (r *Replay) count(o state.Outcome, f *state.Fact) {
	switch {
	case f.Forwarded:
	case o.Conflict:
		r.summary.Conflicts++
	case o.Duplicate:
		r.summary.Duplicates++
	default:
		r.summary.Facts++
	}
}

// settleEvery is after how many facts of one contact the memory of those that
// it no longer holds is given free: of a million facts it holds few.
const settleEvery = 4096

// settleMemory moves the contact into memory of its own.
func (r *Replay) settleMemory(c *state.Contact) error {
	r.encoded[1] = codec.AppendContact(r.encoded[1][:0], c)
	r.memory[1].Reset()
	r.virtual.forget()
	*c = emptied(*c)
	if err := codec.DecodeContact(r.encoded[1], c, &r.memory[1]); err != nil {
		return err
	}
	r.input.Release()
	r.memory[0], r.memory[1] = r.memory[1], r.memory[0]
	r.encoded[0], r.encoded[1] = r.encoded[1], r.encoded[0]
	return nil
}

// keep stores the contact at r.key; see stepper.store for why a deadline that
// moves later keeps its earlier entry.
func (r *Replay) keep(c *state.Contact, armed state.Instant) {
	if armed != state.Never && armed > r.end && armed <= c.Timer {
		c.Timer = armed
	}
	r.scratch = codec.AppendContact(r.scratch[:0], c)
	r.writes.put(r.key, r.scratch)
	r.writes.moveTimer(r.key, armed, c.Timer)
}

// emit hands out what is published. Nothing is encoded where nobody reads it.
func (r *Replay) emit(p Publication) {
	if p.Eligibility != nil {
		r.summary.Eligibility++
	} else {
		r.summary.Retention++
		r.countStage(p.Retention.Stage)
	}
	if r.sink == nil {
		return
	}
	line, err := r.sink.Encode(r.line[:0], p)
	r.line = line
	if err == nil {
		r.scratch = r.place.append(r.scratch[:0], r.key)
		r.place.nth++
		err = r.sink.Write(r.scratch, line)
	}
	r.failed = errors.Join(r.failed, err)
}

func (r *Replay) countStage(s state.RetentionStage) {
	switch s {
	case state.StageExpired:
		r.summary.Expired++
	case state.StageWarning:
		r.summary.Warned++
	}
}
