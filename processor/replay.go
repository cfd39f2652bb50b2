package processor

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// replayPartition is where a replayed store keeps everything: it has no tasks.
const replayPartition = 0

// positionClock is the virtual clock of a replayed store, in ms.
const positionClock = "clock"

// ReplayFact is one fact of a replay. Facts come ordered by (recorded_at,
// topic, event_id); their memory belongs to the replay until the next call of
// Add or Finish returns.
type ReplayFact struct {
	Key  state.Key
	Fact state.Fact
	// Everywhere marks a fact about the contact at every controller.
	Everywhere bool
}

// Replay takes facts through contacts in a store on the virtual clock, in
// chunks: within a chunk one contact after the other goes through its own time,
// and what is published is put in order again. The result is that of taking one
// fact after the other, because contacts meet only at addresses, and negatives
// on those are handed over before a chunk is taken.
type Replay struct {
	store   *store.Store
	virtual virtual
	clock   state.Instant
	sink    ReplaySink

	facts      []ReplayFact
	work       []replayWork
	memory     arena
	arena      codec.Arena
	contact    state.Contact
	scratch    []byte
	negatives  map[addressID][]replayNegative
	addresses  map[addressID]*Address
	everywhere map[string]*state.Contact // before the chunk
	arrived    []*ReplayFact             // for every controller, within the chunk
	failed     error
	published  []publishedAt
	tag        publishedAt // of what is being published
	summary    ReplaySummary
}

// ReplaySummary is what a replay did.
type ReplaySummary struct {
	Facts, Duplicates, Conflicts       int64
	Deadlines, Eligibility, Retention  int64
	Expired, Warned, Contacts, Unknown int64
	Clock                              state.Instant
}

// replayWork is one fact on its way to one contact.
type replayWork struct {
	key   []byte
	order int
	fact  *state.Fact // nil: only deadlines are due
	at    state.Instant
	// everywhere marks a fact for every controller of the contact.
	everywhere bool
}

// replayNegative is a negative on an address within the chunk.
type replayNegative struct {
	order  int
	at     state.Instant
	origin string
	fact   state.Fact
}

// publishedAt is what a chunk publishes, with its place in time.
type publishedAt struct {
	at       state.Instant
	deadline bool
	order    int
	passedOn bool // through a shared address: after the contact that it came from
	key      []byte
	line     []byte
}

// ReplaySink takes what would be published. Encode is called while the record
// is at hand, Write once the chunk is in order.
type ReplaySink interface {
	Encode(dst []byte, p Publication) ([]byte, error)
	Write(encoded []byte) error
}

// NewReplay returns a replay into a store. The sink gets everything that would
// be published, in order; nil only counts.
func NewReplay(s *store.Store, policy *rules.Policy, sink ReplaySink) (*Replay, error) {
	positions, err := s.Positions(replayPartition)
	if err != nil {
		return nil, err
	}
	r := &Replay{store: s, clock: state.Unset, sink: sink, addresses: map[addressID]*Address{}, everywhere: map[string]*state.Contact{}}
	if at, ok := positions[positionClock]; ok {
		r.clock = state.Instant(at)
	}
	r.virtual = virtual{judge: NewJudge(policy), emit: r.emit}
	return r, r.loadEverywhere()
}

// loadEverywhere reads the facts that contacts have for every controller; they
// are few.
func (r *Replay) loadEverywhere() error {
	return r.store.ScanPrefix(replayPartition, []byte{prefixWildcard}, func(key, value []byte) (bool, error) {
		c := state.NewContact()
		r.everywhere[string(key[1:])] = &c
		return true, codec.DecodeContact(slices.Clone(value), &c, new(codec.Arena))
	})
}

// ChunkFacts is how many facts a chunk should hold: enough that contacts are
// met in the order of the store, few enough to stay small.
const ChunkFacts = 50_000

// Add takes a chunk of facts. The clock ends at the last one's recorded_at.
func (r *Replay) Add(ctx context.Context, facts []ReplayFact) error {
	if len(facts) == 0 {
		return ctx.Err()
	}
	r.begin(facts)
	end := max(r.clock, facts[len(facts)-1].Fact.RecordedAt)
	if err := r.route(); err != nil {
		return err
	}
	return r.window(ctx, end, 0)
}

