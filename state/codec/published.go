package codec

import (
	"slices"

	"consentstream/state"
)

const (
	publishedDecided = 1 << iota
	publishedWarned
	publishedExpired
	publishedSteady
)

func (w *contactWriter) published(b []byte, p *state.Published) []byte {
	decided := bit(p.DecidedAt != state.Unset, publishedDecided)
	warned := bit(p.Retention.WarnedFor != state.Unset, publishedWarned)
	expired := bit(p.Retention.Expired != state.Unset, publishedExpired)
	steady := bit(p.Steady != 0, publishedSteady)
	b = append(b, decided|warned|expired|steady)
	b = appendUint(b, uint64(p.Sequence))
	b = appendUint(b, uint64(p.Retention.Sequence))
	b = optional(b, decided, p.DecidedAt)
	b = optional(b, warned, p.Retention.WarnedFor)
	b = optional(b, expired, p.Retention.Expired)
	if steady != 0 {
		b = append(b, byte(p.Steady))
	}
	return w.rows(b, p.Rows)
}

func (r *contactReader) published(p *state.Published) {
	has := r.byte("flags of the published part")
	p.Sequence = int64(r.uint("sequence"))
	p.Retention.Sequence = int64(r.uint("retention sequence"))
	p.DecidedAt = r.optional("decided_at", has&publishedDecided, state.Unset)
	p.Retention.WarnedFor = r.optional("warned for", has&publishedWarned, state.Unset)
	p.Retention.Expired = r.optional("expired", has&publishedExpired, state.Unset)
	p.Steady = 0
	if has&publishedSteady != 0 {
		p.Steady = state.Steady(r.byte("steady")) & state.SteadyUnderAll
	}
	p.Rows = r.rows(p.Rows[:0])
}

// A row is three bytes: kind 4 bits, channel 2, allowed 1, by law 1; basis 3
// bits, three flags of what differs from the row before, two bits for until;
// the reason. What differs follows. Rows are ordered, so addresses and brands
// seldom differ, and a contact has few distinct untils.
const (
	rowAllowed = 0x40
	rowLaw     = 0x80

	rowBasis    = 0x07
	rowAddress  = 0x08
	rowBrand    = 0x10
	rowFamilies = 0x20

	untilShift = 6
	untilNever = 0 << untilShift
	untilSame  = 1 << untilShift // as in the nearest row before that has one
	untilKnown = 2 << untilShift // position in the table of untils
	untilNew   = 3 << untilShift
)

func (w *contactWriter) rows(b []byte, rows []state.Row) []byte {
	b = appendUint(b, uint64(len(rows)))
	var untils untils
	before := &state.Row{}
	for i := range rows {
		row := &rows[i]
		address, brand := bit(row.Address != before.Address, rowAddress), bit(row.Brand != before.Brand, rowBrand)
		families := bit(!sameList(row.Families, before.Families), rowFamilies)
		until, known := untils.write(row.Until)
		b = append(b,
			byte(row.Kind)|byte(row.Channel)<<4|bit(row.Allowed, rowAllowed)|bit(row.AllowedByLaw, rowLaw),
			byte(row.Basis)|address|brand|families|until,
			byte(row.Reason))
		if address|brand|families != 0 {
			b = w.rowNames(b, row, address|brand|families)
		}
		b = appendUntil(b, until, known, row.Until)
		before = row
	}
	return b
}

// sameList is quick about the usual case: rows of one contact share their lists.
func sameList(a, b []string) bool {
	if len(a) != len(b) || len(a) == 0 || &a[0] == &b[0] {
		return len(a) == len(b)
	}
	return slices.Equal(a, b)
}

func appendUntil(b []byte, until byte, known int, at state.Instant) []byte {
	switch until {
	case untilKnown:
		return append(b, byte(known))
	case untilNew:
		return appendInstant(b, at)
	}
	return b
}

// rowNames writes what differs from the row before.
func (w *contactWriter) rowNames(b []byte, row *state.Row, has byte) []byte {
	if has&rowAddress != 0 {
		b = w.address(b, row.Address)
	}
	if has&rowBrand != 0 {
		b = w.table.append(b, row.Brand)
	}
	if has&rowFamilies != 0 {
		b = w.table.appendAll(b, row.Families)
	}
	return b
}

func (r *contactReader) rows(rows []state.Row) []state.Row {
	n := r.count("rows", rowBytes)
	if cap(rows) < n {
		rows = make([]state.Row, 0, n+n/2)
	}
	rows = rows[:n]
	var untils untils
	before := &state.Row{}
	for i := range rows {
		r.row(&rows[i], before, &untils)
		before = &rows[i]
	}
	return rows
}

func (r *contactReader) row(row, before *state.Row, untils *untils) {
	head := r.next("row", rowBytes)
	if head == nil {
		return
	}
	first, second := head[0], head[1]
	row.Kind = enum(&r.reader, "message kind", first&0x0f, state.MessageCall)
	row.Channel = state.Channel(first >> 4 & 0x03)
	row.Allowed, row.AllowedByLaw = first&rowAllowed != 0, first&rowLaw != 0
	row.Basis = enum(&r.reader, "basis", second&rowBasis, state.BasisB2B)
	row.Reason = enum(&r.reader, "reason", head[2], state.ReasonBeyondHorizon)
	row.Address, row.Brand, row.Families = before.Address, before.Brand, before.Families
	if second&(rowAddress|rowBrand|rowFamilies) != 0 {
		r.rowNames(row, second)
	}
	row.Until = untils.read(&r.reader, second>>untilShift<<untilShift)
}

// rowNames reads what differs from the row before.
func (r *contactReader) rowNames(row *state.Row, has byte) {
	if has&rowAddress != 0 {
		row.Address = r.address()
	}
	if has&rowBrand != 0 {
		row.Brand = r.table.read(&r.reader, "brand")
	}
	if has&rowFamilies != 0 {
		row.Families = r.table.readAll(&r.reader, "families", r.arena)
	}
}

// untils are the distinct instants that rows of one contact have named so far.
type untils struct {
	n    int
	last int
	list [maxUntils]state.Instant
}

const maxUntils = 16

// write tells how an until is written: its two bits, and its position where it
// is known.
func (u *untils) write(at state.Instant) (mode byte, known int) {
	if at == state.Never {
		return untilNever, 0
	}
	if u.n > 0 && u.list[u.last] == at {
		return untilSame, 0
	}
	for i := range u.n {
		if u.list[i] == at {
			u.last = i
			return untilKnown, i
		}
	}
	u.add(at)
	return untilNew, 0
}

// add keeps an until; in a full table it takes the last place.
func (u *untils) add(at state.Instant) {
	if u.n < maxUntils {
		u.n++
	}
	u.last = u.n - 1
	u.list[u.last] = at
}

func (u *untils) read(r *reader, mode byte) state.Instant {
	switch mode {
	case untilNever:
		return state.Never
	case untilNew:
		u.add(r.instant("until"))
	case untilKnown:
		u.last = int(enum(r, "until", r.byte("until"), byte(maxUntils-1)))
	}
	if u.last >= u.n {
		r.fail("until")
		return state.Never
	}
	return u.list[u.last]
}
