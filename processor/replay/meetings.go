package replay

import (
	"math/bits"
	"sync/atomic"

	"consentstream/state"
)

// meetings tells at which addresses contacts may meet, in memory that does not
// grow with their number. Each address has a slot, by its hash: what the slot
// says of several contacts may come from two addresses in one slot, what it says
// of one contact alone is certain but for a collision of 47 bits.
type meetings struct {
	slots []atomic.Uint64
}

// A slot holds the hash of the contact seen last, how often that changed, and
// whether a fact follows the address.
const (
	slotFollows  = 1 << 63
	slotChange   = 1 << 47
	slotContact  = slotChange - 1
	slotChanges  = slotFollows - slotChange
	crowdChanges = 1000 // a crowd changes the contact at least that often
)

// newMeetings returns slots for an archive of so many bytes, -1 = not known.
func newMeetings(bytes int64) *meetings {
	const bytesPerAddress, least, most = 64, 16, 24 // log2 of the number of slots
	size := most - 2
	if bytes >= 0 {
		size = bits.Len64(uint64(bytes / bytesPerAddress))
	}
	return &meetings{slots: make([]atomic.Uint64, 1<<max(least, min(size, most)))}
}

// meet notes that a fact of a contact names an address, and returns where that
// was noted. It may be called concurrently.
func (m *meetings) meet(key state.Key, address string, follows bool) meeting {
	if address == "" {
		return meeting{}
	}
	hash := hashOf(hashOf(hashStart, key.Controller), address)
	slot := uint32(hash>>32)%uint32(len(m.slots)-1) + 1 // 0 = no address
	contact := hashOf(hashStart, key.Contact)&slotContact | 1
	for at := &m.slots[slot]; ; {
		old := at.Load()
		noted := old&^slotContact | contact
		if old&slotContact != 0 && old&slotContact != contact && old&slotChanges != slotChanges {
			noted += slotChange
		}
		if follows {
			noted |= slotFollows
		}
		if noted == old || at.CompareAndSwap(old, noted) {
			return meeting{slot, follows}
		}
	}
}

// alone reports whether one contact alone uses the address.
func (m *meetings) alone(at meeting) bool {
	return at.slot == 0 || m.slots[at.slot].Load()&slotChanges == 0
}

// matters reports whether a fact must be known before the first contact is
// taken, see processor.ReplayInput.
func (m *meetings) matters(at meeting, grown bool) bool {
	if at.slot == 0 {
		return false
	}
	slot := m.slots[at.slot].Load()
	changes := slot & slotChanges / slotChange
	return grown && at.follows || changes > 0 && (grown || slot&slotFollows != 0) || changes >= crowdChanges
}

// FNV-1a, which is the same in every process: payloads are compared by it.
const (
	hashStart = 14695981039346656037
	hashPrime = 1099511628211
)

func hashOf(hash uint64, s string) uint64 {
	for i := range len(s) {
		hash = (hash ^ uint64(s[i])) * hashPrime
	}
	return (hash ^ 0xff) * hashPrime // so that parts do not run together
}
