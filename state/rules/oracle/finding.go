package oracle

import (
	"consentstream/state"
	"consentstream/state/rules"
)

// Answer is a verdict as the oracle sees it: what makes two published rows
// differ.
type Answer struct {
	Applicable   bool
	Allowed      bool
	AllowedByLaw bool
	Basis        state.Basis
	Reason       state.Reason
	Families     []string
}

// lawful is an answer that the law allows and nothing has narrowed yet.
func lawful(basis state.Basis, reason state.Reason) Answer {
	return Answer{Applicable: true, Allowed: true, AllowedByLaw: true, Basis: basis, Reason: reason}
}

// unlawful is an answer that the law denies.
func unlawful(reason state.Reason) Answer { return Answer{Applicable: true, Reason: reason} }

// narrowed is a lawful answer that the company denies.
func (a Answer) narrowed(reason state.Reason) Answer {
	a.Allowed, a.Reason = false, reason
	return a
}

// Decide gives the verdict on one message at the instant of hand-off, from the
// facts recorded by the knowledge instant.
func Decide(p *rules.Policy, controller string, facts []state.Fact, uses []state.AddressUse, at, known state.Instant, q rules.Question) Answer {
	w := newWorld(p, controller, facts, uses, at, known)
	return w.answer(q)
}

// answer is what law and company together say: the company may read
// objections more widely than the law, and narrows what the law allows (R5).
func (w *world) answer(q rules.Question) Answer {
	q.Address = w.meant(q.Address)
	w.ask = q
	w.strict = false
	a := w.decide()
	wider := w.set.AnyObjectionClosesAll || w.set.ComplaintClosesAllChannels
	if wider && (q.Kind != state.MessageService || q.PromotionalContent) {
		w.strict = true
		b := w.decide()
		a.Allowed, a.Reason = b.Allowed, b.Reason
	}
	if a.Allowed && !w.standing {
		a = w.timed(a)
	}
	return a
}

func (w *world) decide() Answer {
	if !applicable(w.ask.Kind, w.ask.Channel) {
		return Answer{}
	}
	switch w.ask.Kind {
	case state.MessageService:
		return w.service()
	case state.MessageReviewRequest:
		return w.review()
	case state.MessageOptInBlock:
		return w.block()
	case state.MessageDeletionWarning:
		return w.warning()
	case state.MessageUnsubscribeConfirmation:
		return w.confirmation()
	case state.MessageWelcome:
		return w.welcome()
	}
	return w.marketing(w.ask.Kind)
}

// applicable reports whether a kind has a meaning on a channel (R51, R52).
func applicable(kind state.MessageKind, channel state.Channel) bool {
	if kind == state.MessageUnknown || kind == state.MessageCall {
		return false
	}
	switch channel {
	case state.ChannelEmail:
		return true
	case state.ChannelSMS:
		return kind != state.MessageReviewRequest && kind != state.MessageOptInBlock
	case state.ChannelPhone:
		return kind == state.MessageService || kind == state.MessagePromotional ||
			kind == state.MessageCartAbandonment || kind == state.MessageLoyalty
	}
	return false
}

// purposeOf is the purpose that a marketing kind serves.
func purposeOf(kind state.MessageKind) state.Purpose {
	switch kind {
	case state.MessageNewsletter:
		return state.PurposeNewsletter
	case state.MessageCartAbandonment:
		return state.PurposeCart
	case state.MessageLoyalty:
		return state.PurposeLoyalty
	}
	return state.PurposePromotional
}