// Finish lets the clock reach an instant and fires every deadline up to it.
func (r *Replay) Finish(ctx context.Context, asOf state.Instant) (ReplaySummary, error) {
	for r.clock < asOf {
		r.begin(nil)
		end, err := r.nextWindow(asOf)
		if err != nil {
			return r.summary, err
		}
		if err := r.window(ctx, end, ChunkFacts); err != nil {
			return r.summary, err
		}
	}
	r.summary.Clock = r.clock
	return r.summary, nil
}

func (r *Replay) begin(facts []ReplayFact) {
	r.facts = facts
	clear(r.work)
	clear(r.published)
	r.work, r.published, r.arrived = r.work[:0], r.published[:0], r.arrived[:0]
	r.memory.reset()
	r.negatives = map[addressID][]replayNegative{}
	clear(r.addresses)
}

// nextWindow returns an instant up to which not too many deadlines are due.
func (r *Replay) nextWindow(asOf state.Instant) (state.Instant, error) {
	end := asOf
	n := 0
	err := r.store.Due(replayPartition, asOf, ChunkFacts, func(at state.Instant, _ []byte) error {
		if n++; n == ChunkFacts {
			end = at
		}
		return nil
	})
	return max(end, r.clock), err
}

// route brings every fact of the chunk to its contact, and negatives on an
// address to the contacts that use it.
func (r *Replay) route() error {
	for i := range r.facts {
		f := &r.facts[i]
		at := max(r.clock, f.Fact.RecordedAt)
		if f.Everywhere {
			if err := r.toEveryController(f, i, at); err != nil {
				return err
			}
			continue
		}
		r.to(f.Key, &f.Fact, i, at)
		if follows(&f.Fact) {
			if err := r.object(f, i, at); err != nil {
				return err
			}
		}
	}
	return nil
}

func (r *Replay) to(key state.Key, f *state.Fact, order int, at state.Instant) {
	r.scratch = appendContactKey(r.scratch[:0], key)
	r.work = append(r.work, replayWork{key: r.memory.copy(r.scratch), order: order, fact: f, at: at})
}

// object hands a negative to the other contacts that used its address before
// the chunk; those that use it first within the chunk ask for it then.
func (r *Replay) object(f *ReplayFact, order int, at state.Instant) error {
	id := addressID{f.Key.Controller, f.Fact.Address}
	a, err := r.address(id)
	if err != nil {
		return err
	}
	n := replayNegative{order: order, at: at, origin: f.Key.Contact, fact: forwarded(&f.Fact)}
	r.negatives[id] = append(r.negatives[id], n)
	for _, user := range a.Users {
		if user != f.Key.Contact {
			r.to(state.Key{Controller: id.controller, Contact: user}, &n.fact, order, at)
		}
	}
	return nil
}

// toEveryController brings a fact to each state of a contact, those of this
// chunk included, and keeps it for controllers seen later.
func (r *Replay) toEveryController(f *ReplayFact, order int, at state.Instant) error {
	prefix := append(append([]byte{prefixContact}, f.Key.Contact...), separator)
	seen := map[string]bool{}
	err := r.store.ScanPrefix(replayPartition, prefix, func(key, _ []byte) (bool, error) {
		seen[string(key)] = true
		return true, nil
	})
	for i := range r.facts {
		if r.facts[i].Key.Contact == f.Key.Contact && !r.facts[i].Everywhere {
			seen[string(appendContactKey(nil, r.facts[i].Key))] = true
		}
	}
	for key := range seen {
		r.work = append(r.work, replayWork{key: r.memory.copy([]byte(key)), order: order, fact: &f.Fact, at: at, everywhere: true})
	}
	r.arrived = append(r.arrived, f)
	return err
}

// keepArrived keeps what the chunk held for every controller, for those that
// are seen later.
func (r *Replay) keepArrived(b *store.Batch) error {
	for _, f := range r.arrived {
		contact := strings.Clone(f.Key.Contact)
		if r.everywhere[contact] == nil {
			c := state.NewContact()
			r.everywhere[contact] = &c
		}
		kept, err := cloneFact(&f.Fact)
		if err != nil {
			return err
		}
		r.everywhere[contact].Add(kept)
		b.Put(replayPartition, appendWildcardKey(nil, contact), codec.AppendContact(nil, r.everywhere[contact]))
	}
	return nil
}

// cloneFact returns a copy that shares no memory with f.
func cloneFact(f *state.Fact) (state.Fact, error) {
	var out state.Fact
	err := codec.DecodeFact(codec.AppendFact(nil, f), &out, new(codec.Arena))
	return out, err
}

