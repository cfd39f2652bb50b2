package kafka

import (
	"encoding/binary"
	"fmt"
	"io"

	"github.com/segmentio/kafka-go/protocol"
)

// metadataVersion is the newest layout that Kafka 2.8 knows; it is the first
// line of versions with topic ids, which kafka-go's own (up to 8) lacks.
const metadataVersion = 11

// maxMetadataBytes bounds the memory an answer may claim.
const maxMetadataBytes = 64 << 20

// metadataRequest asks about some topics, past kafka-go's cache of metadata. It
// reads and writes its own bytes through the connection that kafka-go gives it.
type metadataRequest struct {
	ClientID string
	Topics   []string // nil asks for none
	Rights   bool     // tell what this principal may do with the topics
	route
}

// metadataResponse is what is used of the answer.
type metadataResponse struct {
	ClusterID  string
	Controller int32
	Brokers    []int32
	Topics     []metadataTopic
}

type metadataTopic struct {
	Error       int16
	Name        string
	ID          TopicID
	Leaders     []int32 // by partition, -1 = none
	Replication int
	Rights      int32 // a bit for each operation, see Right
}

// ApiKey implements protocol.Message.
func (*metadataRequest) ApiKey() protocol.ApiKey { return protocol.Metadata }

// ApiKey implements protocol.Message.
func (*metadataResponse) ApiKey() protocol.ApiKey { return protocol.Metadata }

// Required implements protocol.RawExchanger.
func (*metadataRequest) Required(map[protocol.ApiKey]int16) bool { return true }

// RawExchange implements protocol.RawExchanger.
func (r *metadataRequest) RawExchange(rw io.ReadWriter) (protocol.Message, error) {
	if _, err := rw.Write(r.encode()); err != nil {
		return nil, err
	}
	var size [4]byte
	if _, err := io.ReadFull(rw, size[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(size[:])
	if n > maxMetadataBytes {
		return nil, fmt.Errorf("the answer claims %d bytes", n)
	}
	body := make([]byte, n)
	if _, err := io.ReadFull(rw, body); err != nil {
		return nil, err
	}
	return decodeMetadata(body)
}

func (r *metadataRequest) encode() []byte {
	b := make([]byte, 4, 64)
	b = binary.BigEndian.AppendUint16(b, uint16(protocol.Metadata))
	b = binary.BigEndian.AppendUint16(b, metadataVersion)
	b = binary.BigEndian.AppendUint32(b, 1) // correlation id: one request at a time
	b = binary.BigEndian.AppendUint16(b, uint16(len(r.ClientID)))
	b = append(b, r.ClientID...)
	b = append(b, 0) // no tags
	b = binary.AppendUvarint(b, uint64(len(r.Topics))+1)
	for _, t := range r.Topics {
		b = append(b, make([]byte, 16)...) // by name, not by id
		b = binary.AppendUvarint(b, uint64(len(t))+1)
		b = append(b, t...)
		b = append(b, 0)
	}
	b = append(b, 0, boolByte(r.Rights), 0) // create none, authorized operations, no tags
	binary.BigEndian.PutUint32(b, uint32(len(b)-4))
	return b
}

func boolByte(v bool) byte {
	if v {
		return 1
	}
	return 0
}

func decodeMetadata(b []byte) (*metadataResponse, error) {
	d := reader{b: b}
	d.int32() // correlation id
	d.tags()
	d.int32() // throttle time
	var res metadataResponse
	for range d.compactLen() {
		res.Brokers = append(res.Brokers, d.int32())
		d.compactString() // host
		d.int32()         // port
		d.compactString() // rack
		d.tags()
	}
	res.ClusterID = d.compactString()
	res.Controller = d.int32()
	for range d.compactLen() {
		res.Topics = append(res.Topics, d.metadataTopic())
	}
	if d.err != nil {
		return nil, fmt.Errorf("metadata: %w", d.err)
	}
	return &res, nil
}

func (d *reader) metadataTopic() metadataTopic {
	t := metadataTopic{Error: d.int16(), Name: d.compactString()}
	copy(t.ID[:], d.take(16))
	d.take(1) // internal
	n := d.compactLen()
	t.Leaders = make([]int32, n)
	for i := range t.Leaders {
		t.Leaders[i] = -1
	}
	for range n {
		d.int16() // error: a missing leader is -1 anyway
		index, leader := d.int32(), d.int32()
		d.int32() // leader epoch
		replicas := d.compactLen()
		d.take(4 * replicas)
		d.take(4 * d.compactLen()) // in sync
		d.take(4 * d.compactLen()) // offline
		d.tags()
		if index < 0 || int(index) >= n {
			d.fail(fmt.Errorf("topic %s has %d partitions and one numbered %d", t.Name, n, index))
			return t
		}
		t.Leaders[index] = leader
		t.Replication = max(t.Replication, replicas)
	}
	t.Rights = d.int32()
	d.tags()
	return t
}
