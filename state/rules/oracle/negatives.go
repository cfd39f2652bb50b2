package oracle

import (
	"slices"

	"consentstream/state"
)

// negative is one objection as the rules understand it: an Unsubscribe or an
// answer NO, with its empty lists filled in.
type negative struct {
	fact       *state.Fact
	lo, hi     state.Instant
	channels   state.Channels
	purposes   state.Purposes
	shown      state.Purposes
	brands     []string
	complaint  bool
	submission string
	widened    bool // the company lets any objection close all marketing (A9)
}

// negatives are the objections in force on the channel, the brand and the
// address of the question. A company may let a complaint close all channels
// (R36).
func (w *world) negatives() []negative {
	var list []negative
	for _, n := range w.allNegatives() {
		onChannel := n.channels.Has(w.ask.Channel) || (w.strict && n.complaint && w.set.ComplaintClosesAllChannels)
		onBrand := len(n.brands) == 0 || slices.Contains(n.brands, w.ask.Brand)
		if onChannel && onBrand && w.here(n.fact) {
			n.widened = w.strict && w.set.AnyObjectionClosesAll
			list = append(list, n)
		}
	}
	return list
}

// allNegatives are the objections in force that have not lapsed.
func (w *world) allNegatives() []negative {
	var all []negative
	for i := range w.known {
		f := &w.known[i]
		if w.begins(f) > w.at {
			continue
		}
		if n, is := w.unsubscribed(f); is {
			all = append(all, n)
		}
		if f.Signup != nil {
			for j := range f.Signup.Answers {
				if a := &f.Signup.Answers[j]; a.Value == state.AnswerNo {
					all = append(all, w.answeredNo(f, a))
				}
			}
		}
	}
	lapse := w.lapse(all)
	if w.at < lapse || w.profileBefore(lapse) {
		return all
	}
	return slices.DeleteFunc(all, func(n negative) bool {
		return w.wipedAt(n.hi) && !n.complaint && !n.fact.Forwarded
	})
}

// profileBefore reports that the contact had a new profile when the list would
// have forgotten it: while a profile lives no objection lapses (R48).
func (w *world) profileBefore(lapse state.Instant) bool {
	for i := range w.known {
		f := &w.known[i]
		if w.carries(f) && !w.onlyRefuses(f) && !w.wiped(f) && w.lo(f) < lapse {
			return true
		}
	}
	return false
}

// lapse is when the entries of the suppression list end: so many years after
// the latest objection of the contact (R48).
func (w *world) lapse(all []negative) state.Instant {
	if w.set.SuppressionTTLYears == 0 {
		return state.Never
	}
	latest := state.Unset
	for _, n := range all {
		latest = max(latest, n.hi)
	}
	if latest == state.Unset {
		return state.Never
	}
	return plusYears(latest, w.set.SuppressionTTLYears, w.zone())
}

func (w *world) unsubscribed(f *state.Fact) (negative, bool) {
	u := f.Unsubscribe
	if u == nil {
		return negative{}, false
	}
	n := negative{
		fact: f, lo: w.lo(f), hi: w.hi(f), shown: u.Shown, brands: u.Brands,
		channels: everyIfUnknown(u.Channels), purposes: allIfUnknown(u.Purposes),
	}
	switch u.Kind {
	case state.UnsubscribeProofLost, state.UnsubscribePurged, state.UnsubscribeBloctel:
		return negative{}, false
	case state.UnsubscribeErasure, state.UnsubscribeRestriction, state.UnsubscribeDeceased:
		n.channels, n.purposes, n.brands = state.AllChannels, state.AllPurposes, nil
	case state.UnsubscribeComplaint:
		n.complaint, n.purposes, n.brands = true, state.AllPurposes, nil
	}
	if n.channels == 0 {
		n.channels = channelsOf(u)
	}
	n.purposes = purposesOf(u, n.purposes)
	return n, true
}