func (r *Replay) address(id addressID) (*Address, error) {
	if a, ok := r.addresses[id]; ok {
		return a, nil
	}
	r.scratch = appendAddressKey(r.scratch[:0], id.controller, id.address)
	value, closer, err := r.store.Get(replayPartition, r.scratch)
	if err != nil {
		return nil, err
	}
	a := NewAddress()
	if value != nil {
		a, err = decodeAddress(value)
	}
	if err = errors.Join(err, closer.Close()); err != nil {
		return nil, err
	}
	r.addresses[id] = &a
	return &a, nil
}

// window takes every contact that has facts in the chunk or a deadline up to
// end through its time, and publishes in order.
func (r *Replay) window(ctx context.Context, end state.Instant, limit int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	err := r.store.Due(replayPartition, end, limit, func(_ state.Instant, key []byte) error {
		r.work = append(r.work, replayWork{key: r.memory.copy(key), order: -1})
		return nil
	})
	if err != nil {
		return err
	}
	slices.SortFunc(r.work, func(a, b replayWork) int {
		if c := bytes.Compare(a.key, b.key); c != 0 {
			return c
		}
		return cmp.Compare(a.order, b.order)
	})
	b := r.store.NewBatch()
	defer b.Close()
	reader := r.store.NewReader(replayPartition)
	err = r.contacts(b, reader, end)
	if err = errors.Join(err, reader.Close()); err != nil {
		return err
	}
	if err := r.finishWindow(b, end); err != nil {
		return err
	}
	return r.publish()
}

func (r *Replay) contacts(b *store.Batch, reader *store.Reader, end state.Instant) error {
	for rest := r.work; len(rest) > 0; {
		last := 1
		for last < len(rest) && bytes.Equal(rest[last].key, rest[0].key) {
			last++
		}
		r.tag.key = rest[0].key
		if err := r.takeContact(b, reader, rest[:last], end); err != nil {
			return fmt.Errorf("replay: %w", err)
		}
		rest = rest[last:]
	}
	return nil
}

// takeContact takes one contact through the facts and deadlines of the window.
func (r *Replay) takeContact(b *store.Batch, reader *store.Reader, group []replayWork, end state.Instant) error {
	storeKey := group[0].key
	key, err := parseContactKey(storeKey)
	if err != nil {
		return err
	}
	c := &r.contact
	value, found, err := reader.Get(storeKey)
	if err != nil {
		return err
	}
	*c = emptied(*c)
	r.arena.Reset()
	if found {
		if err := codec.DecodeContact(value, c, &r.arena); err != nil {
			return err
		}
	} else {
		r.summary.Contacts++
		group = r.inherit(c, key, group)
	}
	armed := c.Timer
	if err := r.live(key, c, group, end); err != nil {
		return err
	}
	return r.keep(b, storeKey, c, armed, end)
}

// inherit gives a contact that nobody knew what holds for it at every controller
// and came before its first own fact; it returns the rest of its work. Nothing
// is published before that fact.
func (r *Replay) inherit(c *state.Contact, key state.Key, group []replayWork) []replayWork {
	if everywhere := r.everywhere[key.Contact]; everywhere != nil {
		for i := range everywhere.Facts {
			c.Add(everywhere.Facts[i])
		}
	}
	for len(group) > 0 && group[0].everywhere {
		c.Add(*group[0].fact)
		group = group[1:]
	}
	return group
}

// live is a contact's own time: its facts in order, its deadlines in between.
func (r *Replay) live(key state.Key, c *state.Contact, group []replayWork, end state.Instant) error {
	queue := group
	var failed error
	for i := 0; i < len(queue); i++ {
		w := queue[i]
		if w.fact == nil {
			continue
		}
		r.fireUpTo(key, c, w.at)
		r.tag.at, r.tag.deadline, r.tag.order, r.tag.passedOn = w.at, false, w.order, w.fact.Forwarded
		outcome := r.virtual.fold(key, c, arrival{fact: w.fact, at: w.at, topic: w.fact.Topic.String()}, func(address string) ([]state.Fact, bool) {
			negatives, later, crowded, err := r.answer(key, address, w.order)
			failed = errors.Join(failed, err)
			queue = merge(queue, i+1, later)
			return negatives, crowded
		})
		r.count(outcome)
	}
	r.fireUpTo(key, c, end)
	return failed
}

