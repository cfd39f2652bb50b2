package processor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"consentstream/state"
	"consentstream/state/codec"
	"consentstream/state/rules"
	"consentstream/state/store"
)

// replayPartition is where a replayed store keeps everything: it has no tasks.
const replayPartition = 0

const (
	// positionClock is the virtual clock of a replayed store, in ms.
	positionClock = "clock"
	// positionUnfinished is there from the first write of a replay to its last.
	positionUnfinished = "unfinished"
)

// ErrUnfinished tells that a replay into this store was interrupted: some of its
// contacts have lived through all of their facts and some through none.
var ErrUnfinished = errors.New("a replay into this state was interrupted; delete the directory and replay everything again")

// ReplayFact is one fact of a replay.
type ReplayFact struct {
	Key  state.Key
	Fact state.Fact
	// Everywhere marks a fact about the contact at every controller; Key then
	// has no controller.
	Everywhere bool
	// Alone tells that no other contact of the input uses the address.
	Alone bool
}

// ReplayInput yields the facts of a replay contact by contact: the facts that
// are about a contact everywhere first, then those of each controller, each by
// (recorded_at, topic, event_id). Contacts and controllers come in the order of
// their ids with a bar behind them, which is that of the store. Next reads all
// of it once; Shared begins anew.
type ReplayInput interface {
	// Shared calls fn, in any order, with every fact at an address that several
	// contacts may use, as far as one of its facts Follows or they may be a
	// crowd; with grown however many they are, and with every fact that Follows.
	// Facts of other addresses do no harm. The fact is valid during the call.
	Shared(grown bool, fn func(*ReplayFact) error) error
	// Peek tells whose the next fact is, io.EOF at the end. The key is valid
	// until Next.
	Peek() (contact, controller []byte, everywhere bool, err error)
	// Next reads the next fact. What it points to is valid until Release.
	Next(*ReplayFact) error
	// Release gives the memory of all facts so far free.
	Release()
}

// ReplaySink takes what would be published. Encode is called while the record
// is at hand; Write then gets the result together with its place in the order
// of publication: records are to be put out in the order of these bytes. Both
// are valid during the call.
type ReplaySink interface {
	Encode(dst []byte, p Publication) ([]byte, error)
	Write(place, encoded []byte) error
}

// Replay takes archived facts through contacts in a store on the virtual clock.
// One contact after the other goes through its whole own time, which needs each
// state once instead of once for each fact. The result is that of taking one
// fact after the other: contacts meet only at addresses, and what they have
// there to do with each other is known before the first of them starts.
type Replay struct {
	store   *store.Store
	virtual virtual
	clock   state.Instant // of the store, before this replay
	end     state.Instant
	sink    ReplaySink

	everywhere map[string]*state.Contact // facts of contacts at every controller, by contact id
	shared     shared
	alone      []aloneAddress         // of the contact at hand
	unapplied  map[addressID]*Address // stored since the last apply

	input           ReplayInput
	writes          *replayWrites
	reader          *store.Reader // nil where the store was empty
	contact         state.Contact
	memory          [2]codec.Arena // one holds the contact at hand, see settleMemory
	encoded         [2][]byte
	key, addressKey []byte
	scratch         []byte
	place           place
	line            []byte
	failed          error
	summary         ReplaySummary
}

// ReplaySummary is what a replay did.
type ReplaySummary struct {
	Facts, Duplicates, Conflicts      int64
	Deadlines, Eligibility, Retention int64
	Expired, Warned, Contacts         int64
	Clock                             state.Instant
}

// NewReplay returns a replay into a store, which may hold what earlier replays
// left. The sink gets everything that would be published; nil only counts. The
// error may be ErrUnfinished.
func NewReplay(s *store.Store, policy *rules.Policy, sink ReplaySink) (*Replay, error) {
	positions, err := s.Positions(replayPartition)
	if err != nil {
		return nil, err
	}
	if err := finished(positions); err != nil {
		return nil, err
	}
	r := &Replay{store: s, clock: state.Unset, sink: sink, everywhere: map[string]*state.Contact{}, unapplied: map[addressID]*Address{}}
	if at, ok := positions[positionClock]; ok {
		r.clock = state.Instant(at)
	}
	r.virtual = virtual{judge: NewJudge(policy), emit: r.emit}
	if sink == nil {
		r.virtual.judge.CountOnly()
	}
	return r, r.loadEverywhere()
}

