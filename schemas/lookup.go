package schemas

import (
	"context"
	"encoding/binary"
)

// RegistryID returns the registry id that a value names its schema by; false for
// a value that is not in the Confluent wire format.
func RegistryID(value []byte) (id uint32, ok bool) {
	if len(value) < 5 || value[0] != 0 {
		return 0, false
	}
	return binary.BigEndian.Uint32(value[1:]), true
}

// Knows reports whether Decode can tell what a registry id stands for without
// asking the registry. That there is no such schema is known too, for a while.
func (d *Decoder) Knows(id uint32) bool {
	if d.writers.registry == nil {
		return true // that no record with an id can be read
	}
	_, ok := d.writers.answered(id)
	return ok
}

// Learn asks the registry for an id, so that Decode need not. It returns nil once
// the answer is known, be it that there is no such schema. Any error wraps
// ErrRegistryUnavailable: ask again later.
func (d *Decoder) Learn(ctx context.Context, id uint32) error {
	_, err := d.writers.ask(ctx, id)
	return err
}
