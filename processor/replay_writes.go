package processor

import (
	"errors"

	"consentstream/processor/spool"
	"consentstream/state"
	"consentstream/state/store"
)

// writesBytes is how much is collected before it is applied.
const writesBytes = 16 << 20

// dueContacts is how many contacts that are due are read at a time.
const dueContacts = 4096

// replayWrites is what a replay has to store. It goes there in sorted files and
// not by way of log and memtables. Contacts come in the order of the store, so
// their files do not overlap and need no compaction; what has no such order has
// files of its own.
type replayWrites struct {
	contacts, others *store.Load
	slabs            spool.Slabs // keys and values
}

func newReplayWrites(s *store.Store) *replayWrites {
	return &replayWrites{contacts: s.NewLoad(replayPartition), others: s.NewLoad(replayPartition)}
}

// put stores the state of a contact; key and value are copied, like all others.
func (w *replayWrites) put(key, value []byte) {
	w.contacts.Put(w.slabs.Copy(key), w.slabs.Copy(value))
}

// putOther stores what is no contact.
func (w *replayWrites) putOther(key, value []byte) {
	w.others.Put(w.slabs.Copy(key), w.slabs.Copy(value))
}

// moveTimer replaces the timer of a contact; state.Never stands for none.
func (w *replayWrites) moveTimer(key []byte, from, to state.Instant) {
	if from == to {
		return
	}
	key = w.slabs.Copy(key)
	if from != state.Never {
		w.contacts.DeleteTimer(from, key)
	}
	if to != state.Never {
		w.contacts.PutTimer(to, key)
	}
}

func (w *replayWrites) bytes() int { return w.contacts.Bytes() + w.others.Bytes() }

func (w *replayWrites) apply() error {
	err := errors.Join(w.contacts.Apply(), w.others.Apply())
	w.slabs.Reset()
	return err
}