// channelsOf is what an Unsubscribe with no channels is about.
func channelsOf(u *state.Unsubscribe) state.Channels {
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

// purposesOf is what an Unsubscribe refuses (R33). Bare is one that names no
// less than all marketing and displayed no choice.
func purposesOf(u *state.Unsubscribe, named state.Purposes) state.Purposes {
	if named == 0 && (u.Method == state.MethodLetter || u.Method == state.MethodAuthority) {
		return state.AllPurposes
	}
	return purposesNamed(u.Message, named, u.Shown)
}

func purposesNamed(message state.MessageKind, named, shown state.Purposes) state.Purposes {
	bare := shown == 0 && (named == 0 || named&state.AllMarketing == state.AllMarketing)
	switch {
	case bare && message == state.MessageReviewRequest:
		return state.AllPurposes
	case named == 0:
		return state.AllMarketing
	}
	return named
}

func (w *world) answeredNo(f *state.Fact, a *state.Answer) negative {
	n := negative{
		fact: f, lo: w.lo(f), hi: w.hi(f), shown: a.Shown, submission: f.Signup.SubmissionID,
		channels: everyIfUnknown(a.Channels), purposes: allIfUnknown(a.Purposes),
	}
	if n.channels == 0 {
		n.channels = state.AllChannels
	}
	n.purposes = purposesNamed(a.Message, n.purposes, n.shown)
	return n
}

func everyIfUnknown(c state.Channels) state.Channels {
	if c.Has(state.ChannelUnknown) {
		return state.AllChannels
	}
	return c
}

// allIfUnknown reads the purposes of a negative: CONTACT covers every purpose,
// and so does one that is not known.
func allIfUnknown(p state.Purposes) state.Purposes {
	if p.Has(state.PurposeUnknown) || p.Has(state.PurposeContact) {
		return state.AllPurposes
	}
	return p
}

// refuses reports whether an objection takes consent for p away.
func (n *negative) refuses(p state.Purpose) bool {
	return n.lawRefuses(p) || (n.widened && state.AllMarketing.Has(p))
}

// lawRefuses: the purposes that it names, and cart with promo unless cart was
// displayed and kept (R12, R33).
func (n *negative) lawRefuses(p state.Purpose) bool {
	if p == state.PurposeCart && n.purposes.Has(state.PurposePromotional) {
		return n.purposes.Has(p) || !n.shown.Has(p)
	}
	return n.purposes.Has(p)
}

// closesSoft reports whether an objection closes what needs no consent for p.
func (n *negative) closesSoft(p state.Purpose) bool {
	return n.lawClosesSoft(p) || n.widened
}

// lawClosesSoft: always, unless p was displayed and kept (R33).
func (n *negative) lawClosesSoft(p state.Purpose) bool {
	return !n.shown.Has(p) || n.purposes.Has(p)
}

// refusing are the objections to p that only a consent stands against: those
// that refuse it, and those that close what needs no consent, which loyalty
// and reviews never had.
func (w *world) refusing(p state.Purpose) []negative {
	hasSoft := p != state.PurposeLoyalty && p != state.PurposeReview
	var list []negative
	for _, n := range w.negatives() {
		if n.refuses(p) || (hasSoft && n.closesSoft(p)) {
			list = append(list, n)
		}
	}
	return list
}

// objection is the reason that a list of covering objections gives.
func objection(list []negative) state.Reason {
	reason := state.ReasonNone
	for _, n := range list {
		if n.complaint {
			return state.ReasonComplaint
		}
		reason = state.ReasonObjected
	}
	return reason
}

// unreadable reports a record on unsubscribes that could not be read and that
// nobody has released.
func (w *world) unreadable() bool {
	for i := range w.known {
		f := &w.known[i]
		if f.Internal != nil && f.Internal.Kind == state.InternalUnreadable && w.begins(f) <= w.at && !w.released(f.ID) {
			return true
		}
	}
	return false
}

func (w *world) released(id string) bool {
	for i := range w.known {
		f := &w.known[i]
		if f.Internal != nil && f.Internal.Kind == state.InternalRelease && f.Internal.Target == id && w.hi(f) <= w.at {
			return true
		}
	}
	return false
}

// pending reports an address whose owner has not told yet what it knows.
func (w *world) pending() bool {
	for _, u := range w.uses {
		if (u.Address == w.ask.Address || w.ask.Address == "") && (!u.Answered || u.Crowded) {
			return true
		}
	}
	return false
}