// merge puts further work into what is left of a queue, in order.
func merge(queue []replayWork, from int, more []replayWork) []replayWork {
	if len(more) == 0 {
		return queue
	}
	merged := append(slices.Clone(queue), more...)
	slices.SortStableFunc(merged[from:], func(a, b replayWork) int { return cmp.Compare(a.order, b.order) })
	return merged
}

// answer is what the owner of an address answers to a first use within the
// chunk: the negatives known before it, and those that come later in the chunk.
func (r *Replay) answer(key state.Key, address string, order int) (known []state.Fact, later []replayWork, crowded bool, err error) {
	id := addressID{key.Controller, address}
	a, err := r.address(id)
	if err != nil {
		return nil, nil, false, err
	}
	_, crowded = a.Use(key.Contact)
	known = a.Negatives.Facts
	for i := range r.negatives[id] {
		n := &r.negatives[id][i]
		switch {
		case n.origin == key.Contact:
		case n.order < order:
			known = append(slices.Clip(known), n.fact)
		default:
			later = append(later, replayWork{order: n.order, fact: &n.fact, at: n.at})
		}
	}
	return known, later, crowded, nil
}

func (r *Replay) fireUpTo(key state.Key, c *state.Contact, to state.Instant) {
	for c.Timer <= to {
		r.summary.Deadlines++
		r.tag.at, r.tag.deadline, r.tag.order, r.tag.passedOn = c.Timer, true, 0, false
		r.virtual.fire(key, c)
	}
}

func (r *Replay) count(o state.Outcome) {
	switch {
	case o.Conflict:
		r.summary.Conflicts++
	case o.Duplicate:
		r.summary.Duplicates++
	default:
		r.summary.Facts++
	}
}

// keep stores the contact; see stepper.store for why a deadline that moves
// later keeps its earlier entry.
func (r *Replay) keep(b *store.Batch, key []byte, c *state.Contact, armed, end state.Instant) error {
	if armed != state.Never && armed > end && armed <= c.Timer {
		c.Timer = armed
	}
	r.scratch = codec.AppendContact(r.scratch[:0], c)
	b.Put(replayPartition, key, r.scratch)
	if armed == c.Timer {
		return nil
	}
	if armed != state.Never {
		b.DeleteTimer(replayPartition, armed, key)
	}
	if c.Timer != state.Never {
		b.PutTimer(replayPartition, c.Timer, key)
	}
	return nil
}

// finishWindow stores addresses and clock together with the contacts.
func (r *Replay) finishWindow(b *store.Batch, end state.Instant) error {
	for id, a := range r.addresses {
		for i := range r.negatives[id] {
			a.Object(r.negatives[id][i].fact)
		}
		r.scratch = appendAddress(r.scratch[:0], a)
		key := appendAddressKey(nil, id.controller, id.address)
		b.Put(replayPartition, key, r.scratch)
	}
	if err := r.keepArrived(b); err != nil {
		return err
	}
	r.clock = end
	b.PutPosition(replayPartition, positionClock, int64(end))
	return r.store.Apply(b, false)
}

// emit keeps what is published until the chunk is in order. Nothing is kept
// where nobody reads it.
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
	line, err := r.sink.Encode(r.scratch[:0], p)
	r.failed = errors.Join(r.failed, err)
	r.scratch = line
	kept := r.tag
	kept.line = r.memory.copy(line)
	r.published = append(r.published, kept)
}

func (r *Replay) countStage(s state.RetentionStage) {
	switch s {
	case state.StageExpired:
		r.summary.Expired++
	case state.StageWarning:
		r.summary.Warned++
	}
}

// publish writes the chunk in the order of time: deadlines of an instant before
// its facts, facts in their order, and contacts by id and controller.
func (r *Replay) publish() error {
	if r.failed != nil {
		return fmt.Errorf("replay: encode the output: %w", r.failed)
	}
	slices.SortStableFunc(r.published, func(a, b publishedAt) int {
		return cmp.Or(cmp.Compare(a.at, b.at), compareBool(b.deadline, a.deadline), cmp.Compare(a.order, b.order),
			compareBool(a.passedOn, b.passedOn), compareContactKeys(a.key, b.key))
	})
	for i := range r.published {
		if err := r.sink.Write(r.published[i].line); err != nil {
			return fmt.Errorf("replay: write the output: %w", err)
		}
	}
	return nil
}

func compareBool(a, b bool) int { return cmp.Compare(boolByte(a), boolByte(b)) }
