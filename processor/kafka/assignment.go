package kafka

import (
	"encoding/binary"
	"slices"
)

// The names under which members find each other. All members of a group must
// share out by the same rule.
const (
	protocolType = "consumer"
	balancerName = "copartitioned-sticky"
)

// ownership is what a member tells the leader, to keep what it has.
type ownership struct {
	generation int32   // in which it owned the partitions; -1 = none
	owned      []int32 // partitions
	holds      []int32 // partitions whose state it has on disk
}

func (o ownership) with(holds []int32) ownership {
	o.holds = holds
	return o
}

func (o ownership) encode() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(o.generation))
	b = appendInts(b, o.owned)
	return appendInts(b, o.holds)
}

// decodeOwnership reads what a member claims. What cannot be read claims
// nothing: it costs a move, not the group.
func decodeOwnership(b []byte) ownership {
	d := reader{b: b}
	o := ownership{generation: d.int32(), owned: d.ints(), holds: d.ints()}
	if d.err != nil {
		return ownership{generation: -1}
	}
	return o
}

// encodeSubscription is the consumer protocol's subscription, version 0.
func encodeSubscription(topics []string, userdata []byte) []byte {
	b := []byte{0, 0}
	b = binary.BigEndian.AppendUint32(b, uint32(len(topics)))
	for _, t := range topics {
		b = appendString(b, t)
	}
	b = binary.BigEndian.AppendUint32(b, uint32(len(userdata)))
	return append(b, userdata...)
}

func decodeSubscription(b []byte) (userdata []byte, err error) {
	d := reader{b: b}
	d.int16() // later versions add fields at the end
	for range d.arrayLen() {
		d.skipString()
	}
	userdata = d.bytes()
	return userdata, d.err
}

// encodeAssignment is the consumer protocol's assignment, version 0, so that
// Kafka's own tools can show it.
func encodeAssignment(topics []string, partitions []int32) []byte {
	b := []byte{0, 0}
	b = binary.BigEndian.AppendUint32(b, uint32(len(topics)))
	for _, t := range topics {
		b = appendString(b, t)
		b = appendInts(b, partitions)
	}
	return binary.BigEndian.AppendUint32(b, 0) // no user data
}

// decodeAssignment returns the partition numbers, which are the same of all topics.
func decodeAssignment(b []byte) ([]int32, error) {
	if len(b) == 0 {
		return nil, nil // more members than partitions
	}
	d := reader{b: b}
	d.int16()
	var partitions []int32
	for range d.arrayLen() {
		d.skipString()
		partitions = append(partitions, d.ints()...)
	}
	slices.Sort(partitions)
	return slices.Compact(partitions), d.err
}

func appendString(b []byte, s string) []byte {
	b = binary.BigEndian.AppendUint16(b, uint16(len(s)))
	return append(b, s...)
}

func appendInts(b []byte, v []int32) []byte {
	b = binary.BigEndian.AppendUint32(b, uint32(len(v)))
	for _, n := range v {
		b = binary.BigEndian.AppendUint32(b, uint32(n))
	}
	return b
}

func (d *reader) ints() []int32 {
	n := d.arrayLen()
	var v []int32
	for range n {
		v = append(v, d.int32())
	}
	return v
}
