package kafka

// Record is one record as it was read. Key, Value and headers share memory with
// the answer they came in: they stay valid, and must not be changed.
type Record struct {
	Offset    int64
	Timestamp int64  // milliseconds since 1970, by the producer or, for LogAppendTime, the broker
	Key       []byte // nil = none
	Value     []byte // nil = tombstone
	Headers   []Header
}

// Header is one header of a record.
type Header struct {
	Key   string
	Value []byte // nil = null
}

// OutRecord is one record to write.
type OutRecord struct {
	Topic     string
	Partition int32
	Key       []byte // nil = none
	Value     []byte // nil = tombstone
	Headers   []Header
	Timestamp int64 // milliseconds since 1970
}

func (r *OutRecord) at() TopicPartition { return TopicPartition{r.Topic, r.Partition} }