// finished returns ErrUnfinished for the positions of a store that a replay has
// left in the middle.
func finished(positions map[string]int64) error {
	if _, unfinished := positions[positionUnfinished]; unfinished {
		return ErrUnfinished
	}
	return nil
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

// Run takes all facts of the input and lets the clock reach an instant, at or
// after the recorded_at of the last of them. When it fails, the store is left
// unfinished and must not be used.
func (r *Replay) Run(ctx context.Context, input ReplayInput, end state.Instant) (ReplaySummary, error) {
	r.input, r.end = input, max(end, r.clock)
	if err := r.begin(); err != nil {
		return r.summary, err
	}
	err := r.takeAll(ctx)
	if r.reader != nil {
		err = errors.Join(err, r.reader.Close())
	}
	if err == nil {
		err = r.fireRest(ctx)
	}
	if err == nil {
		err = r.finish()
	}
	if err != nil {
		return r.summary, fmt.Errorf("replay: %w", err)
	}
	return r.summary, nil
}

// begin marks the store and learns what contacts have to do with each other.
func (r *Replay) begin() error {
	r.writes = newReplayWrites(r.store)
	if err := r.note(func(b *store.Batch) { b.PutPosition(replayPartition, positionUnfinished, 1) }); err != nil {
		return err
	}
	if r.grown() {
		r.reader = r.store.NewReader(replayPartition)
	}
	return r.share()
}

// grown reports whether an earlier replay has left anything.
func (r *Replay) grown() bool { return r.clock != state.Unset }

// takeAll takes the contacts of the input, and in between those of the store
// that the input reaches through an address.
func (r *Replay) takeAll(ctx context.Context) error {
	for n := 0; ; n++ {
		contact, _, _, err := r.input.Peek()
		if errors.Is(err, io.EOF) {
			return r.takeReached(nil)
		}
		if err == nil && n%1024 == 0 {
			err = ctx.Err()
		}
		if err == nil {
			err = r.takeReached(contact)
		}
		if err == nil {
			err = r.takePerson(string(contact))
		}
		if err != nil {
			return err
		}
	}
}

// takePerson takes one contact id at all of its controllers.
func (r *Replay) takePerson(contact string) error {
	arrived, err := r.readEverywhere(contact)
	if err != nil {
		return err
	}
	var seen map[string]bool
	if len(arrived) > 0 {
		seen = map[string]bool{}
	}
	for {
		next, controller, _, err := r.input.Peek()
		if errors.Is(err, io.EOF) || err == nil && string(next) != contact {
			break
		}
		if err != nil {
			return err
		}
		key := state.Key{Contact: contact, Controller: string(controller)}
		if seen != nil {
			seen[key.Controller] = true
		}
		if err := r.takeContact(key, arrived); err != nil {
			return err
		}
	}
	if len(arrived) == 0 {
		return nil
	}
	if err := r.takeUnseen(contact, seen, arrived); err != nil {
		return err
	}
	return r.keepEverywhere(contact, arrived)
}

// readEverywhere reads the facts about a contact at every controller.
func (r *Replay) readEverywhere(contact string) (arrived []incoming, err error) {
	for {
		next, _, everywhere, err := r.input.Peek()
		if errors.Is(err, io.EOF) || err == nil && (!everywhere || string(next) != contact) {
			return arrived, nil
		}
		if err != nil {
			return nil, err
		}
		var f ReplayFact
		if err := r.input.Next(&f); err != nil {
			return nil, err
		}
		kept, err := cloneFact(&f.Fact)
		if err != nil {
			return nil, err
		}
		arrived = append(arrived, incoming{place: placeOf(&kept), fact: kept, everywhere: true})
	}
}

// takeUnseen brings facts for every controller to the states of the store that
// the input does not mention.
func (r *Replay) takeUnseen(contact string, seen map[string]bool, arrived []incoming) error {
	var keys []state.Key
	prefix := append(append([]byte{prefixContact}, contact...), separator)
	err := r.store.ScanPrefix(replayPartition, prefix, func(key, _ []byte) (bool, error) {
		parsed, err := parseContactKey(key)
		if err == nil && !seen[parsed.Controller] {
			keys = append(keys, parsed)
		}
		return true, err
	})
	for _, key := range keys {
		err = errors.Join(err, r.takeContact(key, arrived))
	}
	return err
}

// keepEverywhere keeps facts for controllers that are seen in a later replay.
func (r *Replay) keepEverywhere(contact string, arrived []incoming) error {
	c := r.everywhere[contact]
	if c == nil {
		fresh := state.NewContact()
		c = &fresh
	}
	for i := range arrived {
		c.Add(arrived[i].fact)
	}
	r.writes.putOther(appendWildcardKey(nil, contact), codec.AppendContact(nil, c))
	return r.flush()
}

// cloneFact returns a copy that shares no memory with f.
func cloneFact(f *state.Fact) (state.Fact, error) {
	var out state.Fact
	err := codec.DecodeFact(codec.AppendFact(nil, f), &out, new(codec.Arena))
	return out, err
}

// takeReached takes the contacts of the store that negatives of the input reach,
// and that come before a contact in the order of the input; all with nil.
func (r *Replay) takeReached(before []byte) error {
	for len(r.shared.reached) > 0 && (before == nil || compareBarred(r.shared.reached[0].Contact, string(before)) < 0) {
		key := r.shared.reached[0]
		r.shared.reached = r.shared.reached[1:]
		if err := r.takeContact(key, nil); err != nil {
			return err
		}
	}
	return nil
}

// fireRest fires what is due for contacts of the store that nothing reached.
func (r *Replay) fireRest(ctx context.Context) error {
	for r.grown() {
		if err := errors.Join(ctx.Err(), r.apply()); err != nil {
			return err
		}
		var due [][]byte
		err := r.store.Due(replayPartition, r.end, dueContacts, func(_ state.Instant, key []byte) error {
			due = append(due, slices.Clone(key))
			return nil
		})
		if err != nil || len(due) == 0 {
			return err
		}
		if err := r.fireEach(due); err != nil {
			return err
		}
	}
	return nil
}

func (r *Replay) fireEach(due [][]byte) error {
	slices.SortFunc(due, bytes.Compare)
	r.reader = r.store.NewReader(replayPartition)
	for _, storeKey := range slices.CompactFunc(due, bytes.Equal) {
		key, err := parseContactKey(storeKey)
		if err == nil {
			err = r.takeContact(key, nil)
		}
		if err != nil {
			return errors.Join(err, r.reader.Close())
		}
	}
	return r.reader.Close()
}

// finish stores what only the whole input tells, and that the replay is whole.
func (r *Replay) finish() error {
	if r.failed != nil {
		return r.failed
	}
	r.keepAddresses()
	if err := r.apply(); err != nil {
		return err
	}
	r.clock, r.summary.Clock = r.end, r.end
	return r.note(func(b *store.Batch) {
		b.PutPosition(replayPartition, positionClock, int64(r.end))
		b.DeletePosition(replayPartition, positionUnfinished)
	})
}

// note stores how far the replay is, on disk when it returns.
func (r *Replay) note(positions func(*store.Batch)) error {
	b := r.store.NewBatch()
	defer func() { _ = b.Close() }()
	positions(b)
	return errors.Join(r.store.Apply(b, false), r.store.Persist())
}

// flush applies what is to be written when that is much.
func (r *Replay) flush() error {
	if r.writes.bytes() < writesBytes {
		return nil
	}
	return r.apply()
}

func (r *Replay) apply() error {
	clear(r.unapplied)
	return r.writes.apply()
}
