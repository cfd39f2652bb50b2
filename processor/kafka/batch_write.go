package kafka

import (
	"encoding/binary"
	"hash/crc32"
	"math"
)

// producerID is what a broker knows a producer by.
type producerID struct {
	id    int64
	epoch int16
}

// encoded is one record batch, ready to be sent, and sent again.
type encoded struct {
	TopicPartition
	records []*OutRecord // those inside, to cut the batch in two if it is refused as too large
	bytes   []byte
}

// encoder turns records into batches of one producer.
type encoder struct {
	producer      producerID
	transactional bool
	codec         Compression
	maxBytes      int // where a batch is cut, before compression
}

// recordOverhead is more than the numbers of a record take.
const recordOverhead = 40

// size is an upper bound of the encoded size of r.
func (r *OutRecord) size() int {
	n := recordOverhead + len(r.Key) + len(r.Value)
	for _, h := range r.Headers {
		n += 2*binary.MaxVarintLen32 + len(h.Key) + len(h.Value)
	}
	return n
}

// split cuts the records of one partition into runs that fit into a batch.
func (e *encoder) split(records []*OutRecord) [][]*OutRecord {
	var runs [][]*OutRecord
	start, bytes := 0, 0
	for i := range records {
		n := records[i].size()
		if i > start && bytes+n > e.maxBytes {
			runs = append(runs, records[start:i])
			start, bytes = i, 0
		}
		bytes += n
	}
	return append(runs, records[start:])
}

// encode makes one batch of records, all of one partition, whose first has the
// sequence number sequence.
func (e *encoder) encode(records []*OutRecord, sequence int32) (encoded, error) {
	size := batchRecords
	for i := range records {
		size += records[i].size()
	}
	b := make([]byte, batchRecords, size)
	base, newest := records[0].Timestamp, records[0].Timestamp
	for i := range records {
		b = appendRecord(b, records[i], int64(i), records[i].Timestamp-base)
		newest = max(newest, records[i].Timestamp)
	}
	if e.codec != None {
		var err error
		if b, err = deflate(e.codec, make([]byte, batchRecords, size), b[batchRecords:]); err != nil {
			return encoded{}, err
		}
	}
	e.header(b, sequence, len(records), base, newest)
	return encoded{TopicPartition: records[0].at(), records: records, bytes: b}, nil
}

// header writes the fields before the records, the checksum last.
func (e *encoder) header(b []byte, sequence int32, count int, base, newest int64) {
	attributes := uint16(e.codec)
	if e.transactional {
		attributes |= attrTransactional
	}
	be := binary.BigEndian
	be.PutUint32(b[batchLength:], uint32(len(b)-batchLength-4))
	be.PutUint32(b[batchLength+4:], math.MaxUint32) // leader epoch: the broker's to fill in
	b[batchMagic] = 2
	be.PutUint16(b[batchAttributes:], attributes)
	be.PutUint32(b[batchLastDelta:], uint32(count-1))
	be.PutUint64(b[batchBaseTime:], uint64(base))
	be.PutUint64(b[batchMaxTime:], uint64(newest))
	be.PutUint64(b[batchProducerID:], uint64(e.producer.id))
	be.PutUint16(b[batchEpoch:], uint16(e.producer.epoch))
	be.PutUint32(b[batchSequence:], uint32(sequence))
	be.PutUint32(b[batchCount:], uint32(count))
	be.PutUint32(b[batchCRC:], crc32.Checksum(b[batchAttributes:], castagnoli))
}

// appendRecord appends one record behind its length.
func appendRecord(b []byte, r *OutRecord, offsetDelta, timeDelta int64) []byte {
	b = binary.AppendVarint(b, int64(recordSize(r, offsetDelta, timeDelta)))
	b = append(b, 0) // attributes
	b = binary.AppendVarint(b, timeDelta)
	b = binary.AppendVarint(b, offsetDelta)
	b = appendVarBytes(b, r.Key)
	b = appendVarBytes(b, r.Value)
	b = binary.AppendVarint(b, int64(len(r.Headers)))
	for _, h := range r.Headers {
		b = binary.AppendVarint(b, int64(len(h.Key)))
		b = append(b, h.Key...)
		b = appendVarBytes(b, h.Value)
	}
	return b
}

// recordSize is what appendRecord writes behind the length.
func recordSize(r *OutRecord, offsetDelta, timeDelta int64) int {
	n := 1 + varintSize(timeDelta) + varintSize(offsetDelta) + varBytesSize(r.Key) + varBytesSize(r.Value) + varintSize(int64(len(r.Headers)))
	for _, h := range r.Headers {
		n += varintSize(int64(len(h.Key))) + len(h.Key) + varBytesSize(h.Value)
	}
	return n
}

func appendVarBytes(b, v []byte) []byte {
	if v == nil {
		return append(b, 1) // the length -1
	}
	b = binary.AppendVarint(b, int64(len(v)))
	return append(b, v...)
}

func varBytesSize(v []byte) int {
	if v == nil {
		return 1
	}
	return varintSize(int64(len(v))) + len(v)
}

func varintSize(v int64) int {
	u := uint64(v<<1) ^ uint64(v>>63)
	n := 1
	for u >= 0x80 {
		u >>= 7
		n++
	}
	return n
}

// sequenceAfter is the sequence number n records behind sequence. Numbers wrap
// to 0 behind the largest int32.
func sequenceAfter(sequence int32, n int) int32 {
	return int32((int64(sequence) + int64(n)) & math.MaxInt32)
}
