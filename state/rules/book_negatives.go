package rules

import "consentstream/state"

// negative is an objection in the widest sense (R32): whatever closes channels
// and purposes for good.
type negative struct {
	span
	from     state.Instant // in force since, never later than it was recorded (R3)
	asked    state.Instant // start of the last occasion, for its confirmation (R17)
	fact     int32
	channels state.Channels
	brands   []string // none = all
	address  string

	refused state.Purposes // as named, CONTACT spelt out
	consent state.Purposes // whose consents it closes (R33, R12)
	soft    state.Purposes // whose soft opt-in it closes (R33)

	complaint   bool
	erasure     bool
	unsubscribe bool
	solemn      bool // by letter, authority, restriction or death: never confirmed by mail (R17)
	forwarded   bool // another contact's, on a shared address (R41)
	submission  string
}

// listing is an entry on the opposition list for calls (R52).
type listing struct {
	from      state.Instant
	fact      int32
	address   string
	forwarded bool
}

// blindSpot is a record on unsubscribes that could not be read.
type blindSpot struct {
	from, until state.Instant
	fact        int32
}

// wipe is a purge or an erasure: facts up to at are gone (R39, R49).
type wipe struct {
	from    state.Instant
	at      state.Instant
	fact    int32
	erasure bool
}

// lostProof is a proof that no longer exists (R20).
type lostProof struct {
	from  state.Instant
	until state.Instant // what was given until then is lost
	ref   string
}

func (b *book) readUnsubscribe(f *state.Fact, when span, position int32) {
	u := f.Unsubscribe
	from := min(when.lo, f.RecordedAt)
	switch u.Kind {
	case state.UnsubscribePurged:
		if !f.Forwarded {
			b.wipes = append(b.wipes, wipe{from: f.RecordedAt, at: purgedUpTo(u, when), fact: position})
		}
		return
	case state.UnsubscribeProofLost:
		b.lost = append(b.lost, lostProof{f.RecordedAt, when.hi, u.ProofRef})
	case state.UnsubscribeBloctel:
		b.bloctel = append(b.bloctel, listing{from, position, b.resolve(f.Address), f.Forwarded})
	default:
		b.readObjection(f, when, position)
	}
	if u.Kind == state.UnsubscribeErasure && !f.Forwarded {
		b.wipes = append(b.wipes, wipe{from: from, at: when.hi, fact: position, erasure: true})
	}
	b.tickNegative(f, when, position)
}

func purgedUpTo(u *state.Unsubscribe, when span) state.Instant {
	if u.PurgedBefore != state.Unset && u.PurgedBefore != 0 {
		return u.PurgedBefore
	}
	return when.hi
}

func (b *book) readObjection(f *state.Fact, when span, position int32) {
	u := f.Unsubscribe
	n := b.negative(f, when, position)
	n.channels, n.brands = objectedChannels(u), objectedBrands(u)
	n.complaint = u.Kind == state.UnsubscribeComplaint
	if n.complaint {
		b.uncomplained |= state.AllChannels &^ n.channels
	}
	n.erasure = u.Kind == state.UnsubscribeErasure
	n.unsubscribe = u.Kind == state.UnsubscribeUnsubscribe && !f.Forwarded
	n.solemn = isSolemn(u)
	n.close(objectedPurposes(u), u.Shown)
	for _, brand := range n.brands {
		b.brand(brand)
	}
	b.negatives = append(b.negatives, n)
}

// readRefusals files the answers NO of a signup (R37). A bare no under one
// brand covers all brands (R4).
func (b *book) readRefusals(f *state.Fact, when span, position int32) {
	if f.Signup == nil {
		return
	}
	for i := range f.Signup.Answers {
		a := &f.Signup.Answers[i]
		if a.Value != state.AnswerNo {
			continue
		}
		n := b.negative(f, when, position)
		n.submission = f.Signup.SubmissionID
		n.channels = orAll(a.Channels)
		n.close(refusedPurposes(a), a.Shown)
		b.negatives = append(b.negatives, n)
	}
}

func (b *book) negative(f *state.Fact, when span, position int32) negative {
	return negative{
		span: when, from: min(when.lo, f.RecordedAt), asked: min(b.dayStart(f), f.RecordedAt), fact: position,
		address: b.resolve(f.Address), forwarded: f.Forwarded,
	}
}

// dayStart returns when a fact happened at the earliest; of a merged fact the
// last one.
func (b *book) dayStart(f *state.Fact) state.Instant {
	if f.Precision == state.PrecisionDay {
		return dayAround(f.OccurredAt, b.zone).lo
	}
	return f.OccurredAt
}

func (b *book) brand(name string) {
	for _, known := range b.brands {
		if known == name {
			return
		}
	}
	if name != "" {
		b.brands = append(b.brands, name)
	}
}

