package schemas

import "consentstream/state"

// DecodeDatum reads the bare Avro bytes of a record of an input topic by the
// current schema, as AppendRecord and OCFReader.Datum give them. The strings of
// the Record alias the bytes. The error is a *RecordError.
func DecodeDatum(topic state.Topic, datum []byte, into *Record) error {
	c := cursor{buf: datum}
	c.record(topic, into, state.Unset)
	return c.finish(OfTopic(topic))
}
