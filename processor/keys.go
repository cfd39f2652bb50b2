package processor

import (
	"bytes"
	"fmt"

	"consentstream/state"
)

// Keys of states in the store and in the changelog. The separator is "|",
// which contact ids, controllers and address keys may not hold.
const (
	prefixContact  = 'c' // c contact | controller
	prefixWildcard = '*' // * contact: facts of a contact at every controller
	prefixAddress  = 'a' // a address | controller
	prefixMeta     = 'm' // m name
)

const separator = '|'

func appendContactKey(dst []byte, key state.Key) []byte {
	dst = append(append(dst, prefixContact), key.Contact...)
	return append(append(dst, separator), key.Controller...)
}

func appendWildcardKey(dst []byte, contact string) []byte {
	return append(append(dst, prefixWildcard), contact...)
}

func appendAddressKey(dst []byte, controller, address string) []byte {
	dst = append(append(dst, prefixAddress), address...)
	return append(append(dst, separator), controller...)
}

// parseContactKey reads what appendContactKey wrote.
func parseContactKey(key []byte) (state.Key, error) {
	if len(key) == 0 || key[0] != prefixContact {
		return state.Key{}, fmt.Errorf("store: key is not one of a contact")
	}
	contact, controller, ok := bytes.Cut(key[1:], []byte{separator})
	if !ok {
		return state.Key{}, fmt.Errorf("store: key of a contact has no separator")
	}
	return state.Key{Controller: string(controller), Contact: string(contact)}, nil
}

// The keys of the addresses topic: who uses an address, and what objects to it.
//
//	address|controller|U|contact
//	address|controller|N|event_id
const (
	markUse      = 'U'
	markNegative = 'N'
)

func appendAddressRecordKey(dst []byte, address, controller string, mark byte, id string) []byte {
	dst = append(append(dst, address...), separator)
	dst = append(append(dst, controller...), separator)
	dst = append(append(dst, mark), separator)
	return append(dst, id...)
}

// addressRecordKey is a key of the addresses topic in its parts.
type addressRecordKey struct {
	Address, Controller string
	Mark                byte
	ID                  string
}

func parseAddressRecordKey(key []byte) (addressRecordKey, error) {
	parts := bytes.SplitN(key, []byte{separator}, 4)
	if len(parts) != 4 || len(parts[2]) != 1 || parts[2][0] != markUse && parts[2][0] != markNegative {
		return addressRecordKey{}, fmt.Errorf("addresses record: key is not address|controller|U|contact or address|controller|N|event_id")
	}
	return addressRecordKey{Address: string(parts[0]), Controller: string(parts[1]), Mark: parts[2][0], ID: string(parts[3])}, nil
}
