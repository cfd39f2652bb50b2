package codec

import "consentstream/state"

// The first byte of a fact: which body follows (3 bits), the topic (2 bits)
// and three flags.
const (
	bodyNone byte = iota
	bodyPurchase
	bodyClick
	bodySignup
	bodyUnsubscribe
	bodyInternal

	bodyMask    = 0x07
	topicShift  = 3
	topicMask   = 0x18
	factByDay   = 0x20
	factForward = 0x40
	factMerged  = 0x80 // Since differs from OccurredAt
)

// The second byte: what else is there.
const (
	factBrand    = 0x01
	factSource   = 0x02
	factRecorded = 0x04 // RecordedAt differs from OccurredAt
	factAddress  = 0x08
)

// AppendFact appends one fact by itself, as it travels in internal records and
// spools.
func AppendFact(dst []byte, f *state.Fact) []byte {
	var w factWriter
	return w.append(dst, f)
}

// DecodeFact reads what AppendFact wrote. The fact's strings share memory with
// b, its body lives in the arena. The error wraps ErrCorrupt.
func DecodeFact(b []byte, f *state.Fact, a *Arena) error {
	r := factReader{reader: reader{b: b}, arena: a}
	r.read(f)
	if r.at != len(r.b) {
		r.fail("bytes after the fact")
	}
	return r.err()
}

// factWriter writes facts that share one table of strings. Inside a contact
// addresses are positions in its uses.
type factWriter struct {
	table interned
	uses  []state.AddressUse
	use   int // position of the address last written
}

func (w *factWriter) append(b []byte, f *state.Fact) []byte {
	recorded := bit(f.RecordedAt != f.OccurredAt, factRecorded)
	brand, source, address := bit(f.Brand != "", factBrand), bit(f.Source != "", factSource), bit(f.Address != "", factAddress)
	merged := bit(f.Since != f.OccurredAt, factMerged)
	b = append(b,
		bodyOf(f)|byte(f.Topic)<<topicShift&topicMask|merged|
			bit(f.Precision == state.PrecisionDay, factByDay)|bit(f.Forwarded, factForward),
		brand|source|recorded|address)
	b = appendString(b, f.ID)
	b = appendInstant(b, f.OccurredAt)
	b = optional(b, recorded, f.RecordedAt-f.OccurredAt)
	b = optional(b, merged, f.OccurredAt-f.Since)
	if brand != 0 {
		b = w.table.append(b, f.Brand)
	}
	if source != 0 {
		b = w.table.append(b, f.Source)
	}
	if address != 0 {
		b = w.address(b, f.Address)
	}
	return w.body(b, f)
}

func bodyOf(f *state.Fact) byte {
	switch {
	case f.Purchase != nil:
		return bodyPurchase
	case f.Click != nil:
		return bodyClick
	case f.Signup != nil:
		return bodySignup
	case f.Unsubscribe != nil:
		return bodyUnsubscribe
	case f.Internal != nil:
		return bodyInternal
	}
	return bodyNone
}

func (w *factWriter) body(b []byte, f *state.Fact) []byte {
	switch bodyOf(f) {
	case bodyPurchase:
		return w.purchase(b, f.Purchase)
	case bodyClick:
		return w.click(b, f.Click)
	case bodySignup:
		return w.signup(b, f.Signup)
	case bodyUnsubscribe:
		return w.unsubscribe(b, f.Unsubscribe)
	case bodyInternal:
		return w.internal(b, f.Internal)
	}
	return b
}

// address writes the position of a known address plus one, or zero and the
// address itself.
func (w *factWriter) address(b []byte, address string) []byte {
	for range w.uses {
		if w.uses[w.use].Address == address {
			return appendUint(b, uint64(w.use)+1)
		}
		w.use = (w.use + 1) % len(w.uses)
	}
	return appendString(append(b, 0), address)
}

// factReader is the opposite of factWriter.
type factReader struct {
	reader
	table interned
	uses  []state.AddressUse
	arena *Arena
}

func (r *factReader) read(f *state.Fact) {
	head, has := r.byte("head of a fact"), r.byte("flags of a fact")
	*f = state.Fact{
		Topic:     state.Topic(head & topicMask >> topicShift),
		Precision: state.Precision(head & factByDay / factByDay),
		Forwarded: head&factForward != 0,
		ID:        r.string("event id"),
	}
	f.OccurredAt = r.instant("occurred_at")
	f.RecordedAt = f.OccurredAt + r.optional("recorded_at", has&factRecorded, 0)
	f.Since = f.OccurredAt - r.optional("since", head&factMerged, 0)
	if has&factBrand != 0 {
		f.Brand = r.table.read(&r.reader, "brand")
	}
	if has&factSource != 0 {
		f.Source = r.table.read(&r.reader, "source")
	}
	if has&factAddress != 0 {
		f.Address = r.address()
	}
	r.body(f, head&bodyMask)
}

func (r *factReader) body(f *state.Fact, body byte) {
	switch body {
	case bodyNone:
	case bodyPurchase:
		f.Purchase = r.purchase()
	case bodyClick:
		f.Click = r.click()
	case bodySignup:
		f.Signup = r.signup()
	case bodyUnsubscribe:
		f.Unsubscribe = r.unsubscribe()
	case bodyInternal:
		f.Internal = r.internal()
	default:
		r.fail("kind of a fact's body")
	}
}

func (r *factReader) address() string {
	i := r.uint("address")
	switch {
	case i == 0:
		return r.string("address")
	case i <= uint64(len(r.uses)):
		return r.uses[i-1].Address
	}
	r.fail("address")
	return ""
}
