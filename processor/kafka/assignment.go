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
	// What follows is of version 1. Members that are older send nothing of it, and
	// skip it as bytes that they do not know.
	copies    int32   // how many second copies of a partition's state it wants to take part in
	following []int32 // partitions of which it keeps one
}

// extensionVersion is that of what was added to subscriptions and assignments. A
// later version adds at the end, and keeps what is there.
const extensionVersion = 1

func (o ownership) with(holds []int32) ownership {
	o.holds = holds
	return o
}

func (o ownership) encode() []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(o.generation))
	b = appendInts(b, o.owned)
	b = appendInts(b, o.holds)
	b = binary.BigEndian.AppendUint16(b, extensionVersion)
	b = binary.BigEndian.AppendUint32(b, uint32(o.copies))
	return appendInts(b, o.following)
}

// decodeOwnership reads what a member claims. What cannot be read claims
// nothing: it costs a move, not the group.
func decodeOwnership(b []byte) ownership {
	d := reader{b: b}
	o := ownership{generation: d.int32(), owned: d.ints(), holds: d.ints()}
	if d.err != nil {
		return ownership{generation: -1}
	}
	if d.int16() < extensionVersion { // it is older, and keeps no copies
		return o
	}
	copies, following := d.int32(), d.ints()
	if d.err == nil {
		o.copies, o.following = copies, following
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
// Kafka's own tools can show it. Copies go into its user data, which members that
// are older do not look at.
func encodeAssignment(topics []string, partitions, copies []int32) []byte {
	b := []byte{0, 0}
	b = binary.BigEndian.AppendUint32(b, uint32(len(topics)))
	for _, t := range topics {
		b = appendString(b, t)
		b = appendInts(b, partitions)
	}
	userdata := appendInts(binary.BigEndian.AppendUint16(nil, extensionVersion), copies)
	b = binary.BigEndian.AppendUint32(b, uint32(len(userdata)))
	return append(b, userdata...)
}

// decodeAssignment returns the partition numbers, which are the same of all topics,
// and those to keep a copy of, which leaders that are older do not name.
func decodeAssignment(b []byte) (partitions, copies []int32, err error) {
	if len(b) == 0 {
		return nil, nil, nil // more members than partitions
	}
	d := reader{b: b}
	d.int16()
	for range d.arrayLen() {
		d.skipString()
		partitions = append(partitions, d.ints()...)
	}
	slices.Sort(partitions)
	if d.err != nil {
		return nil, nil, d.err
	}
	return slices.Compact(partitions), decodeCopies(d.bytes()), nil
}

// decodeCopies reads the user data of an assignment; what cannot be read names
// none, which costs a copy and not the group.
func decodeCopies(b []byte) []int32 {
	d := reader{b: b}
	if d.int16() < extensionVersion {
		return nil
	}
	copies := d.ints()
	if d.err != nil {
		return nil
	}
	slices.Sort(copies)
	return slices.Compact(copies)
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