// close works out what an objection closes, from what it refuses and from the
// choices that were displayed with it (R33, R12). Cart is inside promotional,
// unless it was displayed and kept.
func (n *negative) close(refused, shown state.Purposes) {
	const cart = state.Purposes(1 << state.PurposeCart)
	if refused.Has(state.PurposeContact) || refused.Has(state.PurposeUnknown) {
		refused = state.AllPurposes
	}
	kept := shown & (state.AllMarketing | state.PurposesOf(state.PurposeReview)) &^ refused
	n.refused, n.consent, n.soft = refused, refused, state.AllPurposes&^kept
	if refused.Has(state.PurposePromotional) {
		n.consent |= cart &^ kept
	}
}

// objectedChannels is which channels an objection names: all for a letter, an
// authority, an erasure, a restriction and a death, the channel it came by for
// a STOP or an oral refusal, otherwise e-mail (R33, R38, R39).
func objectedChannels(u *state.Unsubscribe) state.Channels {
	switch u.Kind {
	case state.UnsubscribeErasure, state.UnsubscribeRestriction, state.UnsubscribeDeceased:
		return state.AllChannels
	}
	if u.Channels != 0 {
		return orAll(u.Channels)
	}
	switch u.Method {
	case state.MethodLetter, state.MethodAuthority:
		return state.AllChannels
	case state.MethodSMSStop:
		return state.ChannelsOf(state.ChannelSMS)
	case state.MethodOral:
		return state.ChannelsOf(state.ChannelPhone)
	}
	return state.ChannelsOf(state.ChannelEmail)
}

// objectedBrands is which brands an objection is limited to, none = all. Only a
// page that listed brands limits it (R4); a complaint, an erasure, a
// restriction and a death come by no page.
func objectedBrands(u *state.Unsubscribe) []string {
	switch u.Kind {
	case state.UnsubscribeComplaint, state.UnsubscribeErasure, state.UnsubscribeRestriction, state.UnsubscribeDeceased:
		return nil
	}
	return u.Brands
}

// orAll reads the channels of a negative: none or an unknown one means all.
func orAll(channels state.Channels) state.Channels {
	if channels == 0 || channels.Has(state.ChannelUnknown) {
		return state.AllChannels
	}
	return channels
}

// objectedPurposes is what an objection refuses. A complaint, an erasure, a
// restriction and a death refuse everything that is not contractual, whatever
// they name (R36, R39, R32); so does a bare unsubscribe in a review request
// (R33 v) and a letter that names nothing (R33 iv).
func objectedPurposes(u *state.Unsubscribe) state.Purposes {
	switch u.Kind {
	case state.UnsubscribeComplaint, state.UnsubscribeErasure, state.UnsubscribeRestriction, state.UnsubscribeDeceased:
		return state.AllPurposes
	}
	if u.Message == state.MessageReviewRequest && isBare(u.Purposes, u.Shown) {
		return state.AllPurposes
	}
	if u.Purposes == 0 && (u.Method == state.MethodLetter || u.Method == state.MethodAuthority) {
		return state.AllPurposes
	}
	return orMarketing(u.Purposes)
}

// refusedPurposes is what an answer NO refuses (R37).
func refusedPurposes(a *state.Answer) state.Purposes {
	if a.Message == state.MessageReviewRequest && isBare(a.Purposes, a.Shown) {
		return state.AllPurposes
	}
	return orMarketing(a.Purposes)
}

// isBare reports whether a refusal was made without a choice of purposes.
func isBare(purposes, shown state.Purposes) bool {
	return shown == 0 && (purposes == 0 || purposes&state.AllMarketing == state.AllMarketing)
}

// orMarketing reads the purposes of a negative: none means all marketing.
func orMarketing(purposes state.Purposes) state.Purposes {
	if purposes == 0 {
		return state.AllMarketing
	}
	return purposes
}

func isSolemn(u *state.Unsubscribe) bool {
	switch u.Kind {
	case state.UnsubscribeUnsubscribe:
		return false
	case state.UnsubscribeRestriction, state.UnsubscribeDeceased:
		return true
	}
	return u.Method == state.MethodLetter || u.Method == state.MethodAuthority
}

// readInternal files a record that could not be read; a release of it ends it.
func (b *book) readInternal(f *state.Fact, when span, position int32) {
	if f.Internal.Kind != state.InternalUnreadable {
		return
	}
	spot := blindSpot{from: min(when.lo, f.RecordedAt), until: state.Never, fact: position}
	for i := range b.contact.Facts {
		r := &b.contact.Facts[i]
		if r.Internal != nil && r.Internal.Kind == state.InternalRelease && r.Internal.Target == f.ID && r.RecordedAt <= b.known {
			spot.until = min(spot.until, r.OccurredAt)
		}
	}
	b.blind = append(b.blind, spot)
}
