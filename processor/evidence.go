package processor

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"consentstream/state"
)

// evidenceIndex numbers the distinct facts that the verdicts of one record cite.
type evidenceIndex struct {
	list  []state.Evidence
	place []int32 // by position in Contact.Facts: place in list + 1
	cited []int32 // backing of the verdicts' lists
}

func (e *evidenceIndex) reset(facts int) {
	e.list, e.cited = e.list[:0], e.cited[:0]
	if cap(e.place) < facts {
		e.place = make([]int32, facts)
	}
	e.place = e.place[:facts]
	clear(e.place)
}

// cite returns the places in the record's evidence of the given facts.
func (e *evidenceIndex) cite(c *state.Contact, positions []int32) []int32 {
	from := len(e.cited)
	for _, p := range positions {
		if e.place[p] == 0 {
			f := &c.Facts[p]
			e.list = append(e.list, state.Evidence{EventID: f.ID, Topic: f.Topic.String(), Source: f.Source})
			e.place[p] = int32(len(e.list))
		}
		e.cited = append(e.cited, e.place[p]-1)
	}
	return e.cited[from:len(e.cited):len(e.cited)]
}

// What begins a part of the bytes that are hashed.
const (
	digestPlace = 1 // the address and brand of the rows that follow
	digestRow   = 2
)

// eligibilityID hashes controller, contact, sequence and the published map, so
// that the same change computed twice has the same id.
func (j *Judge) eligibilityID(key state.Key, p *state.Published) string {
	b := appendIdentity(j.digest[:0], key, "eligibility", p.Sequence)
	for i := range p.Rows {
		v := &p.Rows[i]
		if i == 0 || v.Address != p.Rows[i-1].Address || v.Brand != p.Rows[i-1].Brand {
			b = appendText(appendText(append(b, digestPlace), v.Address), v.Brand)
		}
		b = append(b, digestRow, byte(v.Kind), byte(v.Channel), flags(v), byte(v.Basis), byte(v.Reason))
		b = binary.AppendUvarint(b, uint64(len(v.Families)))
		for _, family := range v.Families {
			b = appendText(b, family)
		}
	}
	j.digest = b
	return hashID(b)
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

func flags(v *state.Row) (b byte) {
	if v.Allowed {
		b |= 1
	}
	if v.AllowedByLaw {
		b |= 2
	}
	return b
}

func (j *Judge) retentionID(r *state.RetentionExpiry) string {
	b := appendIdentity(j.digest[:0], r.Key, "retention", r.Sequence)
	b = append(b, byte(r.Stage), byte(r.Action))
	b = binary.BigEndian.AppendUint64(b, uint64(r.DueAt))
	j.digest = b
	return hashID(b)
}

func appendIdentity(b []byte, key state.Key, what string, sequence int64) []byte {
	b = append(append(b, what...), 0)
	b = append(append(b, key.Controller...), 0)
	b = append(append(b, key.Contact...), 0)
	return binary.BigEndian.AppendUint64(b, uint64(sequence))
}

// hashID is the first 16 bytes of a SHA-256 in hexadecimal.
func hashID(b []byte) string {
	sum := sha256.Sum256(b)
	var text [32]byte
	hex.Encode(text[:], sum[:16])
	return string(text[:])
}
