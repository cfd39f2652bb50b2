package kafka

import (
	"encoding/binary"
	"slices"
)

// abortedTransactions tells which batches of an answer belong to transactions
// that were aborted. An answer names, for each such transaction, its producer
// and first offset; it ends at the abort marker of that producer.
type abortedTransactions struct {
	queued map[int64][]int64  // by producer: first offsets, ascending
	active map[int64]struct{} // producers inside an aborted transaction
}

func newAborted(ranges []abortedRange) *abortedTransactions {
	a := &abortedTransactions{}
	if len(ranges) == 0 {
		return a
	}
	a.queued, a.active = map[int64][]int64{}, map[int64]struct{}{}
	for _, r := range ranges {
		a.queued[r.ProducerID] = append(a.queued[r.ProducerID], r.FirstOffset)
	}
	for _, firsts := range a.queued {
		slices.Sort(firsts)
	}
	return a
}

// covers tells whether b belongs to an aborted transaction. It must see every
// batch, control batches too, in order. The data of an aborted transaction may
// lie below the position, or be compacted away, so that only its marker is
// seen: an entry that were activated at data batches only would stay queued
// behind that marker and swallow the producer's next, committed transaction.
func (a *abortedTransactions) covers(b batch) (bool, error) {
	if a.active == nil {
		return false, nil
	}
	producer := b.producer()
	for firsts := a.queued[producer]; len(firsts) > 0 && firsts[0] <= b.base(); firsts = firsts[1:] {
		a.active[producer] = struct{}{}
		a.queued[producer] = firsts[1:]
	}
	_, active := a.active[producer]
	if !b.is(attrControl) {
		return active && b.is(attrTransactional), nil
	}
	abort, err := b.isAbortMarker()
	if err != nil {
		return false, err
	}
	if abort {
		delete(a.active, producer)
	}
	return false, nil
}

// isAbortMarker reads the one record of a control batch. Its key holds a
// version and a type, 0 for abort and 1 for commit; later types are not ours.
func (b batch) isAbortMarker() (bool, error) {
	if b.count() == 0 {
		return false, nil // compaction keeps the empty batch of a marker
	}
	body := []byte(b[batchRecords:])
	_, n := varint(body)
	if n <= 0 {
		return false, errShort
	}
	var r Record
	if !new(walk).record(&r, body[n:]) || len(r.Key) < 4 {
		return false, errShort
	}
	return binary.BigEndian.Uint16(r.Key[2:]) == 0, nil
}
