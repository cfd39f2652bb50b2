package rules

import (
	"slices"
	"time"

	"consentstream/state"
)

// book is what is known about a contact at one instant of knowledge, sorted by
// what the rules ask for. It does not depend on the instant of the decision:
// every fact carries from when it counts, and the rules compare.
type book struct {
	contact *state.Contact
	known   state.Instant
	unseen  bool           // there are facts that were recorded after known
	zone    *time.Location // of facts known by the day

	addresses []use
	changed   bool // an ADDRESS_CHANGED names an address
	brands    []string

	negatives []negative
	// uncomplained are the channels that one of several complaints does not name.
	uncomplained state.Channels
	bloctel      []listing
	blind        []blindSpot
	wipes        []wipe
	lost         []lostProof

	yeses   []yes
	notices []notice
	sales   []sale
	marks   []mark
	grounds []ground
	types   []typing
	sent    []message
	ticks   []tick
	zones   []zoned
}

// use is an address that facts of the contact name, and when last.
type use struct {
	address string
	last    state.Instant
}

// typing is a fact that says whether the contact is a consumer or a business.
type typing struct {
	span
	kind state.ContactType
}

// zoned is a fact that says in which time zone the person lives.
type zoned struct {
	at   state.Instant
	name string
}

// read fills the book. Facts recorded after known are not seen (R1).
func (b *book) read(c *state.Contact, known state.Instant, zone *time.Location) {
	b.clear()
	b.contact, b.known, b.zone, b.unseen = c, known, zone, false
	b.readNames()
	for i := range c.Facts {
		f := &c.Facts[i]
		if f.RecordedAt > known {
			b.unseen = true
			continue
		}
		b.readFact(f, int32(i))
	}
	b.sortTicks()
}

func (b *book) clear() {
	b.addresses, b.brands, b.changed = b.addresses[:0], b.brands[:0], false
	b.uncomplained = 0
	b.negatives, b.bloctel, b.blind = b.negatives[:0], b.bloctel[:0], b.blind[:0]
	b.wipes, b.lost = b.wipes[:0], b.lost[:0]
	b.yeses, b.notices, b.sales, b.marks = b.yeses[:0], b.notices[:0], b.sales[:0], b.marks[:0]
	b.grounds, b.types, b.sent = b.grounds[:0], b.types[:0], b.sent[:0]
	b.ticks, b.zones = b.ticks[:0], b.zones[:0]
}

// readFact files one fact. What reached the contact through a shared address
// is nothing but a negative on that address (R41).
func (b *book) readFact(f *state.Fact, position int32) {
	when := spanOf(f, b.zone)
	switch {
	case f.Internal != nil:
		b.readInternal(f, when, position)
	case f.Unsubscribe != nil:
		b.readUnsubscribe(f, when, position)
	case f.Forwarded:
		b.readRefusals(f, when, position)
	case f.Purchase != nil:
		b.readPurchase(f, when, position)
	case f.Click != nil:
		b.readClick(f, when, position)
	case f.Signup != nil:
		b.readSignup(f, when, position)
	}
}

// readNames collects the addresses and brands that facts name. An address
// whose facts were all dropped is still named by the contact's uses.
func (b *book) readNames() {
	for i := range b.contact.Facts {
		f := &b.contact.Facts[i]
		if f.RecordedAt > b.known {
			continue
		}
		if f.Address != "" && !f.Forwarded {
			b.name(f.Address, f.OccurredAt)
			b.changed = b.changed || f.Signup != nil && f.Signup.Kind == state.SignupAddressChanged
		}
		if f.Brand != "" && !slices.Contains(b.brands, f.Brand) {
			b.brands = append(b.brands, f.Brand)
		}
	}
	for _, u := range b.contact.Uses {
		if !b.held(u.Address) {
			b.name(u.Address, state.Unset)
		}
	}
}

func (b *book) name(address string, at state.Instant) {
	for i := range b.addresses {
		if b.addresses[i].address == address {
			b.addresses[i].last = max(b.addresses[i].last, at)
			return
		}
	}
	b.addresses = append(b.addresses, use{address, at})
}

// held reports whether a fact of the contact names the address, known yet or not.
func (b *book) held(address string) bool {
	for i := range b.contact.Facts {
		if f := &b.contact.Facts[i]; f.Address == address && !f.Forwarded {
			return true
		}
	}
	return false
}

// resolve returns the address that a question or fact means. None means the
// contact's only one. Where the person has changed the address, facts with
// none stay with the one before, which has no name: positives do not move (R41).
func (b *book) resolve(address string) string {
	if address == "" && len(b.addresses) == 1 && !b.changed {
		return b.addresses[0].address
	}
	return address
}

// asked returns the address that a question means.
func (b *book) asked(address string) string {
	if address == "" && len(b.addresses) == 1 {
		return b.addresses[0].address
	}
	return address
}

// names reports whether a fact names the address; a contact whose facts name
// none has one that is called "".
func (b *book) names(address string) bool {
	if len(b.addresses) == 0 {
		return address == ""
	}
	for i := range b.addresses {
		if b.addresses[i].address == address {
			return true
		}
	}
	return false
}
