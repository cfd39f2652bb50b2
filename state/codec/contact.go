package codec

import (
	"encoding/binary"
	"errors"
	"fmt"

	"consentstream/state"
)

// Version is the first byte of every contact that this package writes.
const Version = 1

// ErrVersion is wrapped by the error about bytes of a newer format.
var ErrVersion = errors.New("unknown format version")

// headBytes is the version and the timer, which stands in front in eight bytes
// so that it can be read alone.
const headBytes = 9

const (
	contactCompacted = 1 << iota
	contactSaturated
	contactHorizon
	contactRetracted
	contactGivenUp
	contactOverruled
	contactYesDropped
	contactClockUnsure
)

const (
	retractedCancelled = 1 << iota
	retractedProofLost
	retractedDelivered
	retractedAsked
)

// The least bytes that one element of each list takes.
const (
	factBytes = 4
	useBytes  = 2
	rowBytes  = 3
)

// AppendContact appends the contact to dst and returns the longer slice.
func AppendContact(dst []byte, c *state.Contact) []byte {
	w := contactWriter{factWriter{uses: c.Uses}}
	dst = append(dst, Version)
	dst = binary.LittleEndian.AppendUint64(dst, uint64(c.Timer))
	dst = w.marks(dst, c)
	dst = w.addresses(dst, c.Uses)
	dst = w.facts(dst, c.Facts)
	if len(c.Overruled) > 0 {
		dst = w.facts(dst, c.Overruled)
	}
	return w.published(dst, &c.Published)
}

// DecodeContact reads what AppendContact wrote. It overwrites every field of c
// and reuses its slices. Strings of c share memory with b, bodies of facts live
// in the arena: c is good until b is written to or the arena is reset. The error
// wraps ErrCorrupt or ErrVersion.
func DecodeContact(b []byte, c *state.Contact, a *Arena) error {
	if err := checkVersion(b); err != nil {
		return err
	}
	r := contactReader{factReader{reader: reader{b: b, at: headBytes}, arena: a}}
	c.Timer = timer(b)
	r.contact(c)
	if r.at != len(r.b) {
		r.fail("bytes after the contact")
	}
	return r.err()
}

// Timer reads the timer of an encoded contact and nothing else; state.Never
// for bytes that are no contact.
func Timer(b []byte) state.Instant {
	if checkVersion(b) != nil {
		return state.Never
	}
	return timer(b)
}

func timer(b []byte) state.Instant {
	return state.Instant(binary.LittleEndian.Uint64(b[1:headBytes]))
}

func checkVersion(b []byte) error {
	switch {
	case len(b) < headBytes:
		return fmt.Errorf("%w: %d bytes are no contact", ErrCorrupt, len(b))
	case b[0] != Version:
		return fmt.Errorf("%w %d, this build reads up to %d: run the build that wrote it or a newer one", ErrVersion, b[0], Version)
	}
	return nil
}

type contactWriter struct{ factWriter }

func (w *contactWriter) marks(b []byte, c *state.Contact) []byte {
	horizon := bit(c.Horizon != state.Unset, contactHorizon)
	retracted := bit(c.Retracted != notRetracted, contactRetracted)
	b = append(b, bit(c.Compacted, contactCompacted)|bit(c.Saturated, contactSaturated)|horizon|retracted|
		bit(len(c.GivenUp) > 0, contactGivenUp)|bit(len(c.Overruled) > 0, contactOverruled)|
		bit(c.YesDropped, contactYesDropped)|bit(c.ClockUnsure, contactClockUnsure))
	if c.Compacted {
		b = append(b, c.Level)
	}
	b = optional(b, horizon, c.Horizon)
	if retracted != 0 {
		b = w.retracted(b, &c.Retracted)
	}
	if len(c.GivenUp) == 0 {
		return b
	}
	b = appendUint(b, uint64(len(c.GivenUp)))
	for _, address := range c.GivenUp {
		b = appendString(b, address)
	}
	return b
}

