package processor

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"consentstream/state"
	"consentstream/state/codec"
)

// crowd is the number of contacts above which an address is no longer followed:
// new uses of it are denied at once.
const crowd = 1000

// Address is what the owner of an address knows: which contacts of a controller
// use it, and which negatives it carries. The negatives are kept and bounded
// like the facts of a contact.
type Address struct {
	Users     []string // contact ids in order
	Negatives state.Contact
	Crowded   bool
}

// NewAddress returns an address that nobody uses.
func NewAddress() Address { return Address{Negatives: state.NewContact()} }

// Use notes that a contact uses the address, and reports whether it changed
// anything and whether marketing to that contact on it must be denied for good.
func (a *Address) Use(contact string) (changed, crowded bool) {
	at, known := slices.BinarySearch(a.Users, contact)
	switch {
	case known:
		return false, false
	case len(a.Users) >= crowd:
		changed, a.Crowded = !a.Crowded, true
		return changed, true
	}
	a.Users = slices.Insert(a.Users, at, contact)
	return true, false
}

// Object notes a negative, and reports whether it tells the users of the address
// anything: that it exists, or that it was recorded earlier than was known.
func (a *Address) Object(f state.Fact) bool {
	return a.Negatives.Add(f).Changed
}

// Follows reports whether a negative follows the address to the other contacts
// that use it (R41). What speaks of one person's data or proof does not.
func Follows(f *state.Fact) bool {
	if f.Address == "" || f.Forwarded || !f.IsNegative() || f.Internal != nil {
		return false
	}
	return f.Unsubscribe == nil || f.Unsubscribe.Kind != state.UnsubscribeProofLost && f.Unsubscribe.Kind != state.UnsubscribePurged
}

// forwarded returns the copy of a negative that reaches another contact: the
// same event id, nothing that tells whose it is.
func forwarded(f *state.Fact) state.Fact {
	copied := *f
	copied.Forwarded = true
	if f.Signup != nil {
		refusal := state.Signup{Kind: state.SignupForm}
		for _, answer := range f.Signup.Answers {
			if answer.Value == state.AnswerNo {
				refusal.Answers = append(refusal.Answers, answer)
			}
		}
		copied.Signup = &refusal
	}
	return copied
}

const addressFormat = 1

var errAddressFormat = errors.New("state of an address: unknown format; it was written by a newer version, upgrade this one")

// appendAddress encodes an address: format, flags, users, and negatives if any.
func appendAddress(dst []byte, a *Address) []byte {
	dst = append(dst, addressFormat, 0)
	if a.Crowded {
		dst[len(dst)-1] = 1
	}
	dst = binary.AppendUvarint(dst, uint64(len(a.Users)))
	for _, user := range a.Users {
		dst = binary.AppendUvarint(dst, uint64(len(user)))
		dst = append(dst, user...)
	}
	if len(a.Negatives.Facts) == 0 {
		return dst
	}
	return codec.AppendContact(dst, &a.Negatives)
}

// decodeAddress decodes what appendAddress wrote. The result does not alias b.
func decodeAddress(b []byte) (Address, error) {
	a := NewAddress()
	if len(b) < 2 || b[0] != addressFormat {
		return a, errAddressFormat
	}
	a.Crowded = b[1]&1 != 0
	count, rest, err := readUvarint(b[2:])
	if err != nil || count > crowd {
		return a, fmt.Errorf("state of an address: %d users: %w", count, errTruncated)
	}
	for range count {
		var user []byte
		if user, rest, err = readBytes(rest); err != nil {
			return a, fmt.Errorf("state of an address: user: %w", err)
		}
		a.Users = append(a.Users, string(user))
	}
	if len(rest) == 0 { // no negative: the common case
		return a, nil
	}
	if err := codec.DecodeContact(slices.Clone(rest), &a.Negatives, new(codec.Arena)); err != nil {
		return a, fmt.Errorf("state of an address: negatives: %w", err)
	}
	return a, nil
}

var errTruncated = errors.New("the bytes end too early or are not what they should be")

func readUvarint(b []byte) (uint64, []byte, error) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, nil, errTruncated
	}
	return v, b[n:], nil
}

func readBytes(b []byte) (value, rest []byte, err error) {
	n, rest, err := readUvarint(b)
	if err != nil || n > uint64(len(rest)) {
		return nil, nil, errTruncated
	}
	return rest[:n], rest[n:], nil
}
