package kafka

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// The layout of a record batch, version 2. Numbers are positions of fields.
const (
	batchLength     = 8
	batchMagic      = 16
	batchCRC        = 17
	batchAttributes = 21 // the checksum covers everything from here
	batchLastDelta  = 23
	batchBaseTime   = 27
	batchMaxTime    = 35
	batchProducerID = 43
	batchEpoch      = 51
	batchSequence   = 53
	batchCount      = 57
	batchRecords    = 61

	attrCodec         = 0x07
	attrAppendTime    = 0x08
	attrTransactional = 0x10
	attrControl       = 0x20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// batch is one whole record batch, as it came.
type batch []byte

func (b batch) base() int64 { return int64(binary.BigEndian.Uint64(b)) }
func (b batch) last() int64 {
	return b.base() + int64(int32(binary.BigEndian.Uint32(b[batchLastDelta:])))
}
func (b batch) attributes() int16 { return int16(binary.BigEndian.Uint16(b[batchAttributes:])) }
func (b batch) producer() int64   { return int64(binary.BigEndian.Uint64(b[batchProducerID:])) }
func (b batch) count() int        { return int(int32(binary.BigEndian.Uint32(b[batchCount:]))) }
func (b batch) is(attr int16) bool {
	return b.attributes()&attr != 0
}

// check tells what of the batch cannot be trusted.
func (b batch) check() error {
	if b[batchMagic] != 2 {
		return fmt.Errorf("message format %d: only format 2 (Kafka 0.11 and later) is read", b[batchMagic])
	}
	want := binary.BigEndian.Uint32(b[batchCRC:])
	if got := crc32.Checksum(b[batchAttributes:], castagnoli); got != want {
		return fmt.Errorf("checksum %08x where the batch says %08x", got, want)
	}
	if b.last() < b.base() || b.count() < 0 {
		return fmt.Errorf("offsets %d to %d with %d records", b.base(), b.last(), b.count())
	}
	return nil
}

// cutBatch takes the first whole batch off b. It returns nil at the end, which
// may be in the middle of a batch: brokers cut answers at the byte limit.
func cutBatch(b []byte) (first batch, rest []byte, err error) {
	if len(b) < batchRecords {
		return nil, nil, nil
	}
	n := int64(batchLength) + 4 + int64(int32(binary.BigEndian.Uint32(b[batchLength:])))
	if n < batchRecords {
		return nil, nil, fmt.Errorf("a batch of %d bytes", n)
	}
	if n > int64(len(b)) {
		return nil, nil, nil
	}
	return batch(b[:n:n]), b[n:], nil
}

// walk is the reading of one partition's answer.
type walk struct {
	from    int64
	aborted *abortedTransactions // nil reads everything
	records []Record
	next    int64
	whole   int               // batches that came whole
	names   map[string]string // header names seen, so that each is allocated once
}

// run reads all whole batches. What was read before an error stays in records,
// and next is behind it.
func (w *walk) run(b []byte) error {
	w.records = make([]Record, 0, countRecords(b))
	for {
		one, rest, err := cutBatch(b)
		if err == nil && one == nil {
			return nil
		}
		if err == nil {
			err = one.check()
		}
		if err == nil {
			err = w.batch(one)
		}
		if err != nil {
			return fmt.Errorf("batch after offset %d: %w", w.next, err)
		}
		w.whole++
		b = rest
	}
}

// maxPreallocated bounds what unchecked headers may make us allocate.
const maxPreallocated = 1 << 18

// countRecords is how many records the batches announce.
func countRecords(b []byte) int {
	total := 0
	for {
		one, rest, err := cutBatch(b)
		if err != nil || one == nil {
			return min(total, maxPreallocated)
		}
		if !one.is(attrControl) {
			total += min(max(one.count(), 0), maxPreallocated)
		}
		b = rest
	}
}

func (w *walk) batch(b batch) error {
	if b.last() < w.from {
		return nil
	}
	skip := b.is(attrControl)
	if w.aborted != nil {
		aborted, err := w.aborted.covers(b)
		if err != nil {
			return err
		}
		skip = skip || aborted
	}
	if !skip {
		kept := len(w.records)
		if err := w.data(b); err != nil {
			w.records = w.records[:kept]
			return err
		}
	}
	// By the header, not by the last record: compaction may have removed it.
	w.next = b.last() + 1
	return nil
}

// data appends the records of a batch that are at or after the position.
func (w *walk) data(b batch) (err error) {
	body := []byte(b[batchRecords:])
	if c := Compression(b.attributes() & attrCodec); c != None {
		if body, err = inflate(c, body); err != nil {
			return err
		}
	}
	base, baseTime := b.base(), int64(binary.BigEndian.Uint64(b[batchBaseTime:]))
	appendTime := b.is(attrAppendTime)
	maxTime := int64(binary.BigEndian.Uint64(b[batchMaxTime:]))
	for range b.count() {
		size, n := varint(body)
		if n <= 0 || size < 0 || size > int64(len(body)-n) {
			return errShort
		}
		w.records = append(w.records, Record{Offset: base, Timestamp: baseTime})
		r := &w.records[len(w.records)-1]
		if !w.record(r, body[n:n+int(size):n+int(size)]) {
			return errShort
		}
		if appendTime {
			r.Timestamp = maxTime
		}
		if r.Offset < w.from {
			w.records = w.records[:len(w.records)-1]
		}
		body = body[n+int(size):]
	}
	return nil
}