var notRetracted = state.NewContact().Retracted

func (w *contactWriter) retracted(b []byte, r *state.Retracted) []byte {
	cancelled := bit(r.Cancelled != state.Unset, retractedCancelled)
	proofLost := bit(r.ProofLost != state.Unset, retractedProofLost)
	delivered := bit(r.Delivered != state.Unset, retractedDelivered)
	asked := bit(r.Asked != state.Unset, retractedAsked)
	b = append(b, cancelled|proofLost|delivered|asked)
	b = optional(b, cancelled, r.Cancelled)
	b = optional(b, proofLost, r.ProofLost)
	b = optional(b, delivered, r.Delivered)
	return optional(b, asked, r.Asked)
}

const (
	useAnswered = 1
	useCrowded  = 2
)

func (w *contactWriter) addresses(b []byte, uses []state.AddressUse) []byte {
	b = appendUint(b, uint64(len(uses)))
	for i := range uses {
		b = append(b, bit(uses[i].Answered, useAnswered)|bit(uses[i].Crowded, useCrowded))
		b = appendString(b, uses[i].Address)
	}
	return b
}

func (w *contactWriter) facts(b []byte, facts []state.Fact) []byte {
	b = appendUint(b, uint64(len(facts)))
	for i := range facts {
		b = w.append(b, &facts[i])
	}
	return b
}

type contactReader struct{ factReader }

func (r *contactReader) contact(c *state.Contact) {
	marks := r.byte("marks of the contact")
	c.Compacted = marks&contactCompacted != 0
	c.Saturated = marks&contactSaturated != 0
	c.YesDropped = marks&contactYesDropped != 0
	c.ClockUnsure = marks&contactClockUnsure != 0
	c.Level = 0
	if c.Compacted {
		c.Level = enum(&r.reader, "level", r.byte("level"), state.MaxLevel)
	}
	c.Horizon = r.optional("horizon", marks&contactHorizon, state.Unset)
	c.Retracted = notRetracted
	if marks&contactRetracted != 0 {
		r.retracted(&c.Retracted)
	}
	c.GivenUp = c.GivenUp[:0]
	if marks&contactGivenUp != 0 {
		c.GivenUp = r.givenUp(c.GivenUp)
	}
	c.Uses = r.addresses(c.Uses[:0])
	r.uses = c.Uses
	c.Facts = r.facts(c.Facts[:0])
	c.Overruled = c.Overruled[:0]
	if marks&contactOverruled != 0 {
		c.Overruled = r.facts(c.Overruled)
	}
	r.published(&c.Published)
}

func (r *contactReader) retracted(to *state.Retracted) {
	has := r.byte("retractions")
	to.Cancelled = r.optional("cancelled", has&retractedCancelled, state.Unset)
	to.ProofLost = r.optional("proof lost", has&retractedProofLost, state.Unset)
	to.Delivered = r.optional("delivered", has&retractedDelivered, state.Unset)
	to.Asked = r.optional("asked", has&retractedAsked, state.Unset)
}

func (r *contactReader) givenUp(list []string) []string {
	for range r.count("given up addresses", 1) {
		list = append(list, r.string("given up address"))
	}
	return list
}

func (r *contactReader) addresses(uses []state.AddressUse) []state.AddressUse {
	for range r.count("addresses", useBytes) {
		flags := r.byte("flags of an address")
		uses = append(uses, state.AddressUse{
			Address:  r.string("address"),
			Answered: flags&useAnswered != 0,
			Crowded:  flags&useCrowded != 0,
		})
	}
	return uses
}

func (r *contactReader) facts(facts []state.Fact) []state.Fact {
	n := r.count("facts", factBytes)
	if cap(facts) < n {
		facts = make([]state.Fact, 0, n+n/2)
	}
	facts = facts[:n]
	for i := range facts {
		r.read(&facts[i])
	}
	return facts
}
