package processor

import (
	"strings"

	"consentstream/state"
)

// aloneAddress is an address at which the contact at hand meets nobody.
type aloneAddress struct {
	id      addressID
	address Address
	met     bool // somebody else may look for it later
}

// answerAlone answers for an address that is not shared. Where nobody else uses
// it for sure there is nothing to look up.
func (r *Replay) answerAlone(key state.Key, id addressID, alone bool) (known []state.Fact, crowded bool, err error) {
	a, met := NewAddress(), !alone || r.grown()
	if met {
		if a, err = r.addressNow(id); err != nil {
			return nil, false, err
		}
	}
	_, crowded = a.Use(key.Contact)
	r.alone = append(r.alone, aloneAddress{id, a, met})
	return a.Negatives.Facts, crowded, nil
}

// addressNow is an address as it was stored last.
func (r *Replay) addressNow(id addressID) (Address, error) {
	if a, ok := r.unapplied[id]; ok {
		return *a, nil
	}
	return r.addressBefore(id)
}

// object keeps a negative of the contact with its address, for the contacts that
// use it in a later replay.
func (r *Replay) object(key state.Key, f *state.Fact) error {
	if !Follows(f) {
		return nil
	}
	for i := range r.alone {
		if a := &r.alone[i]; a.id.address == f.Address && a.id.controller == key.Controller {
			copied := forwarded(f)
			kept, err := cloneFact(&copied)
			a.address.Object(kept)
			return err
		}
	}
	return nil
}

// keepAlone stores the addresses at which the contact met nobody.
func (r *Replay) keepAlone() {
	for i := range r.alone {
		a := &r.alone[i]
		r.keepAddress(a.id, &a.address)
		if a.met {
			kept := a.address
			r.unapplied[addressID{strings.Clone(a.id.controller), strings.Clone(a.id.address)}] = &kept
		}
	}
	clear(r.alone)
	r.alone = r.alone[:0]
}

func (r *Replay) keepAddress(id addressID, a *Address) {
	r.scratch = appendAddress(r.scratch[:0], a)
	r.addressKey = appendAddressKey(r.addressKey[:0], id.controller, id.address)
	r.writes.putOther(r.addressKey, r.scratch)
}
